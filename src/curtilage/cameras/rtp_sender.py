"""One viewer's RTP stream: whose packet is next, under which sequence and timestamp, and how fast.

Payloads are shared by all viewers of a camera; this adds what is this viewer's own, twelve bytes of head. Pure:
pictures and ``now_s`` in, packets out, not yet encrypted.

* A *burst* (the newest group of pictures, for an instant start or after a PLI) plays in no time: its timestamps stand
  1 ms apart and end at the live picture's, so the player lands on live at once.
* Timestamps always increase, also when a burst repeats pictures that were sent before.
* Packets leave at most at ``webrtc_pace_bytes_per_s``; what waits beyond ``webrtc_queue_bytes_max`` is dropped, and
  sending goes on at the next keyframe.
* Lost packets are sent again from the pictures of the last few seconds, of which only references are kept, under the
  same pace.
"""

import struct
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curtilage.cameras.packetiser import Picture
from curtilage.config import Config

_HEAD = struct.Struct(">BBHII")
_HEAD_BYTES = _HEAD.size
_VERSION = 0x80
_MARKER = 0x80
_TICKS_PER_MS = 90
_SENDER_REPORT = struct.Struct(">BBHIQIII")
_REPORT_TYPE, _REPORT_WORDS = 200, 6
_NTP_EPOCH_S = 2_208_988_800
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
        self.dropped_count = 0
        """Pictures that did not leave because too much waited."""

    def burst(self, pictures: Sequence[Picture]) -> None:
        """Queue a whole group, to be played in no time and to end at its last picture's own timestamp."""
        if not pictures:
            return
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
        timestamp = self._natural(picture)
        if self._last_timestamp is not None:
            timestamp = max(timestamp, self._last_timestamp + 1)
        self._queue(picture, timestamp)

    def lost(self, sequence: int) -> None:
        """The viewer misses a packet: send it again if it is not long gone. At most one group's worth waits."""
        if len(self._lost) < self._config.webrtc_repairs_waiting_count_max:
            self._lost[sequence & _U16] = None

    def due(self, now_s: float) -> Iterator[bytes]:
        """Packets that may leave now; each is counted when it is taken."""
        pace = self._config.webrtc_pace_bytes_per_s
        refill = max(0.0, now_s - self._refilled_s) * pace
        self._allowance = min(float(self._config.webrtc_pace_burst_bytes), self._allowance + refill)
        self._refilled_s = now_s
        while self._allowance > 0:
            if self._lost:
                packet = self._next_lost()
                if packet is None:
                    continue
            elif self._waiting:
                packet = self._next_waiting()
            else:
                return
            self._allowance -= len(packet)
            self.packets_count += 1
            self.bytes_count += len(packet) - _HEAD_BYTES
            yield packet

    @property
    def newest(self) -> tuple[int, int] | None:
        """RTP timestamp and ``time_ms`` of the newest picture queued: what ``report`` says, for who reads no RTCP."""
        return (self._newest[0] & _U32, self._newest[1]) if self._newest is not None else None

    @property
    def wait_s(self) -> float | None:
        """After ``due``: when to ask again. None: nothing waits."""
        if not self._waiting and not self._lost:
            return None
        return max(0.001, -self._allowance / self._config.webrtc_pace_bytes_per_s)

    def report(self) -> bytes | None:
        """A sender report (RFC 3550 §6.4.1): at which wall-clock time the newest picture reached the sealer.

        So a player can tell each picture's age by the part's own time. None before the first picture.
        """
        if self._newest is None:
            return None
        timestamp, time_ms = self._newest
        ntp = ((time_ms // 1000 + _NTP_EPOCH_S) << 32) + ((time_ms % 1000 << 32) // 1000)
        return _SENDER_REPORT.pack(
            _VERSION, _REPORT_TYPE, _REPORT_WORDS, self._numbers.ssrc, ntp, timestamp & _U32,
            self.packets_count & _U32, self.bytes_count & _U32,
        )  # fmt: skip

    def forget(self) -> None:
        """Drop whatever waits or could be sent again: the view ended."""
        self._waiting.clear()
        self._sent.clear()
        self._lost.clear()
        self._waiting_bytes = 0

    def _natural(self, picture: Picture) -> int:
        return self._numbers.timestamp + picture.timestamp

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

    def _next_waiting(self) -> bytes:
        sending = self._waiting[0]
        if not sending.sent:
            sending.first_sequence = self._sequence
            self._sequence = (self._sequence + len(sending.picture.payloads)) & _U16
            self._sent.append(sending)
        packet = self._packet(sending, sending.sent)
        sending.sent += 1
        if sending.sent == len(sending.picture.payloads):
            self._waiting.popleft()
            self._waiting_bytes -= sending.picture.bytes
        return packet

    def _next_lost(self) -> bytes | None:
        sequence = next(iter(self._lost))
        del self._lost[sequence]
        if (self._sequence - sequence) & _U16 >= _HALF_OF_U16:
            return None
        for sending in reversed(self._sent):
            place = (sequence - sending.first_sequence) & _U16
            if place < sending.sent:
                self.repaired_count += 1
                return self._packet(sending, place)
        return None

    def _packet(self, sending: _Sending, place: int) -> bytes:
        payloads = sending.picture.payloads
        marker = _MARKER if place == len(payloads) - 1 else 0
        numbers = self._numbers
        head = _HEAD.pack(
            _VERSION, marker | numbers.payload_type, (sending.first_sequence + place) & _U16,
            sending.timestamp & _U32, numbers.ssrc,
        )  # fmt: skip
        return head + payloads[place]
