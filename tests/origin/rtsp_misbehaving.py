"""Cameras that break the rules, one class each, on loopback: what real ones, strangers and broken networks do.

Each changes one thing of the good camera in made_camera.py. ``BEHAVIOURS`` names them all;
``python -m tests.origin.rtsp_misbehaving NAME`` serves one, prints ``port N`` and ends when its standard input closes.
"""

import argparse
import asyncio
import hashlib
import sys
from collections.abc import Callable, Mapping

from tests.origin.made_camera import SDP, Asked, Camera
from tests.origin.rtsp_broken_stream import (
    Asks,
    ChangesSize,
    ClosesMidFrame,
    EmptyUnits,
    Flood,
    Freezes,
    HugePicture,
    HugeSize,
    JumpsBack,
    LyingLengths,
    ManySlices,
    NoKeyframe,
    Resets,
    SaysGoodbye,
    TruncatedUnits,
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
    """Sends VP9."""

    sdp = SDP.replace("H264", "VP9")


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
