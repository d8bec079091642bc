"""A camera by hand that claps: a picture that can be told by its mark and a beep are taken at the same instant.

Pictures are those of a clip, 25 a second, in a loop; G.711 (A-law) beside them. A camera sends a picture when it is
taken, and sound when its packet is full: so with each picture comes the sound since the one before.
"""

import asyncio
import math
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curtilage.cameras.media.audio_codec import AudioCodec
from curtilage.cameras.media.g711 import linear
from tests.origin.clip import ClipUnit, read_clip
from tests.origin.made_h264 import MadePicture, Packetiser, interleaved
from tests.origin.rtsp_sound import Sounding

FRAMES_PER_S = 25
CLAP_EVERY = 25
"""A beep begins with each picture whose number in the clip is a multiple of this."""
_CLAP_FRAMES = 2
_RATE_HZ = 8_000
_PERIOD = 8
"""Of the beep, in samples: 1000 Hz."""
_PACKET = 160


class Clapping(Sounding):
    """Use as Camera; each connection begins with the clip's first picture."""

    chosen = "RTP/AVP/TCP;unicast;interleaved=2-3"

    def __init__(self, clip: Path) -> None:
        super().__init__()
        self._units = list(read_clip(clip))
        assert len(self._units) % CLAP_EVERY == 0, "the loop's seam would clap out of turn"

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        packetiser, sound = Packetiser(), SoundPackets()
        number = 0
        while True:
            for unit in self._units:
                picture = MadePicture(_nal_units(unit), number * 90_000 // FRAMES_PER_S)
                octets = b"".join(interleaved(0, packet) for packet in packetiser.packets(picture))
                yield octets + sound.since_picture(number - 1)
                number += 1

    async def stream(self, writer: asyncio.StreamWriter) -> None:
        """See Camera: by the clock, however late a turn was."""
        began = time.monotonic()
        for number, octets in enumerate(self.packets()):
            await asyncio.sleep(began + number / FRAMES_PER_S - time.monotonic())
            writer.write(octets)
            await writer.drain()


class SoundPackets:
    """The sound that follows each picture, as interleaved RTP packets of 20 ms."""

    def __init__(self) -> None:
        self._sequence = 0
        wave = (12_000 * math.sin(2 * math.pi * at / _PERIOD) for at in range(_PERIOD))
        self._beep = bytes(_a_law(sample) for sample in wave) * (_RATE_HZ // FRAMES_PER_S // _PERIOD)

    def since_picture(self, number: int) -> bytes:
        """What was heard while this picture was the newest."""
        if number < 0:
            return b""
        claps = number % CLAP_EVERY < _CLAP_FRAMES
        octets = self._beep if claps else b"\xd5" * len(self._beep)
        first = number * len(octets)
        return b"".join(self._packet(octets[at : at + _PACKET], first + at) for at in range(0, len(octets), _PACKET))

    def _packet(self, octets: bytes, timestamp: int) -> bytes:
        self._sequence += 1
        head = b"\x80\x08" + (self._sequence & 0xFFFF).to_bytes(2) + (timestamp & 0xFFFF_FFFF).to_bytes(4)
        return interleaved(2, head + b"\0\0\0\1" + octets)


def _a_law(sample: float) -> int:
    return min(range(256), key=lambda code: abs(linear(AudioCodec.PCMA, code) - sample))


def _nal_units(unit: ClipUnit) -> tuple[bytes, ...]:
    return tuple(nal for nal in re.split(rb"\x00{2,}\x01", unit.annex_b) if nal)


@contextmanager
def running_clapping(clip: Path) -> Iterator[Clapping]:
    """In a thread of its own, beside a test that waits for a browser."""
    camera = Clapping(clip)
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with camera:
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield camera
    finally:
        over.set()
        thread.join()
