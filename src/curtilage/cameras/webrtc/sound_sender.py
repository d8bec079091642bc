"""One viewer's RTP stream of sound: heads before payloads, and the report by which it meets the picture. Pure.

Sound is small: it leaves as it comes, without a pace and without repairs (a packet that comes again comes too late).
A camera's sound is timed by the time of day (media/audio_timeline.py), so a report can name the very moment at which
the newest packet begins; the picture's reports name the moments by the same clock, and a player puts the two together.
"""

import struct
from collections.abc import Iterable

from curtilage.cameras.webrtc.rtp_sender import NTP_EPOCH_S, StreamNumbers, sender_report
from curtilage.cameras.webrtc.sound_packetiser import SoundPacket

_HEAD = struct.Struct(">BBHII")
_VERSION, _MARKER = 0x80, 0x80
_U16, _U32 = 0xFFFF, 0xFFFF_FFFF


class SoundSender:
    """See the module's text."""

    __slots__ = ("_end", "_newest", "_numbers", "_rate_hz", "_sequence", "bytes_count", "packets_count")

    def __init__(self, numbers: StreamNumbers, rate_hz: int) -> None:
        self._numbers = numbers
        self._rate_hz = rate_hz
        self._sequence = numbers.sequence
        self._end: int | None = None
        self._newest: int | None = None
        self.packets_count = 0
        self.bytes_count = 0

    def packets(self, sounds: Iterable[SoundPacket]) -> list[bytes]:
        """To be sent now, and counted as sent. The first, and the first after a hole, are marked (RFC 3551 §4.1)."""
        packets, numbers = list[bytes](), self._numbers
        for sound in sounds:
            marker = _MARKER if sound.start != self._end else 0
            timestamp = (numbers.timestamp + sound.start) & _U32
            head = _HEAD.pack(_VERSION, marker | numbers.payload_type, self._sequence, timestamp, numbers.ssrc)
            packets.append(head + sound.payload)
            self._sequence = (self._sequence + 1) & _U16
            self._newest, self._end = sound.start, sound.start + sound.duration
            self.bytes_count += len(sound.payload)
        self.packets_count += len(packets)
        return packets

    def report(self) -> bytes | None:
        """A sender report (RFC 3550 §6.4.1): at which time of day the newest packet begins. None before the first."""
        if self._newest is None:
            return None
        seconds, rest = divmod(self._newest, self._rate_hz)
        ntp = (seconds + NTP_EPOCH_S << 32) + (rest << 32) // self._rate_hz
        timestamp = self._numbers.timestamp + self._newest
        return sender_report(self._numbers.ssrc, ntp, timestamp, self.packets_count, self.bytes_count)
