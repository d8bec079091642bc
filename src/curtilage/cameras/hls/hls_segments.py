"""A segment while it grows: parts of about 200 ms, and the whole of it, encrypted as the pictures pass.

Each part and the whole segment are encrypted separately under the epoch's key and the segment's IV (RFC 8216bis §5.2:
what is fetched separately is decrypted separately). The IV is random for each segment. That a segment's parts share it
shows at most whether two parts begin with the same 16 bytes, which are box sizes.

A part is closed as soon as one more picture would make it longer than the part target: nobody waits for the next
picture to find out. The length of its last picture is therefore taken from the one before.
"""

from dataclasses import dataclass, field

from curtilage.cameras.hls.hls_epoch import CipherText, HlsEpoch
from curtilage.cameras.hls.hls_playlist import ListedPart, ListedSegment


@dataclass(slots=True)
class GrowingPart:
    """The part that pictures go into now."""

    cipher: CipherText = field(repr=False)
    begin: int
    """Decode time of its first picture, in ticks."""
    independent: bool


@dataclass(slots=True)
class GrowingSegment:
    """See the module's text."""

    number: int
    epoch: HlsEpoch
    iv: bytes
    init_label: str
    begin_ms: int
    begin: int
    """Decode time of its first picture, in ticks."""
    discontinuity: bool
    independent: bool
    """Begins with a keyframe."""
    ticks_per_s: int
    cipher: CipherText = field(init=False, repr=False)
    parts: list[ListedPart] = field(default_factory=list)
    part: GrowingPart | None = None
    pictures_count: int = 0
    _end: int = 0
    """Where its newest picture is expected to end, in ticks."""

    def __post_init__(self) -> None:
        self.cipher = CipherText(self.epoch.secret, self.iv)
        self._end = self.begin

    def add(self, octets: bytes, decode: int, step: int, *, independent: bool) -> None:
        """One fragment. ``step``: how long its picture is expected to last, in ticks."""
        if self.part is None:
            self.part = GrowingPart(CipherText(self.epoch.secret, self.iv), decode, independent)
        self.pictures_count += 1
        self.cipher.add(octets)
        self.part.cipher.add(octets)
        self._end = decode + step

    def part_ticks(self) -> int:
        """How long the part is that pictures go into now."""
        return self._end - self.part.begin if self.part is not None else 0

    def close_part(self, label: str, end: int | None = None) -> bytes:
        """Its ciphertext; the part is listed from now on as ``label``. ``end``: where it ends, when that is known."""
        assert self.part is not None, "there is a part to close"
        duration_s = (self.part_ticks() if end is None else end - self.part.begin) / self.ticks_per_s
        self.parts.append(ListedPart(label, duration_s, self.part.independent))
        octets = self.part.cipher.finish()
        self.part = None
        return octets

    def duration_s(self, end: int | None = None) -> float:
        """Until its newest picture ends, or until ``end`` where that is known."""
        return ((self._end if end is None else end) - self.begin) / self.ticks_per_s

    def listed(self, label: str | None = None, duration_s: float = 0.0) -> ListedSegment:
        """As it stands in the playlist: growing, or whole when it has a label."""
        return ListedSegment(
            number=self.number,
            key_label=self.epoch.label,
            epoch=self.epoch.number,
            iv=self.iv,
            init_label=self.init_label,
            begin_ms=self.begin_ms,
            discontinuity=self.discontinuity,
            parts=tuple(self.parts),
            label=label,
            duration_s=duration_s,
        )
