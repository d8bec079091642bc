"""An ONVIF camera made by hand on loopback, from the published WSDL: real HTTP, real multicast, apart from the code
under test. Behind it stands a camera by RTSP (made_camera.py). What real ones do differently is a field or a subclass.

    async with Camera(SignIn()) as stream, OnvifDevice(stream) as device: ...
"""
# long because: each reply is a few lines, and they are looked up together

import asyncio
import base64
import fcntl
import hashlib
import re
import socket
import ssl
import struct
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from tests.origin.loopback_server import LoopbackServer
from tests.origin.made_camera import Asked, Camera, SignIn

GROUP, PORT = "239.255.255.250", 3702
MADE = (
    "<tds:GetDeviceInformationResponse><tds:Manufacturer>Hearth</tds:Manufacturer><tds:Model>Porch 2</tds:Model>"
    "<tds:FirmwareVersion>3.5.1_00.66</tds:FirmwareVersion><tds:SerialNumber>1</tds:SerialNumber>"
    "<tds:HardwareId>H1</tds:HardwareId></tds:GetDeviceInformationResponse>"
)
_NAMESPACES = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" '
    'xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" '
    'xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error"'
)
_FIELD = {
    name: re.compile(rf"<(?:\w+:)?{name}(?:\s[^>]*)?>([^<]*)<")
    for name in ("Username", "Password", "Nonce", "Created", "ProfileToken", "MessageID", "Protocol")
}


def envelope(body: str) -> bytes:
    """A reply."""
    return f'<?xml version="1.0"?><s:Envelope {_NAMESPACES}><s:Body>{body}</s:Body></s:Envelope>'.encode()


def fault(code: str, subcode: str) -> bytes:
    """A SOAP fault as ONVIF Core §5.11.2 forms it."""
    return envelope(
        f"<s:Fault><s:Code><s:Value>s:{code}</s:Value><s:Subcode><s:Value>ter:{subcode}</s:Value></s:Subcode></s:Code>"
        '<s:Reason><s:Text xml:lang="en">no</s:Text></s:Reason></s:Fault>'
    )


def field_of(name: str, text: str) -> str:
    """The text of an element in a request."""
    found = _FIELD[name].search(text)
    return found[1] if found else ""


class OnvifDevice(LoopbackServer):
    """A camera that keeps the rules. Use as an async context manager; ``address`` then says where it is."""

    second = True
    """Has Media2."""
    services = True
    """Knows GetServices; older ones only GetCapabilities."""
    token = True
    """Takes WS-UsernameToken."""
    http_digest = False
    """Wants HTTP Digest."""
    ahead_s = 0
    """Of its clock."""
    host = "127.0.0.1"
    """What it calls itself in addresses."""
    scheme = "rtsp"
    """Of its stream."""
    profiles: tuple[tuple[str, str, int, int], ...] = (
        ("main_1", "H264", 1920, 1080),
        ("sub_1", "H264", 640, 360),
        ("still_1", "JPEG", 4000, 3000),
    )

    def __init__(self, stream: Camera, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.stream = stream
        self.asked: list[str] = []
        """Operations that were answered, in order."""
        self.keyframes_of: list[str] = []
        """Profiles a keyframe was asked for."""
        self.probes = 0
        self._digest = SignIn(
            stream.sign_in.user if stream.sign_in else "", stream.sign_in.password if stream.sign_in else "", ("MD5",)
        )
        self._nonces: set[str] = set()

    @property
    def address(self) -> str:
        """With what signs in."""
        who = f"{self._digest.user}:{self._digest.password}@" if self.stream.sign_in else ""
        return f"onvif{'s' if self.tls else ''}://{who}127.0.0.1:{self.port}"

    @property
    def services_scheme(self) -> str:
        """Of its services' addresses, as it names them."""
        return "https" if self.tls else "http"

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """See LoopbackServer."""
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.rstrip().split("\r\n")
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(fields.get("content-length", "0")))
            method, path, _ = first.split(" ")
            writer.write(self.reply(Asked(method, path, fields), body.decode()))
            await writer.drain()

    def reply(self, asked: Asked, body: str) -> bytes:
        """The whole HTTP reply."""
        found = re.search(r"Body>\s*<(?:\w+:)?(\w+)", body)
        operation = found[1] if found else ""
        if operation != "GetSystemDateAndTime" and self.stream.sign_in is not None:
            if self.http_digest and (challenges := self._digest.judge(asked)) is not None:
                return self.answer(401, b"", challenges)
            if not self.http_digest and not (self.token and self.is_right(body)):
                return self.answer(400, fault("Sender", "NotAuthorized"))
        content = self.content(operation, body, asked.url)
        if content is None:
            return self.answer(500, fault("Receiver", "ActionNotSupported"))
        self.asked.append(operation)
        return self.answer(200, envelope(content))

    def answer(self, status: int, content: bytes, fields: str = "") -> bytes:
        """An HTTP reply."""
        kind = "Content-Type: application/soap+xml; charset=utf-8\r\n"
        return f"HTTP/1.1 {status} x\r\n{kind}{fields}Content-Length: {len(content)}\r\n\r\n".encode() + content

    def now_s(self) -> float:
        """By its own clock."""
        return time.time() + self.ahead_s

    def is_right(self, body: str) -> bool:
        """WSS UsernameToken Profile §3.1: the digest fits, the time is about now, the nonce is new."""
        nonce, created = field_of("Nonce", body), field_of("Created", body)
        octets = base64.b64decode(nonce) + created.encode() + self._digest.password.encode()
        expected = base64.b64encode(hashlib.sha1(octets, usedforsecurity=False).digest()).decode()
        fresh = bool(nonce) and nonce not in self._nonces
        self._nonces.add(nonce)
        at = time.strptime(created, "%Y-%m-%dT%H:%M:%SZ") if created else time.gmtime(0)
        timely = abs(self.now_s() - (time.mktime(at) - time.timezone)) < 10
        who = field_of("Username", body) == self._digest.user
        return fresh and timely and who and field_of("Password", body) == expected

    def content(self, operation: str, body: str, path: str) -> str | None:
        """What the operation answers; None: it does not know it."""
        second = path == "/onvif/media2"
        if operation == "GetSystemDateAndTime":
            return self.time()
        if operation == "GetDeviceInformation":
            return MADE
        if operation == "GetServices" and self.services:
            return self.service_list()
        if operation == "GetCapabilities":
            media = f"<tt:Media><tt:XAddr>{self.services_scheme}://{self.host}:{self.port}/onvif/media</tt:XAddr></tt:Media>"
            inside = f"<tds:Capabilities>{media}</tds:Capabilities>"
            return f"<tds:GetCapabilitiesResponse>{inside}</tds:GetCapabilitiesResponse>"
        if operation == "GetProfiles":
            return self.profile_list_2() if second else self.profile_list()
        if operation == "GetStreamUri":
            return self.uri(field_of("ProfileToken", body), second=second, protocol=field_of("Protocol", body))
        if operation == "SetSynchronizationPoint":
            self.keyframes_of.append(field_of("ProfileToken", body))
            prefix = "tr2" if second else "trt"
            return f"<{prefix}:SetSynchronizationPointResponse/>"
        return None

    def time(self) -> str:
        """GetSystemDateAndTime."""
        at = time.gmtime(self.now_s())
        clock = f"<tt:Hour>{at.tm_hour}</tt:Hour><tt:Minute>{at.tm_min}</tt:Minute><tt:Second>{at.tm_sec}</tt:Second>"
        day = f"<tt:Year>{at.tm_year}</tt:Year><tt:Month>{at.tm_mon}</tt:Month><tt:Day>{at.tm_mday}</tt:Day>"
        utc = f"<tt:UTCDateTime><tt:Time>{clock}</tt:Time><tt:Date>{day}</tt:Date></tt:UTCDateTime>"
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
            f"<tt:DaylightSavings>false</tt:DaylightSavings>{utc}"
            "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def service_list(self) -> str:
        """GetServices."""
        paths = {"10/device": "device_service", "10/media": "media"} | ({"20/media": "media2"} if self.second else {})
        services = "".join(
            f"<tds:Service><tds:Namespace>http://www.onvif.org/ver{name}/wsdl</tds:Namespace>"
            f"<tds:XAddr>{self.services_scheme}://{self.host}:{self.port}/onvif/{path}</tds:XAddr>"
            "<tds:Version><tt:Major>2</tt:Major><tt:Minor>0</tt:Minor></tds:Version></tds:Service>"
            for name, path in paths.items()
        )
        return f"<tds:GetServicesResponse>{services}</tds:GetServicesResponse>"

    def profile_list(self) -> str:
        """GetProfiles of Media."""
        profiles = "".join(
            f'<trt:Profiles token="{token}" fixed="true"><tt:Name>{token}</tt:Name>'
            '<tt:VideoSourceConfiguration token="v"><tt:SourceToken>lens</tt:SourceToken></tt:VideoSourceConfiguration>'
            f'<tt:VideoEncoderConfiguration token="e"><tt:Encoding>{encoding}</tt:Encoding>'
            f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution>"
            "</tt:VideoEncoderConfiguration></trt:Profiles>"
            for token, encoding, width, height in self.profiles
        )
        return f"<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>"

    def profile_list_2(self) -> str:
        """GetProfiles of Media2."""
        profiles = "".join(
            f'<tr2:Profiles token="{token}" fixed="true"><tr2:Name>{token}</tr2:Name><tr2:Configurations>'
            '<tr2:VideoSource token="v"><tt:SourceToken>lens</tt:SourceToken></tr2:VideoSource>'
            f'<tr2:VideoEncoder token="e" GovLength="50"><tt:Encoding>{encoding}</tt:Encoding>'
            f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution>"
            "</tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>"
            for token, encoding, width, height in self.profiles
        )
        return f"<tr2:GetProfilesResponse>{profiles}</tr2:GetProfilesResponse>"

    def uri(self, token: str, *, second: bool, protocol: str) -> str | None:
        """GetStreamUri."""
        if token not in [name for name, *_ in self.profiles] or protocol != "RTSP":
            return None
        uri = f"{self.scheme}://{self.host}:{self.stream.port}/live?profile={token}&amp;a=1"
        if second:
            return f"<tr2:GetStreamUriResponse><tr2:Uri>{uri}</tr2:Uri></tr2:GetStreamUriResponse>"
        return (
            f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri>"
            "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
            "<tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>"
        )


@contextmanager
def searching_alone() -> Iterator[None]:
    """One search at a time on this machine: tests that run beside each other would find each other's cameras."""
    with (Path(tempfile.gettempdir()) / "curtilage-search.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Answering:
    """Answers searches by WS-Discovery on the loopback interface, once for each device. An async context manager."""

    def __init__(self, *devices: OnvifDevice) -> None:
        self._devices = devices
        self._transport: asyncio.DatagramTransport | None = None
        self._out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.questions: list[str] = []
        self._alone = ExitStack()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._alone.enter_context, searching_alone())
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((GROUP, PORT))
        member = struct.pack("=4s4si", socket.inet_aton(GROUP), b"", socket.if_nametoindex("lo"))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        opened.setblocking(False)
        self._out.bind(("127.0.0.1", 0))
        answering = self

        class Taker(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
                answering.take(data.decode(), addr)

        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Taker, sock=opened)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._transport is not None
        self._transport.close()
        self._out.close()
        self._alone.close()

    def take(self, question: str, asker: tuple[str, int]) -> None:
        """One question."""
        self.questions.append(question)
        if "NetworkVideoTransmitter" in question:
            for device in self._devices:
                for octets in self.answers(device, field_of("MessageID", question)):
                    self._out.sendto(octets, asker)

    def answers(self, device: OnvifDevice, message: str) -> list[bytes]:
        """What is sent for a device."""
        return [self.match(device, message)]

    def match(self, device: OnvifDevice, message: str) -> bytes:
        """ProbeMatches."""
        scopes = (
            "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/Profile/Streaming "
            "onvif://www.onvif.org/name/Hearth%20Porch%202 onvif://www.onvif.org/hardware/H1"
        )
        return (
            '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
            'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
            f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID><a:RelatesTo>{message}</a:RelatesTo></s:Header><s:Body>"
            "<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1</a:Address></a:EndpointReference>"
            f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{scopes}</d:Scopes>"
            f"<d:XAddrs>{device.services_scheme}://{device.host}:{device.port}/onvif/device_service</d:XAddrs>"
            "<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
        ).encode()
