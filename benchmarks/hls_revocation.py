"""Grant revoked → the last part that any of 200 LL-HLS viewers can still open.

One person's grant, 200 addresses by it; a fifth of the viewers read slowly. They poll as players do (playlist, key,
part), and go on after the order to revoke: they ask for every key whose name anybody can read, in the playlists of
somebody else whose grant goes on (the witness), because names are public. Afterwards every part the witness saw is
tried with every key that any viewer ever got. The clock starts when the order is sent; a part counts with the time at
which its last picture reached the server, as its playlist dates it. The server is a process of its own.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from datetime import datetime

from tests.cameras.hls_reader import ReadPlaylist, ReadSegment, decrypted, read_playlist
from tests.household import SignedIn

from benchmarks.figures import Figure
from benchmarks.viewer import Session
from benchmarks.warm_home import warm_home

VIEWERS_COUNT = 200
SLOW_EVERY = 5
ROUNDS_COUNT = 3
_SETTLE_S = 6.0
_AFTER_S = 6.0
_PAUSE_S = 1.0
"""Between a viewer's rounds: 200 that reload for every part would measure two processors, not a grant's end."""
_SLOW_PIECE_BYTES = 2048
_SLOW_PIECE_S = 0.05
_ANSWER_S = 15.0


@dataclass(slots=True)
class Evidence:
    """What viewers got, and what the witness saw."""

    secrets: set[bytes] = field(default_factory=set, repr=False)
    names: set[str] = field(default_factory=set)
    """Of keys, as the playlists of anybody say them."""
    answered_s: float = float("inf")
    """When the order to revoke was answered (s since the Unix epoch)."""
    keys_count: int = 0
    refused_count: int = 0
    after_count: int = 0
    """Keys given to requests that began after that."""
    parts: dict[str, tuple[bytes, bytes, float]] = field(default_factory=dict, repr=False)
    """By name: ciphertext, IV, and when its last picture reached the server (s since the Unix epoch)."""
    witness_secrets: set[bytes] = field(default_factory=set, repr=False)


class Line:
    """One connection of one viewer; it opens again what the server closes."""

    def __init__(self, port: int, path: str, *, slow: bool = False) -> None:
        self._port, self._path, self._slow = port, path, slow
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, name: str) -> tuple[int, bytes]:
        """Status and body; ``name`` stands below the address unless it begins with a slash."""
        async with asyncio.timeout(_ANSWER_S):
            if self._ends is None:
                self._ends = await asyncio.open_connection("127.0.0.1", self._port, limit=65536)
            reader, writer = self._ends
            path = name if name.startswith("/") else self._path + name
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{self._port}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            body = await self._read(reader, length)
            return int(head.split(b" ", 2)[1]), body

    async def _read(self, reader: asyncio.StreamReader, length: int) -> bytes:
        pieces: list[bytes] = []
        while length:
            piece = await reader.readexactly(min(length, _SLOW_PIECE_BYTES if self._slow else length))
            pieces.append(piece)
            length -= len(piece)
            if self._slow:
                await asyncio.sleep(_SLOW_PIECE_S)
        return b"".join(pieces)

    def close(self) -> None:
        """Give it up."""
        if self._ends is not None:
            self._ends[1].close()
        self._ends = None


async def _view(line: Line, evidence: Evidence, offset_s: float) -> None:
    """One viewer: as a player while it may, and then only for keys. Until cancelled."""
    await asyncio.sleep(offset_s)
    while True:
        try:
            status, text = await line.ask("main.m3u8")
            if status == 200:
                read = read_playlist(text)
                await _reload_and_take(line, read)
                evidence.names |= {segment.key_uri for segment in _all(read)}
            for name in sorted(evidence.names):
                await _key(line, evidence, name)
        except (OSError, EOFError, TimeoutError):
            line.close()
        await asyncio.sleep(_PAUSE_S)


async def _reload_and_take(line: Line, read: ReadPlaylist) -> None:
    """Wait for the next part, take it: as players do."""
    number = read.segments[-1].number + 1
    part = len(read.growing.parts) if read.growing is not None else 0
    await line.ask(f"main.m3u8?_HLS_msn={number}&_HLS_part={part}&_HLS_skip=YES")
    if read.hint_uri is not None:
        await line.ask(read.hint_uri)


async def _key(line: Line, evidence: Evidence, name: str) -> None:
    begun_s = time.time()
    status, secret = await line.ask(name)
    if status != 200:
        evidence.refused_count += 1
        return
    evidence.keys_count += 1
    evidence.secrets.add(secret)
    evidence.after_count += begun_s > evidence.answered_s


async def _witness(line: Line, evidence: Evidence) -> None:
    """Everything that is published, as it comes. Until cancelled."""
    query = ""
    while True:
        status, text = await line.ask(f"main.m3u8{query}")
        assert status == 200, "the witness's own grant goes on"
        read = read_playlist(text)
        for segment in _all(read):
            if segment.key_uri not in evidence.names:
                evidence.names.add(segment.key_uri)
            await _take(line, evidence, segment)
        part = len(read.growing.parts) if read.growing is not None else 0
        query = f"?_HLS_msn={read.segments[-1].number + 1}&_HLS_part={part}"


async def _take(line: Line, evidence: Evidence, segment: ReadSegment) -> None:
    end_s = datetime.fromisoformat(segment.date).timestamp()
    for part in segment.parts:
        end_s += part.duration_s
        if part.uri not in evidence.parts:
            status, octets = await line.ask(part.uri)
            if status == 200:
                evidence.parts[part.uri] = octets, segment.iv, end_s
                evidence.witness_secrets.add((await line.ask(segment.key_uri))[1])


def _all(read: ReadPlaylist) -> list[ReadSegment]:
    return [*read.segments, *([read.growing] if read.growing is not None else [])]


async def _revoke(port: int, owner: SignedIn, grant: str, evidence: Evidence) -> float:
    """When the order was sent. The connection stands before, as a browser's does when a person presses the button."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = Session(port, owner.cookie, owner.csrf).head("DELETE", f"/api/v1/homes/{owner.home}/grants/{grant}", 0)
    sent_s = time.time()
    writer.write(head)
    async with asyncio.timeout(_ANSWER_S):
        answer = await reader.readuntil(b"\r\n\r\n")
    evidence.answered_s = time.time()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
    return sent_s


async def _round(port: int, paths: list[str], owner: SignedIn, witness: str, grant: str) -> tuple[float, Evidence]:
    """When the order was sent (s since the Unix epoch), and what was found."""
    evidence = Evidence()
    lines = [Line(port, path, slow=number % SLOW_EVERY == 0) for number, path in enumerate(paths)]
    watching = asyncio.create_task(_witness(Line(port, witness), evidence))
    offsets = [_PAUSE_S * number / len(lines) for number in range(len(lines))]
    tasks = [
        asyncio.create_task(_view(line, evidence, offset_s)) for line, offset_s in zip(lines, offsets, strict=True)
    ]
    await asyncio.sleep(_SETTLE_S)
    sent_s = await _revoke(port, owner, grant, evidence)
    await asyncio.sleep(_AFTER_S)
    broken = [task.exception() for task in (watching, *tasks) if task.done()]
    for task in (watching, *tasks):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    for line in lines:
        line.close()
    assert not broken, f"{len(broken)} clients ended: {broken[0]!r}"
    return sent_s, evidence


def _opens(part: tuple[bytes, bytes, float], secrets: set[bytes]) -> bool:
    octets, iv, _ = part
    for secret in secrets:
        with contextlib.suppress(ValueError):
            if decrypted(octets, secret, iv)[4:8] == b"moof":
                return True
    return False


def _latest_ms(sent_s: float, evidence: Evidence) -> float:
    """The latest part that opens, ms after the order."""
    late = [part for part in evidence.parts.values() if part[2] > sent_s]
    assert len(late) > 10, "the camera went on"
    assert all(_opens(part, evidence.witness_secrets) for part in late), "the witness can open everything"
    assert evidence.secrets, "the viewers had keys"
    return max(1000 * (part[2] - sent_s) for part in evidence.parts.values() if _opens(part, evidence.secrets))


def _addresses(person: SignedIn, handle: str, count: int) -> list[str]:
    paths = [str(person.ask("POST", "/hls", {"grant": handle, "player": "other"}).json()["path"]) for _ in range(count)]
    return [path.removesuffix("index.m3u8") for path in paths]


def measure() -> list[Figure]:
    """The worst of all rounds."""
    found = []
    with warm_home(hls_addresses_per_grant_count_max=VIEWERS_COUNT + 10) as home:
        owner, camera = home.owner, home.camera
        ada = home.household.member(owner.home, "Ada")
        for _ in range(ROUNDS_COUNT):
            given = {"camera": camera, "person": ada.person}
            grant = str(owner.ask("POST", f"/homes/{owner.home}/grants", given).json()["id"])
            paths = _addresses(ada, ada.handle(camera), VIEWERS_COUNT)
            (witness,) = _addresses(owner, owner.handle(camera), 1)
            found.append(asyncio.run(_round(home.household.port, paths, owner, witness, grant)))
    latest = [_latest_ms(*item) for item in found]
    every = [evidence for _, evidence in found]
    return [
        Figure(
            f"LL-HLS: revoked → last part that any of {VIEWERS_COUNT} viewers can open was sealed",
            1000,
            max(latest),
            "ms",
            detail={
                "each round": " / ".join(f"{ms:.0f}" for ms in latest),
                "order answered after": " / ".join(
                    f"{1000 * (item.answered_s - sent_s):.0f}" for sent_s, item in found
                ),
                "parts tried": str(sum(len(evidence.parts) for evidence in every)),
                "keys given before": str(sum(evidence.keys_count - evidence.after_count for evidence in every)),
            },
        ),
        Figure(
            f"LL-HLS: keys given after revocation to {VIEWERS_COUNT} viewers who go on asking",
            0,
            sum(evidence.after_count for evidence in every),
            "keys",
            detail={"requests for keys refused": str(sum(evidence.refused_count for evidence in every))},
        ),
    ]
