"""Cameras that break the rules, one class each, on loopback: what real ones, strangers and broken networks do.

Each changes one thing of the good camera in made_camera.py. ``BEHAVIOURS`` names them all;
``python -m tests.origin.rtsp_misbehaving NAME`` serves one, prints ``port N`` and ends when its standard input closes.
"""
# long because: each behaviour is a few lines, and they are looked up together

import argparse
import asyncio
import hashlib
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Mapping

from tests.origin.made_camera import SDP, Asked, Camera
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


class Short(Camera):
    """Ends after 20 pictures, between two packets."""

    pictures_count = 20


class Stranger(Camera):
    """Sends something, whatever it is asked, and then nothing more."""

    words = b""

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """See Camera."""
        await reader.read(1)
        writer.write(self.words)
        await writer.drain()
        await asyncio.sleep(60)


class HttpServer(Stranger):
    """A web server at the camera's port."""

    words = b"HTTP/1.1 400 Bad Request\r\nServer: web\r\nContent-Length: 0\r\n\r\n"


class SshServer(Stranger):
    """Something else that greets."""

    words = b"SSH-2.0-OpenSSH_9.2p1\r\n"


class Silent(Stranger):
    """Takes the connection and says nothing."""


class Garbage(Stranger):
    """Bytes of no meaning."""

    words = hashlib.shake_128(b"garbage").digest(4096)


class Floods(Camera):
    """Sends the same again and again, and never reads."""

    begin = b""
    more = b""
    pause_s = 0.0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """See Camera."""
        await reader.read(1)
        writer.write(self.begin)
        while True:
            writer.write(self.more)
            await writer.drain()
            await asyncio.sleep(self.pause_s)


class EndlessHead(Floods):
    """A head that never ends."""

    begin = b"RTSP/1.0 200 OK\r\n"
    more = b"X-More: and more\r\n" * 100


class EndlessLine(Floods):
    """A line that never ends."""

    begin = b"RTSP/1.0 200 "
    more = b"O" * 4000


class TricklingHead(Floods):
    """A head that comes a byte at a time, for ever."""

    begin = b"RTSP/1.0 200 OK\r\nX: "
    more = b"y"
    pause_s = 0.01


class AsksWithoutEnd(Floods):
    """Asks and asks, and never reads an answer."""

    more = b"GET_PARAMETER rtsp://client RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 50


class ClosesAtOnce(Camera):
    """Takes the connection and closes it."""

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """See Camera."""


class HugeBody(Camera):
    """Announces a description of a gigabyte."""

    def describe(self, asked: Asked) -> bytes:
        """See Camera."""
        return self.answer(asked, "200 OK", "Content-Length: 999999999\r\n")


class LyingBody(Camera):
    """Announces a longer description than it sends."""

    def describe(self, asked: Asked) -> bytes:
        """See Camera."""
        return self.answer(asked, "200 OK", "Content-Length: 5000\r\n") + SDP.encode()


class NoSuchStream(Camera):
    """Knows no stream at this path."""

    def describe(self, asked: Asked) -> bytes:
        """See Camera."""
        return self.answer(asked, "404 Not Found")


class Busy(Camera):
    """Has no room for one more."""

    def describe(self, asked: Asked) -> bytes:
        """See Camera."""
        return self.answer(asked, "503 Service Unavailable")


class Forbids(Camera):
    """Knows who we are and does not let us."""

    def describe(self, asked: Asked) -> bytes:
        """See Camera."""
        return self.answer(asked, "403 Forbidden")


class NoVideo(Camera):
    """Describes sound only."""

    sdp = "v=0\r\nm=audio 0 RTP/AVP 8\r\na=control:track1\r\n"


class OtherCodec(Camera):
    """Sends H.265."""

    sdp = SDP.replace("H264", "H265")


class InterleavedUnits(Camera):
    """Sends NAL units out of order (RFC 6184 packetization-mode 2)."""

    sdp = SDP.replace("packetization-mode=1", "packetization-mode=2")


class OnlyUdp(Camera):
    """Agrees to TCP and chooses UDP."""

    transport = "RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001"


class RefusesTcp(Camera):
    """Says that it cannot do TCP."""

    def reply(self, asked: Asked) -> bytes:
        """See Camera."""
        return self.answer(asked, "461 Unsupported Transport") if asked.method == "SETUP" else super().reply(asked)


class ImpossibleChannel(Camera):
    """Chooses a channel that does not fit its byte."""

    transport = "RTP/AVP/TCP;unicast;interleaved=300-301"


class NoSession(Camera):
    """Sets up a stream without a session."""

    session = ""


class Redirects(Camera):
    """Sends us elsewhere."""

    target = "rtsp://192.0.2.1:554/live"

    def describe(self, asked: Asked) -> bytes:
        """See Camera."""
        return self.answer(asked, "302 Found", f"Location: {self.target}\r\n")


class RedirectsToNonsense(Redirects):
    """Sends us nowhere."""

    target = "http://127.0.0.1/"


class RedirectsHere(Redirects):
    """Sends us to another of its own paths, once."""

    def describe(self, asked: Asked) -> bytes:
        """See Camera."""
        if asked.url.endswith("/moved"):
            return Camera.describe(self, asked)
        return self.answer(asked, "301 Moved", f"Location: rtsp://127.0.0.1:{self.port}/moved\r\n")


class RedirectsForEver(Redirects):
    """Sends us to itself, each time."""

    def describe(self, asked: Asked) -> bytes:
        """See Camera."""
        return self.answer(asked, "302 Found", f"Location: rtsp://127.0.0.1:{self.port}/live\r\n")


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


BEHAVIOURS: Mapping[str, Callable[[], Camera]] = {
    behaviour.__name__: behaviour
    for behaviour in (
        *(Camera, Short, HttpServer, SshServer, Silent, Garbage, EndlessHead, EndlessLine, TricklingHead, ClosesAtOnce),
        *(HugeBody, LyingBody, NoSuchStream, Busy, Forbids, NoVideo, OtherCodec, InterleavedUnits, OnlyUdp, RefusesTcp),
        *(ImpossibleChannel, NoSession, Redirects, RedirectsToNonsense, RedirectsHere, RedirectsForEver, Freezes),
        *(Flood, NoKeyframe, TruncatedUnits, EmptyUnits, HugePicture, HugeSize, LyingLengths, ClosesMidFrame, Resets),
        *(JumpsBack, ChangesSize, SaysGoodbye, Asks, AsksWithoutEnd, ManySlices),
    )
}


async def _serve(name: str) -> None:
    async with BEHAVIOURS[name]() as camera:
        print(f"port {camera.port}", flush=True)
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("name", choices=BEHAVIOURS)
    asyncio.run(_serve(parser.parse_args().name))
