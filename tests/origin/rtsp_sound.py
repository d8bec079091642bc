"""Cameras by hand that describe sound beside their picture, and behave in different ways when it is set up."""

from collections.abc import Iterator

from tests.origin.made_camera import SDP, Asked, Camera
from tests.origin.made_h264 import Packetiser, interleaved

_SOUND = "m=audio 0 RTP/AVP 8\r\na=control:track2\r\n"


class Sounding(Camera):
    """Sends 20 ms of G.711 with every picture, on the channels it was asked for."""

    sdp = SDP + _SOUND
    chosen = "RTP/AVP/TCP;unicast;interleaved=2-3"

    def reply(self, asked: Asked) -> bytes:
        """See Camera."""
        if asked.method != "SETUP" or not asked.url.endswith("track2"):
            return super().reply(asked)
        return self.answer(asked, "200 OK", f"{self.session}Transport: {self.chosen}\r\n")

    def packets(self) -> Iterator[bytes]:
        """See Camera."""
        packetiser = Packetiser()
        for number, picture in enumerate(self.pictures()):
            sound = b"\x80\x08" + (number & 0xFFFF).to_bytes(2) + (number * 160).to_bytes(4) + bytes(4) + b"\xd5" * 160
            yield b"".join(interleaved(0, packet) for packet in packetiser.packets(picture)) + interleaved(2, sound)


class Refusing(Sounding):
    """Describes sound, and refuses it."""

    def reply(self, asked: Asked) -> bytes:
        """See Camera."""
        if asked.method == "SETUP" and asked.url.endswith("track2"):
            return self.answer(asked, "461 Unsupported Transport")
        return super().reply(asked)


class OneChannelForBoth(Sounding):
    """Says that its sound comes on the picture's channel."""

    chosen = "RTP/AVP/TCP;unicast;interleaved=0-1"


class ByUdp(Sounding):
    """Says that its sound comes by UDP."""

    chosen = "RTP/AVP;unicast;client_port=4000-4001"
