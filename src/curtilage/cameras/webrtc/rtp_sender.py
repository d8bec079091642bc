"""One viewer's RTP stream: whose packet is next, under which sequence and timestamp, and how fast.

Payloads are shared by all viewers of a camera; this adds what is this viewer's own, twelve bytes of head. Pure:
pictures and ``now_s`` in, packets out, not yet encrypted.

* A *burst* (the newest group of pictures, for an instant start or after a PLI) plays in no time: its timestamps stand
  1 ms apart and end at the live picture's, so the player lands on live at once.
* Timestamps always increase, also when a burst repeats pictures that were sent before.
* Packets leave at most at ``pace_bytes_per_s``, which whoever watches the network sets; what waits beyond
  ``webrtc_queue_bytes_max`` is dropped, and sending goes on at the next keyframe.
* Lost packets are sent again from the pictures of the last few seconds, of which only references are kept, under the
  same pace, of which they take at most half while pictures wait.
* After ``turn`` pictures are of another track with another timeline: theirs goes on where the other one ends.
"""

import struct
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from curtilage.cameras.webrtc.packetiser import Picture
from curtilage.config import Config

_HEAD = struct.Struct(">BBHII")
_HEAD_BYTES = _HEAD.size
_VERSION = 0x80
_EXTENDED = 0x10
_EXTENSION = struct.Struct(">HHB")
_DELAY_UNITS_MAX, _DELAY_MOST_UNITS = 0xFFF, 100
_BURST_BYTES_MIN, _BURST_S = 3_000.0, 0.03
"""At a slow pace less may leave at once: the queue of a slow path is short."""
_MARKER = 0x80
_TICKS_PER_MS = 90
_SENDER_REPORT = struct.Struct(">BBHIQIII")
_REPORT_TYPE, _REPORT_WORDS = 200, 6
_REPORTS_TOLD_APART = 32
NTP_EPOCH_S = 2_208_988_800
"""1900 to 1970."""
_U32, _U16 = 0xFFFF_FFFF, 0xFFFF
_HALF_OF_U16 = 0x8000


@dataclass(frozen=True, slots=True)
class StreamNumbers:
    """What the answer said of this viewer's stream, and where its counters begin (RFC 3550 §5.1: at random)."""

    payload_type: int
    ssrc: int
    sequence: int
    timestamp: int
    delay_id: int = 0
    """Of the header extension that says how long to wait before showing a picture; 0: the viewer knows none."""


@dataclass(slots=True)
class _Sending:
    """A picture on its way or already sent."""

    picture: Picture
    timestamp: int
    first_sequence: int = 0
    sent: int = 0


class RtpSender:
    """See the module's text."""

    def __init__(self, numbers: StreamNumbers, config: Config) -> None:
        self._numbers = numbers
        self._config = config
        self._sequence = numbers.sequence
        self._shift = numbers.timestamp
        """From a picture's time on its track's timeline to its RTP timestamp."""
        self._turned = False
        self._probe_bytes = 0.0
        self._probe_place = 0
        self._repair_bytes = 0.0
        self.pace_bytes_per_s = float(config.webrtc_pace_bytes_per_s)
        self.delay_ms: int | None = None
        """What the viewer is told to wait; None: nothing is said."""
        self._last_timestamp: int | None = None
        """Not wrapped; of the picture queued last."""
        self._waiting: deque[_Sending] = deque()
        self._waiting_bytes = 0
        self._sent: deque[_Sending] = deque(maxlen=config.webrtc_repair_pictures_count_max)
        self._lost: dict[int, None] = {}
        self._until_keyframe = False
        self._allowance = float(config.webrtc_pace_burst_bytes)
        self._refilled_s = 0.0
        self._newest: tuple[int, int] | None = None
        """Timestamp and time_ms of the newest picture."""
        self.packets_count = 0
        self.bytes_count = 0
        self.repaired_count = 0
        self._reports_count = 0
        self.dropped_count = 0
        """Pictures that did not leave because too much waited."""

    def burst(self, pictures: Sequence[Picture]) -> None:
        """Queue a whole group, to be played in no time and to end at its last picture's own timestamp."""
        if not pictures:
            return
        self._rebase(pictures[-1])
        end = self._natural(pictures[-1])
        step = _TICKS_PER_MS
        if self._last_timestamp is not None:
            # The pictures were sent before: squeeze them in right behind the newest, before the next live one.
            step = max(1, min(step, _TICKS_PER_MS * 10 // len(pictures)))
            end = max(end, self._last_timestamp + step * len(pictures))
        self._until_keyframe = False
        for place, picture in enumerate(pictures):
            self._queue(picture, end - step * (len(pictures) - 1 - place))

    def live(self, picture: Picture) -> None:
        """Queue the picture that just came."""
        self._rebase(picture)
        timestamp = self._natural(picture)
        if self._last_timestamp is not None:
            timestamp = max(timestamp, self._last_timestamp + 1)
        self._queue(picture, timestamp)

    def probe(self, count: float) -> None:
        """Send so many bytes more than needed, to see whether they fit: packets that left lately, once more."""
        self._probe_bytes = count

    def turn(self) -> None:
        """What comes next is of another track: what waits of this one is not worth sending, nor sending again."""
        self._waiting = deque(sending for sending in self._waiting if sending.sent)
        self._waiting_bytes = sum(sending.picture.bytes for sending in self._waiting)
        self._sent.clear()
        self._sent.extend(self._waiting)
        self._lost.clear()
        self._until_keyframe = False
        self._turned = True

    def lost(self, sequence: int) -> bool:
        """The viewer misses a packet: send it again if it is not long gone. At most one group's worth waits.

        False: it is long gone, or of a track that is not sent any more.
        """
        if self._find(sequence & _U16) is None:
            return False
        if len(self._lost) < self._config.webrtc_repairs_waiting_count_max:
            self._lost[sequence & _U16] = None
        return True

    def due(self, now_s: float) -> list[bytes]:
        """Packets that may leave now, and are counted as sent."""
        self._refill(now_s)
        packets: list[bytes] = []
        while self._allowance > 0:
            if self._lost and (self._repair_bytes > 0 or not self._waiting):
                packet = self._next_lost()
                if packet is None:
                    continue
                self._repair_bytes -= len(packet)
            elif self._waiting:
                self._take_waiting(packets)
                continue
            elif self._probe_bytes > 0 and self._sent and self._sent[-1].sent:
                packet = self._next_probe()
                self._probe_bytes -= len(packet)
            else:
                break
            self._allowance -= len(packet)
            packets.append(packet)
        self.packets_count += len(packets)
        self.bytes_count += sum(map(len, packets)) - _HEAD_BYTES * len(packets)
        return packets

    def _refill(self, now_s: float) -> None:
        pace = self.pace_bytes_per_s
        refill = max(0.0, now_s - self._refilled_s) * pace
        most = float(self._config.webrtc_pace_burst_bytes)
        if pace < self._config.webrtc_pace_bytes_per_s:
            most = min(most, max(_BURST_BYTES_MIN, pace * _BURST_S))
        self._allowance = min(most, self._allowance + refill)
        self._repair_bytes = min(most, self._repair_bytes + refill / 2)
        self._refilled_s = now_s

    @property
    def newest(self) -> tuple[int, int] | None:
        """RTP timestamp and ``time_ms`` of the newest picture queued: what ``report`` says, for who reads no RTCP."""
        return (self._newest[0] & _U32, self._newest[1]) if self._newest is not None else None

    @property
    def wait_s(self) -> float | None:
        """After ``due``: when to ask again. None: nothing waits."""
        if not self._waiting and not self._lost and self._probe_bytes <= 0:
            return None
        return max(0.001, -self._allowance / self.pace_bytes_per_s)

    @property
    def waits_s(self) -> float:
        """How long a picture queued now would wait."""
        return self._waiting_bytes / self.pace_bytes_per_s

    def report(self) -> bytes | None:
        """A sender report (RFC 3550 §6.4.1): at which wall-clock time the newest picture reached the sealer.

        So a player can tell each picture's age by the part's own time. None before the first picture.
        """
        if self._newest is None:
            return None
        timestamp, time_ms = self._newest
        self._reports_count += 1
        ntp = ((time_ms // 1000 + NTP_EPOCH_S) << 32) + ((time_ms % 1000 << 32) // 1000)
        # Two reports about one picture (pictures are few on a poor network) are told apart by some 15 us: a round trip
        # is measured from the report that the viewer names.
        ntp += self._reports_count % _REPORTS_TOLD_APART << 16
        return sender_report(self._numbers.ssrc, ntp, timestamp, self.packets_count, self.bytes_count)

    def forget(self) -> None:
        """Drop whatever waits or could be sent again: the view ended."""
        self._waiting.clear()
        self._sent.clear()
        self._lost.clear()
        self._waiting_bytes = 0

    def _natural(self, picture: Picture) -> int:
        return self._shift + picture.timestamp

    def _rebase(self, picture: Picture) -> None:
        """The first of another track: the time between the two when they were sealed is the time between them here."""
        if not self._turned:
            return
        self._turned = False
        if self._newest is not None and self._last_timestamp is not None:
            _, time_ms = self._newest
            passed = max(1, (picture.time_ms - time_ms) * _TICKS_PER_MS)
            self._shift = self._last_timestamp + passed - picture.timestamp

    def _queue(self, picture: Picture, timestamp: int) -> None:
        if self._until_keyframe and not picture.keyframe:
            self.dropped_count += 1
            return
        self._until_keyframe = False
        self._last_timestamp = timestamp
        self._newest = timestamp, picture.time_ms
        if self._waiting_bytes + picture.bytes > self._config.webrtc_queue_bytes_max:
            self._drop_waiting(picture)
            return
        self._waiting.append(_Sending(picture, timestamp))
        self._waiting_bytes += picture.bytes

    def _drop_waiting(self, picture: Picture) -> None:
        """Keep the picture that is half sent; go on with the next keyframe, or with this one if it is one."""
        started = [sending for sending in self._waiting if sending.sent]
        self.dropped_count += len(self._waiting) - len(started)
        self._waiting = deque(started)
        self._waiting_bytes = sum(sending.picture.bytes for sending in started)
        if picture.keyframe and picture.bytes <= self._config.webrtc_queue_bytes_max:
            self._waiting.append(_Sending(picture, self._last_timestamp or 0))
            self._waiting_bytes += picture.bytes
        else:
            self.dropped_count += 1
            self._until_keyframe = True

    def _take_waiting(self, packets: list[bytes]) -> None:
        """Of the picture that is next, what may leave: on a healthy network all of it, hence no call for each."""
        sending = self._waiting[0]
        payloads = sending.picture.payloads
        if not sending.sent:
            sending.first_sequence = self._sequence
            self._sequence = (self._sequence + len(payloads)) & _U16
            self._sent.append(sending)
        first, extension = self._begin()
        kind, timestamp, ssrc = self._numbers.payload_type, sending.timestamp & _U32, self._numbers.ssrc
        place, last, allowance = sending.sent, len(payloads) - 1, self._allowance
        while allowance > 0 and place <= last:
            marked = kind | _MARKER if place == last else kind
            head = _HEAD.pack(first, marked, (sending.first_sequence + place) & _U16, timestamp, ssrc)
            packet = head + extension + payloads[place]
            allowance -= len(packet)
            packets.append(packet)
            place += 1
        sending.sent, self._allowance = place, allowance
        if place > last:
            self._waiting.popleft()
            self._waiting_bytes -= sending.picture.bytes

    def _next_probe(self) -> bytes:
        """Of the newest picture: whichever of its packets was lost is thereby repaired."""
        newest = self._sent[-1]
        self._probe_place = (self._probe_place + 1) % newest.sent
        return self._packet(newest, self._probe_place)

    def _next_lost(self) -> bytes | None:
        sequence = next(iter(self._lost))
        del self._lost[sequence]
        found = self._find(sequence)
        if found is None:
            return None
        self.repaired_count += 1
        return self._packet(*found)

    def _find(self, sequence: int) -> tuple[_Sending, int] | None:
        """The picture of a packet that left, and which of its packets it is."""
        if (self._sequence - sequence) & _U16 >= _HALF_OF_U16:
            return None
        for sending in reversed(self._sent):
            place = (sequence - sending.first_sequence) & _U16
            if place < sending.sent:
                return sending, place
        return None

    def _packet(self, sending: _Sending, place: int) -> bytes:
        payloads = sending.picture.payloads
        marker = _MARKER if place == len(payloads) - 1 else 0
        numbers, (first, extension) = self._numbers, self._begin()
        head = _HEAD.pack(
            first, marker | numbers.payload_type, (sending.first_sequence + place) & _U16, sending.timestamp & _U32,
            numbers.ssrc,
        )  # fmt: skip
        return head + extension + payloads[place]

    def _begin(self) -> tuple[int, bytes]:
        """A packet's first octet, and the header extension that says how long to wait."""
        if self.delay_ms is None or not self._numbers.delay_id:
            return _VERSION, b""
        return _VERSION | _EXTENDED, _delay(self._numbers.delay_id, self.delay_ms)


def sender_report(ssrc: int, ntp: int, timestamp: int, packets_count: int, bytes_count: int) -> bytes:
    """RFC 3550 §6.4.1, without report blocks; ``ntp`` in 1/2^32 s since 1900."""
    return _SENDER_REPORT.pack(
        _VERSION, _REPORT_TYPE, _REPORT_WORDS, ssrc, ntp, timestamp & _U32, packets_count & _U32, bytes_count & _U32
    )


def _delay(number: int, delay_ms: int) -> bytes:
    """RFC 8285 §4.2, one element: least and most to wait, 12 bits each, in 10 ms."""
    units = min(delay_ms // 10, _DELAY_UNITS_MAX)
    return _EXTENSION.pack(0xBEDE, 1, number << 4 | 2) + (units << 12 | max(units, _DELAY_MOST_UNITS)).to_bytes(3)
