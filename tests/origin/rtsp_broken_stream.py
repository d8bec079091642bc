"""Cameras whose conversation is good and whose stream is not: frozen, torn, lying, too large, jumping in time.

Each changes one thing of the good camera in made_camera.py. rtsp_misbehaving.py names these and those that fail first.
"""

import asyncio
import socket
import struct
from collections.abc import Iterator

from tests.origin.made_camera import Camera
from tests.origin.made_h264 import (
    IDR,
    MadePicture,
    MadeSps,
    Packetiser,
    endless_pictures,
    interleaved,
    pictures,
    pps_nal,
    slice_nal,
)


class Freezes(Camera):
    """Stops after 20 pictures and keeps the connection."""

    pictures_count = 20

    async def stream(self, writer: asyncio.StreamWriter) -> None:
        """See Camera."""
        await super().stream(writer)
        await asyncio.sleep(60)


class NoKeyframe(Camera):
    """Never sends a keyframe."""

    def pictures(self) -> Iterator[MadePicture]:
        """See Camera."""
        yield from endless_pictures(self.pictures_count, 10**9, first=1)


class TruncatedUnits(Camera):
    """Leaves the last fragment of every slice away, and counts on as if it had not."""

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        packetiser = Packetiser(payload_bytes_max=1000)
        for picture in self.pictures():
            *before, _ = packetiser.packets(picture)
            packetiser.sequence -= 1
            yield b"".join(interleaved(0, packet) for packet in before)


class EmptyUnits(Camera):
    """Good pictures with empty packets, lone heads and unknown kinds between."""

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        packetiser = Packetiser()
        for picture in self.pictures():
            odd = [packetiser.packet(payload, picture.timestamp) for payload in (b"", b"\x1f", b"\x00", b"\x0c")]
            yield b"".join(interleaved(0, packet) for packet in (*odd, b"", b"\x80", *packetiser.packets(picture)))


class HugePicture(Camera):
    """One picture that never ends."""

    pause_s = 0.0

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        packetiser = Packetiser()
        yield b"".join(interleaved(0, packet) for packet in packetiser.packets(pictures(1)[0]))
        yield interleaved(0, packetiser.packet(b"\x7c\x81" + bytes(1300), 3600))
        while True:
            yield b"".join(interleaved(0, packetiser.packet(b"\x7c\x01" + bytes(1300), 3600)) for _ in range(50))


class Flood(Camera):
    """Good pictures, as fast as the connection takes them."""

    pause_s = 0.0

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        packets = super().packets()
        while True:
            yield b"".join(next(packets) for _ in range(100))


class TinyUnits(Camera):
    """Aggregates of NAL units of one byte: little to send, and a lot to read."""

    pause_s = 0.0

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        packetiser = Packetiser()
        while True:
            aggregate = b"\x78" + b"\0\1\x06" * 60
            yield b"".join(interleaved(0, packetiser.packet(aggregate, 3600)) for _ in range(50))


class HugeSize(Camera):
    """Announces a picture of 60,000 by 592 pixels."""

    def pictures(self) -> Iterator[MadePicture]:
        """See Camera."""
        yield from endless_pictures(self.pictures_count, self.group, sps=MadeSps(width=60_000, height=592))


class LyingLengths(Camera):
    """After a while the interleaved lengths are wrong."""

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        for count, octets in enumerate(super().packets()):
            yield octets if count < 20 else octets[:2] + struct.pack(">H", 77) + octets[4:]


class ClosesMidFrame(Camera):
    """Closes in the middle of a packet."""

    async def stream(self, writer: asyncio.StreamWriter) -> None:
        """See Camera."""
        packets = super().packets()
        for _ in range(20):
            writer.write(next(packets))
        writer.write(next(packets)[:-10])
        await writer.drain()


class Resets(Camera):
    """Resets the connection while it plays."""

    async def stream(self, writer: asyncio.StreamWriter) -> None:
        """See Camera."""
        packets = super().packets()
        for _ in range(20):
            writer.write(next(packets))
            await asyncio.sleep(0.005)
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)


class JumpsBack(Camera):
    """Its clock restarts every 15 pictures."""

    def pictures(self) -> Iterator[MadePicture]:
        """See Camera."""
        for index, picture in enumerate(super().pictures()):
            yield MadePicture(picture.nals, 4_000_000_000 - 1_000_000 * (index // 15) + 3600 * (index % 15))


class ChangesSize(Camera):
    """Another resolution every 10 pictures."""

    def pictures(self) -> Iterator[MadePicture]:
        """See Camera."""
        sizes = (MadeSps(), MadeSps(width=1280, height=720))
        for group in range(self.pictures_count):
            yield from pictures(10, 10, sps=sizes[group % 2], first=group * 10)


class SaysGoodbye(Camera):
    """Says goodbye in RTCP after 20 pictures, and keeps the connection."""

    pictures_count = 20

    async def stream(self, writer: asyncio.StreamWriter) -> None:
        """See Camera."""
        await super().stream(writer)
        writer.write(interleaved(1, bytes.fromhex("80c800061234567800000000000000000000000000000000000000001234")))
        writer.write(
            interleaved(1, bytes.fromhex("81c900071234567800000000") + bytes(20) + bytes.fromhex("81cb000112345678"))
        )
        await writer.drain()
        await asyncio.sleep(60)


class Asks(Camera):
    """Asks us things while it plays."""

    async def stream(self, writer: asyncio.StreamWriter) -> None:
        """See Camera."""
        for count, octets in enumerate(self.packets()):
            method = "OPTIONS" if count % 2 else "ANNOUNCE"
            writer.write(f"{method} rtsp://client RTSP/1.0\r\nCSeq: {count}\r\n\r\n".encode())
            writer.write(octets)
            await writer.drain()
            await asyncio.sleep(self.pause_s)


class ManySlices(Camera):
    """Pictures of eight slices, every second one short."""

    def pictures(self) -> Iterator[MadePicture]:
        """See Camera."""
        for picture in endless_pictures(self.pictures_count, self.group):
            kind = picture.nals[-1][0] & 31
            sets = (MadeSps().nal(), pps_nal()) if kind == IDR else ()
            slices = tuple(slice_nal(kind, number * 100, 0, 50 if number % 2 else 3000) for number in range(8))
            yield MadePicture(sets + slices, picture.timestamp)
