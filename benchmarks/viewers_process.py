"""Viewers in a process of their own (whep_viewers.py, revocation_webrtc.py), so that their work is not the server's."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.household import SignedIn


@contextmanager
def viewers_process(module: str, count: int, person: SignedIn, handle: str) -> "Iterator[subprocess.Popen[str]]":
    """``python -m`` that module: so many viewers of one person by one grant's handle, all connected."""
    given = {"port": person.port, "cookie": person.cookie, "csrf": person.csrf, "handle": handle}
    command = [sys.executable, "-m", module, str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(given) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "connected\n"
        yield process


def report_of(process: "subprocess.Popen[str]") -> Any:
    """Stop them; what they saw."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    return json.loads(process.stdout.readline())
