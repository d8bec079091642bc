"""The origin of the benchmarks: GStreamer's RTSP server, in the system's Python, with the marked clip."""

import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.origin.clip import BENCHMARK, ClipKind, clip_file

ORIGIN = Path(__file__).parents[1] / "tests" / "origin" / "rtsp_origin.py"
CLIPS = Path(tempfile.gettempdir()) / "curtilage-clips"
_TIME = struct.Struct("=d")


@dataclass(slots=True)
class Origin:
    """A running origin."""

    port: int
    frames_count: int
    _push_times: Path = field(repr=False)

    def pushed_s(self, mount: int, frame: int) -> float:
        """``time.time()`` at which the mount pushed this picture of the clip last."""
        with self._push_times.open("rb") as file:
            file.seek((mount * self.frames_count + frame) * _TIME.size)
            (seconds,) = _TIME.unpack(file.read(_TIME.size))
        return float(seconds)


@contextmanager
def running_origin(mounts_count: int, folder: Path, kind: ClipKind = BENCHMARK, *extra: str) -> Iterator[Origin]:
    """Run it while the block does; it ends when its standard input closes."""
    push_times = folder / "push-times"
    command = ["/usr/bin/python3", str(ORIGIN), "--clip", str(clip_file(CLIPS, kind)), "--mounts", str(mounts_count)]
    command += ["--push-times", str(push_times), *extra]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        word, port = process.stdout.readline().split()
        assert word == "port"
        yield Origin(int(port), kind.frames_count, push_times)
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
