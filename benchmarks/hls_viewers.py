"""LL-HLS behind Varnish: what 200 players cost the server, against one.

Players that do what hls.js does without its picture: a blocking reload of the playlist and a fetch of the new part, for
each part, all by one address through one Varnish (docs/hls.vcl). The server's processor time is read from the system,
so that a loaded machine does not change the figure; camera input and sealing are in it both times.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.household import Household

from benchmarks.figures import Figure, median
from benchmarks.warm_home import warm_home

VIEWERS_COUNT = 200
WINDOW_S = 10.0
SETTLE_S = 4.0
_VCL = Path(__file__).parents[1] / "docs" / "hls.vcl"
_READY_S = 15.0


@dataclass(slots=True)
class Player:
    """One connection and what came over it."""

    port: int
    path: str = field(repr=False)
    parts: list[float] = field(default_factory=list)
    """When each part was there, monotonic seconds."""

    async def play(self) -> None:
        """Until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            text = await _get(reader, writer, self.path)
            while True:
                number, part = _next(text)
                text = await _get(reader, writer, f"{self.path}?_HLS_msn={number}&_HLS_part={part}&_HLS_skip=YES")
                await _get(reader, writer, _newest_part(text))
                self.parts.append(time.monotonic())
        finally:
            writer.close()


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> bytes:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), (path, head[:100])
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    return await reader.readexactly(length)


def _next(text: bytes) -> tuple[int, int]:
    """The part after the last one listed."""
    first = int(text.partition(b"MEDIA-SEQUENCE:")[2].split(b"\n", 1)[0])
    skipped = text.partition(b"SKIPPED-SEGMENTS=")[2].split(b"\n", 1)[0]
    growing = text.rpartition(b"#EXTINF:")[2]
    return first + int(skipped or 0) + text.count(b"#EXTINF:"), growing.count(b"#EXT-X-PART:")


def _newest_part(text: bytes) -> str:
    return text.rpartition(b"#EXT-X-PART:")[2].partition(b'URI="')[2].partition(b'"')[0].decode()


def measure() -> list[Figure]:
    """The ratio; the two processor times stand beside it."""
    with warm_home() as home:
        owner, household = home.owner, home.household
        opened = owner.ask("POST", "/hls", {"grant": owner.handle(home.camera), "player": "other"}).json()["path"]
        path = str(opened).replace("index", "main")
        with _varnish(home.folder, household.port) as port:
            one, _ = asyncio.run(_window(household, port, path, 1))
            many, players = asyncio.run(_window(household, port, path, VIEWERS_COUNT))
    return [
        Figure(
            f"LL-HLS behind Varnish: server's processor time, {VIEWERS_COUNT} players against 1",
            1.2,
            many / one,
            "x",
            detail={
                "with 1, % of a core": 100 * one / WINDOW_S,
                f"with {VIEWERS_COUNT}": 100 * many / WINDOW_S,
                "parts a second, median player": median([len(player.parts) / WINDOW_S for player in players]),
                "slowest player": min(len(player.parts) for player in players) / WINDOW_S,
            },
        )
    ]


async def _window(household: Household, port: int, path: str, count: int) -> tuple[float, list[Player]]:
    """The server's processor time in the window, in seconds, and the players."""
    players = [Player(port, path) for _ in range(count)]
    tasks = [asyncio.create_task(player.play()) for player in players]
    await asyncio.sleep(SETTLE_S)
    for player in players:
        player.parts.clear()
    before = _processor_s(household.process.pid)
    await asyncio.sleep(WINDOW_S)
    used = _processor_s(household.process.pid) - before
    broken = [task.exception() for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not broken, f"{len(broken)} players ended: {broken[0]!r}"
    return used, players


def _processor_s(pid: int) -> float:
    """Time in the process and in the system for it, so far (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _varnish(folder: Path, backend_port: int) -> Iterator[int]:
    """Debian's, with the file of our documentation; its port."""
    program = shutil.which("varnishd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program is not None, "this benchmark needs Varnish: apt-get install varnish"
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port: int = chosen.getsockname()[1]
    vcl, work = folder / "hls.vcl", folder / "varnish"
    vcl.write_text(_VCL.read_text(encoding="utf-8").replace("8480", str(backend_port)), encoding="utf-8")
    for place in (folder, vcl):
        place.chmod(place.stat().st_mode | 0o055)
    process = subprocess.Popen(
        [program, "-F", "-j", "none", "-a", f"127.0.0.1:{port}", "-f", str(vcl), "-n", str(work), "-s", "malloc,64m"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(_READY_S)


def _wait_for(port: int) -> None:
    end = time.monotonic() + _READY_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < end, "Varnish did not start"
            time.sleep(0.1)
        else:
            return
