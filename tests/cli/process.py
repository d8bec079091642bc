"""``python -m curtilage`` as a process of its own, as a person runs it."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2] / "src"
CHEAP = {"CURTILAGE_ARGON2_MEMORY_KIB": "8192", "CURTILAGE_ARGON2_TIME_COST": "1"}
_WAIT_S = 60.0


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Place:
    """A data folder and a root key of the test's own."""

    folder: Path

    def environment(self) -> dict[str, str]:
        """Nothing of the machine's own settings."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(SOURCE),
            "CURTILAGE_DATA_FOLDER": str(self.folder / "data"),
            "CURTILAGE_ROOT_KEY_FILE": str(self.folder / "keys" / "root.key"),
            **CHEAP,
        }

    def run(self, *words: str, said: str = "", **more: str) -> Ended:
        """One command, to its end; ``said`` is its standard input."""
        command = [sys.executable, "-m", "curtilage", *words]
        environment = {**self.environment(), **more}
        done = subprocess.run(
            command, env=environment, input=said, capture_output=True, text=True, timeout=_WAIT_S, check=False
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    @contextlib.contextmanager
    def running(self, *words: str) -> Iterator["Running"]:
        """A command that goes on; ended hard when the test forgets to."""
        command = [sys.executable, "-u", "-m", "curtilage", *words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, env=self.environment(), stdout=pipe, stderr=pipe)
        try:
            yield Running(process)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


@dataclass(frozen=True)
class Running:
    """A command under way."""

    process: "subprocess.Popen[bytes]"

    def read_until(self, words: str) -> str:
        """What it has printed, up to the line with ``words``."""
        assert self.process.stdout is not None
        said, end = b"", time.monotonic() + _WAIT_S
        while words.encode() not in said:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))
            octets = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not octets:
                raise AssertionError(f"said only: {said.decode()}")
            said += octets
        return said.decode()

    def stop(self, number: signal.Signals = signal.SIGINT) -> Ended:
        """Ctrl-C, and what came after."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=_WAIT_S)
        return Ended(self.process.returncode, out.decode(), err.decode())


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
