"""A poor network between a server and a browser: by TUN devices in a network namespace of one's own (``unshare --net``,
as root: relay.py), or by a proxy (proxy.py).
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.network.link import Kind


@dataclass(slots=True)
class PoorNetwork:
    """A running relay."""

    _process: "subprocess.Popen[str]" = field(repr=False)
    proxy_port: int | None = None
    """Where the browser finds the server; None: where it is."""

    def be(self, kind: Kind) -> None:
        """From now on; returns when it is so."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(kind)) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def program_on_far_side(self, folder: Path, executable: str) -> str:
        """A program that runs ``executable`` on the other side, with whatever arguments it is given."""
        if self.proxy_port is not None:
            return executable
        file = folder / f"far-{Path(executable).name}"
        file.write_text(f'#!/bin/sh\nexec nsenter --net=/proc/{self._process.pid}/ns/net {executable} "$@"\n')
        file.chmod(0o700)
        return str(file)


@contextmanager
def proxied_network(server_port: int) -> Iterator[PoorNetwork]:
    """By a proxy, without root; it ends with the context."""
    command = [sys.executable, "-m", "tests.network.proxy", str(server_port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        word, port = process.stdout.readline().split()
        assert word == "ready"
        yield PoorNetwork(process, int(port))
        process.stdin.close()
        process.wait(10)


@contextmanager
def poor_network() -> Iterator[PoorNetwork]:
    """By TUN devices; it ends with the context."""
    command = [sys.executable, "-m", "tests.network.relay"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", "the relay needs root and /dev/net/tun"
        yield PoorNetwork(process)
        process.stdin.close()
        process.wait(10)
