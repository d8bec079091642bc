"""Runs the origin (rtsp_origin.py) while a test or a benchmark needs it."""

import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_ORIGIN = Path(__file__).with_name("rtsp_origin.py")
_SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's, whose packages hold GStreamer's bindings."""
_TIME = struct.Struct("=d")


@dataclass(slots=True)
class Origin:
    """A running origin."""

    port: int
    _push_times: Path = field(repr=False)
    _process: "subprocess.Popen[str]" = field(repr=False)
    _said: list[str] = field(default_factory=list, repr=False)

    def said(self) -> list[str]:
        """Lines it printed so far, but for the port: with ``--sound``, what it was asked for."""
        return list(self._said)

    def listen(self) -> None:
        """Take what it prints, until it ends."""
        assert self._process.stdout is not None
        self._said.extend(self._process.stdout)

    def switch_off(self) -> None:
        """End it at once, as by its plug. Again does nothing."""
        self._process.kill()

    def pushed_s(self, mount: int, frame: int, frames_count: int) -> float:
        """``time.time()`` at which the mount pushed this picture of the clip last."""
        with self._push_times.open("rb") as file:
            file.seek((mount * frames_count + frame) * _TIME.size)
            (seconds,) = _TIME.unpack(file.read(_TIME.size))
        return float(seconds)


@contextmanager
def running_origin(folder: Path, clip: Path, *arguments: str) -> Iterator[Origin]:
    """``arguments`` as rtsp_origin.py says. It ends when its standard input closes."""
    push_times = folder / "push-times"
    command = [_SYSTEM_PYTHON, str(_ORIGIN), "--clip", str(clip), "--push-times", str(push_times), *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    listening = None
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        word, port = process.stdout.readline().split()
        assert word == "port", "GStreamer's RTSP server is missing: see make test"
        origin = Origin(int(port), push_times, process)
        listening = threading.Thread(target=origin.listen, daemon=True)
        listening.start()
        yield origin
    finally:
        process.stdin.close()
        process.wait(10)
        if listening is not None:
            listening.join()
        process.stdout.close()
