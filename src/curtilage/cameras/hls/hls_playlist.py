"""LL-HLS playlists as text (RFC 8216bis §4): values in, lines out.

Rules it guards:
* ``EXT-X-MAP`` stands before any ``EXT-X-KEY`` (and after ``METHOD=NONE`` when it changes): init parts are clear, they
  hold no picture. Every segment has its own ``EXT-X-KEY`` line, because every segment has its own random IV.
* ``PART-HOLD-BACK`` is three times the part target, ``HOLD-BACK`` three times the target duration, ``CAN-SKIP-UNTIL``
  six times (§4.4.3.8).
* A delta update leaves out only whole segments beyond the skip boundary, and is made only when there is one (§6.2.5.1).
* The preload hint is the name that the packager promised for the very next part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

_VERSION = 9
"""EXT-X-SKIP needs 9 (§8)."""
_HOLD_BACK_PARTS = 3
_HOLD_BACK_TARGETS = 3
_SKIP_TARGETS = 6
_SOUND_GROUP = "sound"
_EPOCH_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
PARTS_PREFIX = "/parts/"
KEYS_PREFIX = "keys/"
"""Beside the playlist: who fetched the playlist by a name asks for the key by the same name."""
PART_ENDING = ".m4s"
INIT_ENDING = ".mp4"


@dataclass(frozen=True, slots=True)
class ListedPart:
    """One partial segment."""

    label: str
    duration_s: float
    independent: bool
    """Begins with a keyframe."""


@dataclass(frozen=True, slots=True)
class ListedSegment:
    """One media segment; without ``label`` it is still growing and only its parts are listed."""

    number: int
    """Media sequence number."""
    key_label: str
    epoch: int
    iv: bytes
    init_label: str
    begin_ms: int
    """When its first picture reached the server, ms since the Unix epoch."""
    discontinuity: bool
    """What comes does not follow from what was before."""
    parts: tuple[ListedPart, ...]
    label: str | None = None
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """How far another track's playlist is (EXT-X-RENDITION-REPORT)."""

    uri: str
    last_number: int
    last_part: int | None


@dataclass(frozen=True, slots=True)
class Playlist:
    """A media playlist at one moment."""

    target_s: int
    part_target_s: float
    discontinuity_sequence: int
    segments: tuple[ListedSegment, ...]
    """Whole ones, oldest first."""
    growing: ListedSegment | None
    hint_label: str | None

    def text(self, *, skip: bool = False) -> bytes:
        """The playlist, or a delta update when ``skip`` and there is something to leave out."""
        first = self.segments[0] if self.segments else self.growing
        lines = self._head(first.number if first is not None else 0)
        left_out = self._skippable() if skip else 0
        if left_out:
            lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={left_out}")
        init_label = self.segments[left_out - 1].init_label if left_out else None
        growing = (self.growing,) if self.growing is not None else ()
        for segment in (*self.segments[left_out:], *growing):
            lines += _segment_lines(segment, init_label)
            init_label = segment.init_label
        if self.hint_label is not None:
            lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{PARTS_PREFIX}{self.hint_label}{PART_ENDING}"')
        return ("\n".join(lines) + "\n").encode("ascii")

    def _head(self, number: int) -> list[str]:
        part = self.part_target_s
        control = (
            f"CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={self.target_s * _SKIP_TARGETS:.1f}"
            f",HOLD-BACK={self.target_s * _HOLD_BACK_TARGETS:.1f},PART-HOLD-BACK={part * _HOLD_BACK_PARTS:.5f}"
        )
        return [
            "#EXTM3U",
            f"#EXT-X-VERSION:{_VERSION}",
            f"#EXT-X-TARGETDURATION:{self.target_s}",
            f"#EXT-X-SERVER-CONTROL:{control}",
            f"#EXT-X-PART-INF:PART-TARGET={part:.5f}",
            f"#EXT-X-MEDIA-SEQUENCE:{number}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self.discontinuity_sequence}",
        ]

    def _skippable(self) -> int:
        """Segments that end before the skip boundary, counted from the end of the last one."""
        left_s = float(self.target_s * _SKIP_TARGETS)
        if self.growing is not None:
            left_s -= sum(part.duration_s for part in self.growing.parts)
        for place in range(len(self.segments) - 1, -1, -1):
            if left_s <= 0:
                return place + 1
            left_s -= self.segments[place].duration_s
        return 0


def multivariant(variants: Sequence["Variant"], sound: "Rendition | None" = None) -> bytes:
    """The multivariant playlist (§4.4.6). ``sound`` goes with each variant."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}"]
    if sound is not None:
        words = f'TYPE=AUDIO,GROUP-ID="{_SOUND_GROUP}",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,URI="{sound.uri}"'
        lines.append(f"#EXT-X-MEDIA:{words}")
        variants = [_with_sound(variant, sound) for variant in variants]
    for variant in variants:
        words = f"BANDWIDTH={variant.bits_per_s}"
        if variant.average_bits_per_s:
            words += f",AVERAGE-BANDWIDTH={variant.average_bits_per_s}"
        if variant.codec:
            words += f',CODECS="{variant.codec}"'
        if variant.width and variant.height:
            words += f",RESOLUTION={variant.width}x{variant.height}"
        if variant.pictures_per_s:
            words += f",FRAME-RATE={variant.pictures_per_s:.3f}"
        if sound is not None:
            words += f',AUDIO="{_SOUND_GROUP}"'
        lines += [f"#EXT-X-STREAM-INF:{words}", variant.uri]
    return ("\n".join(lines) + "\n").encode("ascii")


@dataclass(frozen=True, slots=True)
class Variant:
    """One track to choose."""

    uri: str
    bits_per_s: int
    """The peak so far."""
    codec: str
    width: int
    height: int
    average_bits_per_s: int = 0
    """0: unknown."""
    pictures_per_s: float = 0.0
    """0.0: unknown."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """The camera's sound, to be played with whichever variant (EXT-X-MEDIA, §4.4.6.1)."""

    uri: str
    bits_per_s: int
    """The peak so far."""
    codec: str
    average_bits_per_s: int = 0
    """0: unknown."""


def _with_sound(variant: Variant, sound: Rendition) -> Variant:
    """Rates are those of everything that is played together, CODECS names all of it (§4.4.6.2)."""
    average = variant.average_bits_per_s and sound.average_bits_per_s
    codec = f"{variant.codec},{sound.codec}" if variant.codec and sound.codec else ""
    return replace(
        variant,
        bits_per_s=variant.bits_per_s + sound.bits_per_s,
        average_bits_per_s=average and variant.average_bits_per_s + sound.average_bits_per_s,
        codec=codec,
    )


def _segment_lines(segment: ListedSegment, init_label: str | None) -> list[str]:
    lines = []
    if segment.discontinuity:
        lines.append("#EXT-X-DISCONTINUITY")
    if segment.init_label != init_label:
        if init_label is not None:
            # A key line before a map would mean that the map is encrypted with it (§4.4.4.5).
            lines.append("#EXT-X-KEY:METHOD=NONE")
        lines.append(f'#EXT-X-MAP:URI="{PARTS_PREFIX}{segment.init_label}{INIT_ENDING}"')
    uri, iv = f"{KEYS_PREFIX}{segment.key_label}", segment.iv.hex().upper()
    lines.append(f'#EXT-X-KEY:METHOD=AES-128,URI="{uri}",IV=0x{iv}')
    lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_date_time(segment.begin_ms)}")
    for part in segment.parts:
        independent = ",INDEPENDENT=YES" if part.independent else ""
        uri = f"{PARTS_PREFIX}{part.label}{PART_ENDING}"
        lines.append(f'#EXT-X-PART:DURATION={part.duration_s:.5f},URI="{uri}"{independent}')
    if segment.label is not None:
        lines += [f"#EXTINF:{segment.duration_s:.5f},", f"{PARTS_PREFIX}{segment.label}{PART_ENDING}"]
    return lines


def _date_time(at_ms: int) -> str:
    """RFC 3339 in UTC with milliseconds (§4.4.4.6 recommends them)."""
    moment = _EPOCH_ZERO + timedelta(milliseconds=at_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def report_text(report: Report) -> bytes:
    """A line to stand at a media playlist's end."""
    part = f",LAST-PART={report.last_part}" if report.last_part is not None else ""
    line = f'#EXT-X-RENDITION-REPORT:URI="{report.uri}",LAST-MSN={report.last_number}{part}\n'
    return line.encode("ascii")
