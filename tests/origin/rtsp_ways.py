"""Cameras that keep the rules in ways of their own, one class each, on loopback: all of them must be received whole.

Each changes one thing of the good camera in made_camera.py. Those that break the rules: rtsp_misbehaving.py.
"""

import asyncio
import base64
import struct
import time
from collections.abc import Iterator

from tests.origin.made_camera import SDP, Asked, Camera
from tests.origin.made_h264 import (
    IDR,
    MadePicture,
    MadeSps,
    Packetiser,
    endless_pictures,
    interleaved,
    pps_nal,
    slice_nal,
)

_REPORT = bytes.fromhex("80c800061234567800000000000000000000000000000000000000001234")
_GOOD_REPORT = bytes.fromhex("80c80006123456780000000000000000000000000000000000001234")
_NAMES = bytes.fromhex("81ca0004123456780107706f726368000000000000")


class Reports(Camera):
    """Sends reports, descriptions of itself, unknown and broken ones between its pictures, and other channels too."""

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        odd = (_GOOD_REPORT, _GOOD_REPORT + _NAMES, _REPORT, b"", b"\x80", b"\x80\xcc\x00\x02", b"\xff" * 40, bytes(9))
        for count, octets in enumerate(super().packets()):
            report = odd[count % len(odd)]
            yield interleaved(1, report) + octets + interleaved(1 + count % 9, report)


class Channels(Camera):
    """Chooses other channels than it was offered."""

    transport = "RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=12345678;mode=play"
    number = 4

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        packetiser = Packetiser()
        for picture in self.pictures():
            yield b"".join(interleaved(self.number, packet) for packet in packetiser.packets(picture))


class OneChannel(Channels):
    """Names only one."""

    transport = "RTP/AVP/TCP;interleaved=6"
    number = 6


class Pair(Camera):
    """Has three picture parameter sets over two sequences of the same size, and changes between them mid-group."""

    def pictures(self) -> Iterator[MadePicture]:
        """See Camera."""
        sets = (MadeSps(id=0).nal(), MadeSps(id=1).nal(), pps_nal(0, 0), pps_nal(1, 0), pps_nal(2, 1))
        for index in range(self.pictures_count):
            key, second = index % self.group == 0, (index // self.group) % 2
            used = 2 if second else index % 2
            kind = IDR if key else 1
            yield MadePicture((*(sets if key else ()), slice_nal(kind, 0, used, 2000, index)), index * 3600)


class SetsInDescription(Camera):
    """Says its parameter sets in its description only."""

    sdp = SDP.replace(
        "packetization-mode=1",
        "packetization-mode=1; sprop-parameter-sets="
        + ",".join(base64.b64encode(nal).decode() for nal in (MadeSps().nal(), pps_nal())),
    )

    def pictures(self) -> Iterator[MadePicture]:
        """See Camera."""
        for picture in endless_pictures(self.pictures_count, self.group):
            yield MadePicture(picture.slices, picture.timestamp)


class Aggregates(Camera):
    """Puts its parameter sets into one packet, with a delimiter and its own information before each picture."""

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        packetiser = Packetiser(aggregate=True)
        for picture in self.pictures():
            nals = (b"\x09\xf0", b"\x06\x05\x01\x00\x80", *picture.nals)
            packets = packetiser.packets(MadePicture(nals, picture.timestamp))
            yield b"".join(interleaved(0, packet) for packet in packets)


class Extensions(Camera):
    """Its packets carry a header extension, as ONVIF's replay does, and padding."""

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        packetiser = Packetiser()
        for picture in self.pictures():
            yield b"".join(interleaved(0, self._extended(packet)) for packet in packetiser.packets(picture))

    def _extended(self, packet: bytes) -> bytes:
        head = bytes((packet[0] | 0x30,)) + packet[1:12]
        return head + struct.pack(">HH", 0xABAC, 1) + bytes(4) + packet[12:] + b"\x00\x00\x03"


class SoundFirst(Camera):
    """Describes sound and metadata before its video, with bare line feeds and blanks."""

    sdp = """v=0
o=- 1 1 IN IP4 0.0.0.0
s= \n
a=control:*
a=range:npt=now-
m=audio 0 RTP/AVP 8 97
a=rtpmap:97 MPEG4-GENERIC/16000/1
a=control:track2
m=application 0 RTP/AVP 107
a=rtpmap:107 vnd.onvif.metadata/90000
a=control:track3
m=video 0 RTP/AVP 96
b=AS:5000
a=rtpmap: 96 h264/90000
a=fmtp: 96 packetization-mode=1 ; profile-level-id = 4D0032
a=control: track1
a=recvonly
"""


class WholeUrls(Camera):
    """Names its controls as whole URLs, and no base."""

    def describe(self, asked: Asked) -> bytes:
        """See Camera."""
        body = self.sdp.replace("a=control:track1", f"a=control:rtsp://127.0.0.1:{self.port}/live/track1?x=1")
        return self.answer(asked, "200 OK", "Content-Type: application/sdp\r\n", body)


class NoControl(Camera):
    """Names no control at all."""

    sdp = SDP.replace("a=control:track1\r\n", "")


class Terse(Camera):
    """Leaves out what it can: no CSeq, no Public, lower-case names."""

    def answer(self, asked: Asked, status: str, fields: str = "", body: str = "") -> bytes:  # noqa: ARG002 - no CSeq
        """See Camera."""
        kept = "".join(f"{line}\r\n" for line in fields.splitlines() if line.startswith(("Transport", "Session")))
        length = f"content-length:{len(body)}\r\n" if body else ""
        return f"RTSP/1.0 {status.split(maxsplit=1)[0]}\r\n{kept.lower()}{length}\r\n{body}".encode()


class NoOptions(Camera):
    """Does not know OPTIONS."""

    def reply(self, asked: Asked) -> bytes:
        """See Camera."""
        return self.answer(asked, "501 Not Implemented") if asked.method == "OPTIONS" else super().reply(asked)


class Strict(Camera):
    """Ends the session when it hears nothing for its time-out of two seconds."""

    session = "Session: 7a ; timeout=2\r\n"
    takes: tuple[str, ...] = ("OPTIONS", "GET_PARAMETER", "SETUP", "PLAY")
    pause_s = 0.04

    def __init__(self) -> None:
        super().__init__()
        self.heard_s = 0.0
        self.expired = False

    def reply(self, asked: Asked) -> bytes:
        """See Camera."""
        if asked.method in self.takes:
            self.heard_s = time.monotonic()
        elif asked.method == "GET_PARAMETER":
            return self.answer(asked, "501 Not Implemented")
        return super().reply(asked)

    async def stream(self, writer: asyncio.StreamWriter) -> None:
        """See Camera."""
        for octets in self.packets():
            if time.monotonic() - self.heard_s > 2.2:
                self.expired = True
                return
            writer.write(octets)
            await writer.drain()
            await asyncio.sleep(self.pause_s)


class StrictWithoutOptions(Strict):
    """Only GET_PARAMETER counts."""

    takes = ("GET_PARAMETER", "SETUP", "PLAY")


class StrictWithoutParameter(Strict):
    """Names GET_PARAMETER and then refuses it; only OPTIONS counts."""

    takes = ("OPTIONS", "SETUP", "PLAY")


WHOLE = (
    *(Reports, Channels, OneChannel, Pair, SetsInDescription, Aggregates, Extensions, SoundFirst, WholeUrls, NoControl),
    *(Terse, NoOptions),
)
"""Received whole, in every picture."""
STRICT = (Strict, StrictWithoutOptions, StrictWithoutParameter)
"""Kept alive."""
