"""A camera made by hand, on loopback, that keeps the rules: RTSP and RTP written from the standards for tests, apart
from the code under test. Its pictures no decoder shows. rtsp_misbehaving.py derives from it what breaks the rules.
"""

import asyncio
import base64
import contextlib
import hashlib
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.origin.loopback_server import LoopbackServer
from tests.origin.made_h264 import MadePicture, Packetiser, endless_pictures, interleaved

SDP = """v=0\r
o=- 1 1 IN IP4 127.0.0.1\r
s=made by hand\r
t=0 0\r
m=video 0 RTP/AVP 96\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 packetization-mode=1\r
a=control:track1\r
"""
_FIELD = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))')


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the camera saw it."""

    method: str
    url: str
    fields: Mapping[str, str]


@dataclass(slots=True)
class SignIn:
    """Who may look, and which ways of proving it are offered."""

    user: str = "porch"
    password: str = "right"
    offers: tuple[str, ...] = ("Basic", "MD5", "SHA-256")
    quality: bool = True
    uses_count_max: int = 1_000_000
    """Uses of a nonce before it is stale."""
    nonces: int = 0
    uses: int = 0
    accepted: list[str] = field(default_factory=list)
    """The way each accepted request was proved."""

    def challenges(self, *, stale: bool) -> str:
        """WWW-Authenticate lines."""
        self.nonces += 1
        self.uses = 0
        lines = []
        for offer in self.offers:
            text = f'Digest realm="camera", nonce="n{self.nonces}", opaque="o", algorithm={offer}'
            text += ', qop="auth"' if self.quality else ""
            text += ", stale=true" if stale else ""
            lines.append("WWW-Authenticate: " + ('Basic realm="camera"' if offer == "Basic" else text) + "\r\n")
        return "".join(lines)

    def judge(self, asked: Asked) -> str | None:
        """None: welcome. Else the challenges to answer."""
        header = asked.fields.get("authorization", "")
        self.uses += 1
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if header == f"Basic {pair}" and "Basic" in self.offers:
            self.accepted.append("Basic")
            return None
        values = {name: quoted or plain for name, quoted, plain in _FIELD.findall(header)}
        if not header.startswith("Digest ") or values.get("response") != self._expected(asked, values):
            return self.challenges(stale=False)
        if values["nonce"] != f"n{self.nonces}" or self.uses > self.uses_count_max:
            return self.challenges(stale=True)
        self.accepted.append(values["algorithm"])
        return None

    def _expected(self, asked: Asked, values: dict[str, str]) -> str:
        """RFC 7616 §3.4.1, computed from the password and what was sent."""
        name = {"SHA-256": "sha256"}.get(values.get("algorithm", ""), "md5")

        def h(text: str) -> str:
            return hashlib.new(name, text.encode()).hexdigest()

        secret, request = h(f"{self.user}:camera:{self.password}"), h(f"{asked.method}:{asked.url}")
        between = f"{values.get('nc')}:{values.get('cnonce')}:auth:" if self.quality else ""
        return h(f"{secret}:{values.get('nonce')}:{between}{request}")


class Camera(LoopbackServer):
    """A camera that behaves well. Use as an async context manager; ``address`` then says where it is."""

    sdp = SDP
    public = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
    transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
    session = "Session: 7a;timeout=60\r\n"
    group = 10
    pause_s = 0.005
    pictures_count = 100_000

    def __init__(
        self, sign_in: SignIn | None = None, path: str = "/live", tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        super().__init__(tls, port)
        self.sign_in = sign_in
        self.path = path
        self.asked: list[Asked] = []

    @property
    def address(self) -> str:
        """The camera's address, with what signs in."""
        who = f"{self.sign_in.user}:{quote(self.sign_in.password, safe='')}@" if self.sign_in else ""
        return f"rtsp{'s' if self.tls else ''}://{who}127.0.0.1:{self.port}{self.path}"

    @property
    def methods(self) -> list[str]:
        """The methods asked so far."""
        return [asked.method for asked in self.asked]

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        streaming: asyncio.Task[None] | None = None
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.rstrip().split("\r\n")
                if first.startswith("RTSP/"):
                    self.asked.append(Asked("REPLY", first, {}))
                    continue
                method, url, _ = first.split(" ")
                fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                self.asked.append(Asked(method, url, fields))
                writer.write(self.reply(self.asked[-1]))
                if method == "PLAY" and streaming is None:
                    streaming = asyncio.create_task(self._stream_and_close(writer))
                if method == "TEARDOWN":
                    return
        finally:
            if streaming is not None:
                streaming.cancel()

    async def _stream_and_close(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await self.stream(writer)
        writer.close()

    def reply(self, asked: Asked) -> bytes:
        """The whole reply to a request."""
        challenges = self.sign_in.judge(asked) if self.sign_in else None
        if challenges is not None:
            return self.answer(asked, "401 Unauthorized", challenges)
        if asked.method == "OPTIONS":
            return self.answer(asked, "200 OK", f"Public: {self.public}\r\n")
        if asked.method == "DESCRIBE":
            return self.describe(asked)
        if asked.method == "SETUP":
            return self.answer(asked, "200 OK", f"Transport: {self.transport}\r\n{self.session}")
        return self.answer(asked, "200 OK", "Session: 7a\r\n")

    def describe(self, asked: Asked) -> bytes:
        """The reply to DESCRIBE."""
        return self.answer(
            asked, "200 OK", f"Content-Base: {asked.url}/\r\nContent-Type: application/sdp\r\n", self.sdp
        )

    def answer(self, asked: Asked, status: str, fields: str = "", body: str = "") -> bytes:
        """A reply with its CSeq and length."""
        length = f"Content-Length: {len(body.encode())}\r\n" if body else ""
        return f"RTSP/1.0 {status}\r\nCSeq: {asked.fields.get('cseq', '')}\r\n{fields}{length}\r\n{body}".encode()

    def pictures(self) -> Iterator[MadePicture]:
        """What is to be seen."""
        yield from endless_pictures(self.pictures_count, self.group)

    def packets(self) -> Iterator[bytes]:
        """What is sent for each picture."""
        packetiser = Packetiser()
        for picture in self.pictures():
            yield b"".join(interleaved(0, packet) for packet in packetiser.packets(picture))

    async def stream(self, writer: asyncio.StreamWriter) -> None:
        """After PLAY; the connection is closed when this returns."""
        for octets in self.packets():
            writer.write(octets)
            await writer.drain()
            await asyncio.sleep(self.pause_s)
