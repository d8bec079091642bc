"""The packager: makes one track of one camera into LL-HLS while somebody watches it (RFC 8216bis).

A PartSink beside the sealer: it sees a clear part in the turn in which the part was made, encrypts it at once and keeps
ciphertext alone. It runs only while asked for (hls/hls.py) and then knows nothing of before; numbers go on, so that
a player that waited sees a discontinuity and not a stream that went back.

Rules it guards:
* A segment ends before a keyframe, when it would exceed the target duration, and at a key turn: nothing that comes
  after a grant's end is encrypted with a key that was given out before (but for turns that are coalesced, as the
  sealer's are, at most ``epoch_turns_per_s_max`` a second).
* Lengths announced once hold: parts by the part target, segments by the target duration. Where a camera has slowed down
  so that not even one picture fits into a part, the packager says that it is *outgrown* and a new one takes its place.
* Bounds: a window of seconds, bytes of this camera, an equal share of the bytes of all. Over a bound the
  oldest segments go, even if fewer than three target durations are left: a player then finds them gone, and memory
  stays bounded.
"""

import math
from dataclasses import dataclass, field, replace

from curtilage.cameras.hls.hls_epoch import IV_BYTES, KEY_BYTES, HlsEpoch
from curtilage.cameras.hls.hls_fragment import InitWords, Times, fragment_times, init_words
from curtilage.cameras.hls.hls_pace import ROUNDING_S, Pace
from curtilage.cameras.hls.hls_pieces import Pieces, Wake
from curtilage.cameras.hls.hls_playlist import ListedSegment, Playlist
from curtilage.cameras.hls.hls_rate import Rate
from curtilage.cameras.hls.hls_segments import GrowingSegment
from curtilage.cameras.media.part import Part
from curtilage.cameras.media.timeline import TICKS_PER_SECOND
from curtilage.clock import MS_PER_SECOND
from curtilage.config import Config
from curtilage.wire.identifier import Entropy, new_identifier
from curtilage.wire.sealed_part import Kind

_PARTS_LISTED_TARGETS = 3
"""Parts are listed this many target durations back (§4.4.4.9)."""
_SLOW_PICTURES_COUNT = 8
"""So many pictures in a row that exceed the part target: the camera has slowed down, it is no hiccup."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Where numbers go on from the run before."""

    number: int = 0
    discontinuity_sequence: int = 0
    epoch: int = 0
    rate: Rate = field(default_factory=Rate)
    """Measured so far."""


class Packager:
    """See the module's text."""

    __slots__ = (
        "_config", "_discontinuity", "_discontinuity_sequence", "_entropy", "_epochs", "_first_parts", "_growing",
        "_hint", "_init", "_init_labels", "_last", "_last_turn_ms", "_number", "_pace", "_part_ticks", "_pieces",
        "_segments", "_sizes", "_slow_count", "_texts", "_turn_due", "bytes", "rate", "wakes", "words",
    )  # fmt: skip

    def __init__(self, pieces: Pieces, config: Config, entropy: Entropy, begin: Begin, now_ms: int) -> None:
        self._pieces = pieces
        pieces.packagers_count += 1
        self._config = config
        self._entropy = entropy
        self._number = begin.number
        self._discontinuity_sequence = begin.discontinuity_sequence
        self._discontinuity = False
        self._epochs = [self._new_epoch(begin.epoch, now_ms)]
        self._last_turn_ms = now_ms
        self._turn_due = False
        self._init: str | None = None
        self._init_labels: list[str] = []
        self._segments: list[ListedSegment] = []
        self._sizes: dict[str, int] = {}
        self._growing: GrowingSegment | None = None
        self._first_parts = 0
        """So many parts end the segment that grows; 0: it ends as any other."""
        self._hint: str | None = None
        self._last: Times | None = None
        self._pace = Pace(TICKS_PER_SECOND, sound=False)
        self._part_ticks = 0
        self._slow_count = 0
        self._texts: dict[tuple[bool, int], bytes] = {}
        self.bytes = 0
        """Of all pieces kept for this run."""
        self.rate = begin.rate
        """Of this run's segments and those before."""
        self.words: InitWords | None = None
        """What the newest init part says."""
        self.wakes: set[Wake] = set()
        """Called when the playlist has changed. Whoever adds itself takes itself out again."""

    # Pictures come.

    @property
    def has_init(self) -> bool:
        """Pictures can be taken."""
        return self._init is not None

    @property
    def outgrown(self) -> bool:
        """The camera's pictures no longer fit what was announced: begin anew."""
        return self._slow_count >= _SLOW_PICTURES_COUNT

    def part(self, part: Part) -> None:
        """Take one part. Raises ValueError when it is none of ours; nothing of it is kept then."""
        if part.kind is Kind.INIT:
            self._take_init(part)
            return
        times = fragment_times(part.octets)
        independent = part.keyframe or self._pace.sound
        if self._init is None or (self._last is None and not independent):
            return
        if self._turn_due or part.time_ms >= self._epochs[-1].begin_ms + self._config.epoch_s * MS_PER_SECOND:
            self._turn_if_time(part.time_ms, times.decode)
        self._cut_if_full(part, times)
        if self._growing is None:
            self._growing = self._new_segment(part, times)
        step = self._pace.step(times, self._last)
        if self._growing.part is not None and times.decode + step - self._growing.part.begin > self._part_ticks:
            # A picture was lost or late: what is there is closed, for it could no longer keep to the part target.
            known = times.decode - self._growing.part.begin <= self._part_ticks
            self._close_part(times.decode if known else None)
            self._changed()
        self._growing.add(part.octets, times.decode, step, independent=independent)
        self._last = times
        self._slow_count = self._slow_count + 1 if step > self._part_ticks else 0
        if self._growing.part_ticks() + step > self._part_ticks:
            self._close_part()
            if 0 < self._first_parts <= len(self._growing.parts):
                self._end_segment(None)
            self._changed()

    def turn(self) -> None:
        """Somebody may see this camera no longer: what comes next begins a segment under a key they will not get."""
        self._turn_due = True

    def end_segment(self) -> None:
        """What came so far is a whole segment. For a start from the cache: players want one to begin with."""
        if self._growing is not None:
            self._end_segment(None)
            self._changed()

    def end_first_segment(self, parts_count: int) -> None:
        """The cache was read: what came so far is a whole segment, as soon as it has so many parts."""
        if self._growing is not None and parts_count > len(self._growing.parts):
            self._first_parts = parts_count
        else:
            self.end_segment()

    def stop(self) -> Begin:
        """Forget every piece, wake everybody; where the next run goes on."""
        for segment in self._segments:
            self._forget(segment)
        if self._growing is not None:
            self._forget(self._growing.listed())
        for label in (*self._init_labels, *((self._hint,) if self._hint is not None else ())):
            self._remove(label)
        self._pieces.packagers_count -= 1
        begin = Begin(self._number + 1, self.discontinuity_number + 1, self._epochs[-1].number + 1, self.rate)
        self._discontinuity_sequence, self._discontinuity = begin.discontinuity_sequence, False
        self._segments, self._growing, self._hint, self._init, self._init_labels = [], None, None, None, []
        self._changed()
        return begin

    # Players ask.

    def text(self, *, skip: bool, first_epoch: int) -> bytes | None:
        """The playlist of segments from this epoch on; None while there is nothing in it."""
        known = self._texts.get((skip, first_epoch))
        if known is not None:
            return known
        playlist = self._playlist(first_epoch)
        if playlist is None:
            return None
        made = self._texts[skip, first_epoch] = playlist.text(skip=skip)
        return made

    def has(self, number: int, part: int | None) -> bool:
        """Has the playlist this segment (part None), or this part or one after it? (§6.2.5.2)"""
        if number < self._number:
            listed = next((segment for segment in self._segments if segment.number == number), None)
            if part is None or listed is None or part < len(listed.parts):
                return True
            # "… index greater than that of the final Partial Segment in the Parent Segment MUST be treated as a
            # request for Part Index 0 of the following Parent Segment."
            return self.has(number + 1, 0)
        parts = self._growing.parts if self._growing is not None else ()
        return number == self._number and part is not None and part < len(parts)

    def too_far(self, number: int, part: int | None) -> bool:
        """Further ahead than a player that has read the playlist could ask for (§6.2.5.2)."""
        if number > self._number + 1:
            return True
        if part is None:
            return False
        parts_count = len(self._growing.parts) if self._growing is not None else 0
        already = parts_count if number >= self._number else 0
        per_s = self._pace.ticks_per_s
        ahead = math.ceil(3 * per_s / max(self._part_ticks, 1)) if self._part_ticks < per_s else 3
        per_segment = math.ceil((self._config.hls_target_s + ROUNDING_S) * per_s / max(self._part_ticks, 1)) + 1
        return part > max(already + ahead, per_segment)

    def key(self, label: str) -> HlsEpoch | None:
        """The epoch of that name, while something encrypted in it can be fetched."""
        return next((epoch for epoch in self._epochs if epoch.label == label), None)

    def epoch_for(self, made_ms: int) -> int:
        """The first epoch that somebody may open whose grant was made then. Turns the key if none is young enough.

        So nobody opens with a new grant what was encrypted long before it. A run that begins for that very grant may
        begin with the cache's group of pictures: its epoch began when the run did.
        """
        for epoch in self._epochs:
            if epoch.begin_ms >= made_ms:
                return epoch.number
        self.turn()
        return self._epochs[-1].number + 1

    def newest(self, first_epoch: int) -> tuple[int, int | None] | None:
        """The last number and part in the playlist from this epoch on, for a rendition report; None: it is empty."""
        playlist = self._playlist(first_epoch)
        if playlist is None:
            return None
        last = playlist.growing if playlist.growing is not None else playlist.segments[-1]
        return last.number, len(last.parts) - 1 if last.parts else None

    @property
    def discontinuity_number(self) -> int:
        """What the next segment's discontinuity sequence number will be."""
        listed = sum(segment.discontinuity for segment in self._segments)
        growing = int(self._growing is not None and self._growing.discontinuity)
        return self._discontinuity_sequence + listed + growing + int(self._discontinuity)

    def discontinue_to(self, number: int) -> None:
        """The camera's other track has come to this number: "matching Discontinuity Sequence Numbers" (§6.2.4)."""
        behind = number - self.discontinuity_number
        if behind > 0 and not self._segments and self._growing is None:
            self._discontinuity_sequence += behind
        elif behind > 0:
            self._discontinuity = True

    @property
    def part_target_s(self) -> float:
        """As announced; 0.0 before the first picture."""
        return self._part_ticks / self._pace.ticks_per_s

    def _playlist(self, first_epoch: int) -> Playlist | None:
        growing = self._growing.listed() if self._growing is not None and self._growing.parts else None
        if growing is not None and growing.epoch < first_epoch:
            growing = None
        segments = tuple(segment for segment in self._segments if segment.epoch >= first_epoch)
        if not segments:
            return None
        left_out = sum(segment.discontinuity for segment in self._segments[: len(self._segments) - len(segments)])
        return Playlist(
            self._config.hls_target_s,
            self.part_target_s,
            self._discontinuity_sequence + left_out,
            segments,
            growing,
            self._hint,
        )

    # Inside.

    def _take_init(self, part: Part) -> None:
        self.words = words = init_words(part.octets)
        if self._growing is not None:
            self._end_segment(None)
        # What was announced once holds in seconds, also where another sound has another rate.
        self._part_ticks = self._part_ticks * words.ticks_per_s // self._pace.ticks_per_s
        self._pace = Pace.of(words)
        self._discontinuity = self._discontinuity or self._last is not None
        self._init = new_identifier(self._entropy)
        self._init_labels.append(self._init)
        self._keep(self._init, part.octets)
        self._last = None
        self._changed()

    def _new_segment(self, part: Part, times: Times) -> GrowingSegment:
        if not self._part_ticks:
            self._part_ticks = self._pace.part_ticks(self._config.hls_part_ms, times)
        if self._hint is None:
            self._promise()
        discontinuity, self._discontinuity = self._discontinuity, False
        assert self._init is not None, "an init part came first"
        return GrowingSegment(
            self._number,
            self._epochs[-1],
            self._entropy(IV_BYTES),
            self._init,
            self._pace.begun_ms(part.time_ms, times),
            times.decode,
            discontinuity,
            part.keyframe,
            self._pace.ticks_per_s,
        )

    def _cut_if_full(self, part: Part, times: Times) -> None:
        growing = self._growing
        if growing is None:
            return
        duration_s = growing.duration_s(times.decode)
        target_s, between_parts = self._config.hls_target_s, growing.part is None
        full = self._pace.is_full(duration_s, self.part_target_s, target_s, between_parts=between_parts)
        # A camera that sends keyframes alone must not get a segment for each; but one that began without (after a key
        # turn) ends at the first, so that a player can begin there.
        long_enough = duration_s >= target_s / 2 or not growing.independent
        if full or (part.keyframe and long_enough and not self._pace.sound):
            # A long hole in the sound belongs to no segment: none may be longer than announced.
            hole = self._pace.sound and duration_s > target_s
            self._end_segment(None if hole else times.decode)
            self._changed()

    def _turn_if_time(self, time_ms: int, decode: int) -> None:
        if (time_ms - self._last_turn_ms) * self._config.epoch_turns_per_s_max < MS_PER_SECOND:
            return
        self._turn_due = False
        self._last_turn_ms = time_ms
        if self._growing is not None:
            self._end_segment(decode)
        self._epochs.append(self._new_epoch(self._epochs[-1].number + 1, time_ms))
        self._changed()

    def _new_epoch(self, number: int, now_ms: int) -> HlsEpoch:
        return HlsEpoch(number, new_identifier(self._entropy), self._entropy(KEY_BYTES), now_ms)

    def _promise(self) -> None:
        self._hint = new_identifier(self._entropy)
        self._pieces.promise(self._hint)

    def _close_part(self, end: int | None = None) -> None:
        """The part gets the name that was promised; the next name is promised before anybody can ask for it."""
        assert self._growing is not None, "pictures go into a segment"
        assert self._hint is not None, "a name was promised with the first segment"
        label = self._hint
        self._promise()
        self._keep(label, self._growing.close_part(label, end))

    def _end_segment(self, end: int | None) -> None:
        growing = self._growing
        assert growing is not None, "there is a segment to end"
        if growing.part is not None:
            self._close_part()
        label, octets = new_identifier(self._entropy), growing.cipher.finish()
        duration_s = growing.duration_s(end)
        self._keep(label, octets)
        self.rate = self.rate.with_segment(len(octets), duration_s, growing.pictures_count)
        self._segments.append(growing.listed(label, duration_s))
        self._growing, self._first_parts = None, 0
        self._number += 1
        self._keep_bounds()

    def _keep_bounds(self) -> None:
        """Drop what is older than the window or too much, then parts that are no longer listed, inits and keys."""
        config, seconds = self._config, sum(segment.duration_s for segment in self._segments)
        # An equal share, so that no camera loses its pictures to another that sends more.
        share = min(config.hls_camera_bytes_max, config.hls_bytes_max // self._pieces.packagers_count)
        while self._segments and (seconds - self._segments[0].duration_s >= config.hls_window_s or self.bytes > share):
            oldest = self._segments.pop(0)
            seconds -= oldest.duration_s
            self._discontinuity_sequence += oldest.discontinuity
            self._forget(oldest)
        after_s = 0.0
        for place in range(len(self._segments) - 1, -1, -1):
            segment = self._segments[place]
            if after_s >= config.hls_target_s * _PARTS_LISTED_TARGETS and segment.parts:
                self._segments[place] = replace(segment, parts=())
                for part in segment.parts:
                    self._remove(part.label)
            after_s += segment.duration_s
        oldest_epoch = self._segments[0].epoch if self._segments else self._epochs[-1].number
        self._epochs = [epoch for epoch in self._epochs if epoch.number >= oldest_epoch]
        used = {segment.init_label for segment in self._segments} | {self._init}
        for label in [label for label in self._init_labels if label not in used]:
            self._init_labels.remove(label)
            self._remove(label)

    def _forget(self, segment: ListedSegment) -> None:
        for part in segment.parts:
            self._remove(part.label)
        if segment.label is not None:
            self._remove(segment.label)

    def _keep(self, label: str, octets: bytes) -> None:
        self._sizes[label] = len(octets)
        self.bytes += len(octets)
        self._pieces.put(label, octets)

    def _remove(self, label: str) -> None:
        self.bytes -= self._sizes.pop(label, 0)
        self._pieces.remove(label)

    def _changed(self) -> None:
        self._texts.clear()
        for wake in tuple(self.wakes):
            wake()
