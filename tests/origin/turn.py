"""A TURN server that nobody here wrote (coturn), on loopback."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cli.process import free_port

NAME, PASSWORD = "rose", 'pass "word\\'
SECRET = "shared between the two"
_MIN_PORT, _MAX_PORT = 52_000, 52_400


@dataclass(frozen=True)
class Turn:
    """Where it listens."""

    port: int

    @property
    def url(self) -> str:
        """RFC 7065."""
        return f"turn:127.0.0.1:{self.port}?transport=udp"

    @property
    def stun(self) -> str:
        """RFC 7064: it answers that as well."""
        return f"stun:127.0.0.1:{self.port}"

    def relays(self, port: int) -> bool:
        """Is it one of the ports it relays from?"""
        return _MIN_PORT <= port <= _MAX_PORT


@contextlib.contextmanager
def running_turn(folder: Path, *, by_secret: bool = False) -> Iterator[Turn]:
    """With a name and a password, or with the secret that names and passwords are made of."""
    program = shutil.which("turnserver")
    assert program is not None, "coturn is not installed (scripts/debian-packages.sh)"
    port = free_port()
    known = ["--use-auth-secret", f"--static-auth-secret={SECRET}"] if by_secret else [f"--user={NAME}:{PASSWORD}"]
    command = [
        program, "-n", "--no-cli", "--lt-cred-mech", "--realm=rose.example", *known,
        "--listening-ip=127.0.0.1", f"--listening-port={port}", "--relay-ip=127.0.0.1", "--allow-loopback-peers",
        f"--min-port={_MIN_PORT}", f"--max-port={_MAX_PORT}", "--no-tls", "--no-dtls", "--no-tcp-relay",
        f"--pidfile={folder / 'turn.pid'}", f"--userdb={folder / 'turn.db'}", "--log-file=stdout",
    ]  # fmt: skip
    with (folder / "turn.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            time.sleep(0.5)
            assert process.poll() is None, (folder / "turn.log").read_text()
            yield Turn(port)
        finally:
            process.kill()
