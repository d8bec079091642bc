"""A reader of LL-HLS playlists that takes nothing on trust: RFC 8216bis's grammar and rules, written for the tests.

It shares no line with what writes playlists. ``read_playlist`` fails, with the rule, where a playlist breaks one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

_ATTRIBUTE = re.compile(
    r'([A-Z0-9-]+)=("[^"\r\n]*"|0x[0-9A-F]+|[0-9]+(?:\.[0-9]+)?(?:x[0-9]+)?|[A-Z0-9][^",\s]*)(?:,|$)'
)
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_ONCE = ("VERSION", "TARGETDURATION", "SERVER-CONTROL", "PART-INF", "MEDIA-SEQUENCE", "DISCONTINUITY-SEQUENCE", "SKIP")
_SHORT_PART = 0.85
_TRIFLE_S = 0.0001


@dataclass(frozen=True)
class ReadPart:
    """EXT-X-PART."""

    uri: str
    duration_s: float
    independent: bool


@dataclass
class ReadSegment:
    """A media segment, whole when it has ``uri``."""

    number: int
    map_uri: str | None
    key_uri: str
    iv: bytes
    date: str
    discontinuity: bool = False
    parts: list[ReadPart] = field(default_factory=list)
    uri: str | None = None
    duration_s: float = 0.0


@dataclass
class ReadPlaylist:
    """A media playlist."""

    target_s: int = 0
    part_target_s: float = 0.0
    control: Mapping[str, str] = field(default_factory=dict)
    first_number: int = 0
    discontinuity_sequence: int = 0
    skipped: int = 0
    segments: list[ReadSegment] = field(default_factory=list)
    growing: ReadSegment | None = None
    hint_uri: str | None = None
    reports: list[Mapping[str, str]] = field(default_factory=list)

    def all_parts(self) -> list[ReadPart]:
        """Of whole segments and the growing one."""
        growing = [self.growing] if self.growing is not None else []
        return [part for segment in (*self.segments, *growing) for part in segment.parts]


def attributes(text: str) -> dict[str, str]:
    """An attribute list (§4.2): quoted strings lose their quotes. Each name once, nothing left over."""
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        match = _ATTRIBUTE.match(text, place)
        assert match, f"§4.2 attribute list: {text[place:]!r}"
        assert match[1] not in found, f"§4.2 {match[1]} twice"
        found[match[1]] = match[2].strip('"')
        place = match.end()
    return found


class _Reading:
    def __init__(self) -> None:
        self.read = ReadPlaylist()
        self.seen: list[str] = []
        self.map_uri: str | None = None
        self.key: tuple[str, bytes] | None = None
        self.date: str | None = None
        self.discontinuity = False
        self.duration_s: float | None = None
        self.now: ReadSegment | None = None

    def line(self, line: str) -> None:
        if not line.startswith("#"):
            self._uri(line)
            return
        word, _, value = line.partition(":")
        name = word.removeprefix("#EXT-X-").removeprefix("#")
        assert name not in self.seen or name not in _ONCE, f"{name} twice"
        self.seen.append(name)
        getattr(self, "_" + name.lower().replace("-", "_"))(value)

    def _segment(self) -> ReadSegment:
        if self.now is None:
            assert self.key is not None, "everything here is encrypted"
            assert self.date is not None, "every segment has its date"
            number = self.read.first_number + self.read.skipped + len(self.read.segments)
            self.now = ReadSegment(number, self.map_uri, *self.key, self.date, self.discontinuity)
            self.date, self.discontinuity = None, False
        return self.now

    def _uri(self, line: str) -> None:
        segment = self._segment()
        assert self.duration_s is not None, "§4.4.4.1: a segment has EXTINF"
        segment.uri, segment.duration_s, self.duration_s = line, self.duration_s, None
        self.read.segments.append(segment)
        self.now = None

    def _version(self, value: str) -> None:
        assert int(value) >= 9, "§8: EXT-X-SKIP needs version 9"

    def _targetduration(self, value: str) -> None:
        self.read.target_s = int(value)

    def _server_control(self, value: str) -> None:
        self.read.control = attributes(value)

    def _part_inf(self, value: str) -> None:
        self.read.part_target_s = float(attributes(value)["PART-TARGET"])

    def _media_sequence(self, value: str) -> None:
        assert not self.read.segments, "§4.4.3.2: before the first segment"
        self.read.first_number = int(value)

    def _discontinuity_sequence(self, value: str) -> None:
        assert not self.read.segments, "§4.4.3.3: before the first segment"
        self.read.discontinuity_sequence = int(value)

    def _discontinuity(self, value: str) -> None:
        assert value == ""
        self.discontinuity = True

    def _skip(self, value: str) -> None:
        assert not self.read.segments, "§4.4.5.2: before the first segment"
        self.read.skipped = int(attributes(value)["SKIPPED-SEGMENTS"])
        assert self.read.skipped > 0, "§4.4.5.2: a delta update skips something"

    def _map(self, value: str) -> None:
        assert self.key is None, "§4.4.4.5: a map after a key is encrypted with it; ours are clear"
        self.map_uri = attributes(value)["URI"]

    def _key(self, value: str) -> None:
        given = attributes(value)
        if given["METHOD"] == "NONE":
            assert len(given) == 1, "§4.4.4.4: METHOD=NONE stands alone"
            self.key = None
            return
        assert given["METHOD"] == "AES-128"
        assert len(given["IV"]) == 2 + 32, "§4.4.4.4: 128 bits"
        self.key = given["URI"], bytes.fromhex(given["IV"][2:])

    def _program_date_time(self, value: str) -> None:
        assert _DATE.fullmatch(value), value
        self.date = value

    def _part(self, value: str) -> None:
        given = attributes(value)
        part = ReadPart(given["URI"], float(given["DURATION"]), given.get("INDEPENDENT") == "YES")
        self._segment().parts.append(part)

    def _preload_hint(self, value: str) -> None:
        given = attributes(value)
        assert given["TYPE"] == "PART"
        self.read.hint_uri = given["URI"]

    def _rendition_report(self, value: str) -> None:
        self.read.reports.append(attributes(value))

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"a tag of no meaning here: {name}")


class _WithInf(_Reading):
    def line(self, line: str) -> None:
        if line.startswith("#EXTINF:"):
            self.duration_s = float(line.removeprefix("#EXTINF:").split(",")[0])
        elif line != "#EXTM3U":
            super().line(line)


def read_playlist(text: bytes) -> ReadPlaylist:
    """The playlist, every rule checked."""
    lines = text.decode("ascii").splitlines()
    assert lines[0] == "#EXTM3U", "§4.1: the first line"
    assert text.endswith(b"\n")
    assert b"\r" not in text
    reading = _WithInf()
    for line in lines:
        assert line, "no empty lines are written"
        reading.line(line)
    reading.read.growing = reading.now
    assert reading.duration_s is None, "EXTINF without a segment"
    _check(reading.read)
    return reading.read


def _check(read: ReadPlaylist) -> None:
    control, part_s = read.control, read.part_target_s
    assert control["CAN-BLOCK-RELOAD"] == "YES"
    assert float(control["PART-HOLD-BACK"]) >= 3 * part_s - _TRIFLE_S, "§4.4.3.8"
    assert float(control["HOLD-BACK"]) >= 3 * read.target_s, "§4.4.3.8"
    assert float(control["CAN-SKIP-UNTIL"]) >= 6 * read.target_s, "§4.4.3.8"
    for segment in read.segments:
        assert round(segment.duration_s) <= read.target_s, "§4.4.3.1"
        if segment.parts:
            parts_s = sum(part.duration_s for part in segment.parts)
            assert abs(parts_s - segment.duration_s) <= part_s, "a segment is its parts"
    for segment in (*read.segments, *([read.growing] if read.growing is not None else [])):
        for part, after in zip_longest(segment.parts, segment.parts[1:]):
            assert part.duration_s <= part_s + _TRIFLE_S, "§4.4.3.7: no part is longer than the part target"
            if after is not None and not after.independent:
                assert part.duration_s >= _SHORT_PART * part_s, "§4.4.3.7: nor shorter than 85 % of it"
    ivs = [segment.iv for segment in read.segments]
    assert len(set(ivs)) == len(ivs), "an IV of its own for each segment"
    uris = [part.uri for part in read.all_parts()] + [segment.uri for segment in read.segments]
    assert len(set(uris)) == len(uris), "every piece has a name of its own"
    assert read.hint_uri not in uris, "§4.4.5.3: what is there needs no hint"


def decrypted(octets: bytes, secret: bytes, iv: bytes) -> bytes:
    """AES-128-CBC with PKCS7. Raises ValueError when the key is not the right one."""
    decryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).decryptor()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(octets) + decryptor.finalize()) + unpadder.finalize()
