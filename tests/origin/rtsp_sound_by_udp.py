"""Cameras by hand that send by UDP alone, their sound too, and behave in different ways when it is set up."""

import asyncio
import re
import socket

from tests.origin.made_camera import Asked
from tests.origin.made_h264 import Packetiser
from tests.origin.rtsp_sound import Sounding

_REPORT_BYTES_MAX = 1500


class SoundingByUdp(Sounding):
    """Sends 20 ms of G.711 with every picture, each to the port that was named for it; every second one too early."""

    def __init__(self) -> None:
        super().__init__()
        self.ports: dict[str, int] = {}
        """Track -> where its packets go."""
        self.reported: set[int] = set()
        """Ports that reports came from."""
        self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(4)]
        for own in self._sockets:
            own.setblocking(False)
            own.bind(("127.0.0.1", 0))

    def reply(self, asked: Asked) -> bytes:
        """See Camera."""
        if asked.method != "SETUP":
            return super().reply(asked)
        wanted = re.search(r"client_port=(\d+)", asked.fields["transport"])
        if wanted is None:
            return self.answer(asked, "461 Unsupported Transport")
        track = asked.url.rpartition("/")[2]
        self.ports[track] = int(wanted[1])
        return self.agree(asked, track)

    def agree(self, asked: Asked, track: str) -> bytes:
        """To one track."""
        first = 2 * (track == "track2")
        mine = "-".join(str(own.getsockname()[1]) for own in self._sockets[first : first + 2])
        port = self.ports[track]
        transport = f"RTP/AVP;unicast;client_port={port}-{port + 1};server_port={mine}"
        return self.answer(asked, "200 OK", f"{self.session}Transport: {transport}\r\n")

    @staticmethod
    def sound(number: int) -> bytes:
        """The payload of one packet."""
        return number.to_bytes(2) * 80

    async def stream(self, writer: asyncio.StreamWriter) -> None:
        """See Camera; nothing goes over the connection."""
        del writer
        packetiser, waiting = Packetiser(), b""
        for number, picture in enumerate(self.pictures()):
            for packet in packetiser.packets(picture):
                self._send(0, "track1", packet)
            for packet in self.beside(number):
                head = b"\x80\x08" + (number & 0xFFFF).to_bytes(2) + (number * 160).to_bytes(4) + bytes(4)
                if waiting:
                    self._send(2, "track2", head + packet)
                    self._send(2, "track2", waiting)
                waiting = b"" if waiting else head + packet
            self._take_reports()
            await asyncio.sleep(self.pause_s)

    def beside(self, number: int) -> list[bytes]:
        """The payloads of sound that go with a picture."""
        return [self.sound(number)]

    def _send(self, own: int, track: str, octets: bytes, *, report: bool = False) -> None:
        if track in self.ports:
            self._sockets[own + report].sendto(octets, ("127.0.0.1", self.ports[track] + report))

    def _take_reports(self) -> None:
        for own in self._sockets[1::2]:
            try:
                _, (_, port) = own.recvfrom(_REPORT_BYTES_MAX)
            except BlockingIOError:
                continue
            self.reported.add(port)

    async def __aexit__(self, *wrong: object) -> None:
        """See LoopbackServer."""
        await super().__aexit__(*wrong)
        for own in self._sockets:
            own.close()


class RefusingByUdp(SoundingByUdp):
    """Describes sound, sends some before it was agreed on, and refuses it."""

    def agree(self, asked: Asked, track: str) -> bytes:
        """See SoundingByUdp."""
        if track != "track2":
            return super().agree(asked, track)
        for number in range(3):
            self._send(2, track, b"\x80\x08" + number.to_bytes(2) + bytes(8) + self.sound(number))
        return self.answer(asked, "453 Not Enough")


class UnansweringByUdp(SoundingByUdp):
    """Says nothing when it is asked for its sound."""

    def agree(self, asked: Asked, track: str) -> bytes:
        """See SoundingByUdp."""
        return b"" if track == "track2" else super().agree(asked, track)


class ElsewhereByUdp(SoundingByUdp):
    """Says that its sound comes over the connection, which it refused for the picture."""

    chosen = "RTP/AVP/TCP;unicast;interleaved=2-3"

    def agree(self, asked: Asked, track: str) -> bytes:
        """See SoundingByUdp."""
        if track != "track2":
            return super().agree(asked, track)
        return self.answer(asked, "200 OK", f"{self.session}Transport: {self.chosen}\r\n")


class ToEverybody(ElsewhereByUdp):
    """Says that its sound comes by multicast."""

    chosen = "RTP/AVP;multicast;destination=239.1.1.1;port=4000-4001"


class SaysGoodbye(SoundingByUdp):
    """Ends its sound soon after it began."""

    def beside(self, number: int) -> list[bytes]:
        """See SoundingByUdp."""
        if number == 2:
            self._send(2, "track2", bytes.fromhex("81cb000100000007"), report=True)
        return super().beside(number) if number < 2 else []


class FloodsWithSound(SoundingByUdp):
    """Sends thousands of packets of one octet with every picture."""

    def beside(self, number: int) -> list[bytes]:
        """See SoundingByUdp."""
        return [number.to_bytes(4)[3:]] * 2_000
