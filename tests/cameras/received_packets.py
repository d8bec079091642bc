"""Packets into a depacketiser, and what it delivered; H.264 unless another one is given."""

from collections.abc import Iterable

from curtilage.cameras.rtsp.depacketiser import Depacketiser, PictureLimits
from curtilage.cameras.rtsp.depacketiser_h264 import H264Depacketiser
from curtilage.cameras.rtsp.depacketiser_h265 import H265Depacketiser
from curtilage.cameras.rtsp.rtsp_message import MessageReader
from curtilage.cameras.rtsp.sdp import VideoMedia
from tests.cameras.recording_sink import RecordingSink
from tests.origin.made_h264 import (
    MadePicture,
    MadeSps,
    Packetiser,
    interleaved,
    pps_nal,
)

LIMITS = PictureLimits(bytes_max=60_000, nal_count_max=16, pixels_max=1920 * 1088)
SETS = (MadeSps().nal(), pps_nal())


class Receiving:
    """A depacketiser and what it delivered."""

    def __init__(
        self,
        media: VideoMedia | None = None,
        limits: PictureLimits = LIMITS,
        made: type[H264Depacketiser | H265Depacketiser] = H264Depacketiser,
    ) -> None:
        self.sink = RecordingSink()
        self.depacketiser: Depacketiser = made(self.sink, media or VideoMedia(96, ""), limits)

    def take(self, packets: Iterable[bytes]) -> "Receiving":
        for packet in packets:
            self.depacketiser.packet(packet, 0, len(packet))
        return self

    def take_run(self, packets: Iterable[bytes], cut: int = 10_000_000, between: bytes = b"") -> "Receiving":
        """The way packets come in: many in one piece of the stream, cut anywhere."""
        reader = MessageReader(4096, 4096)
        reader.listen(0, self.depacketiser.packets)
        stream = b"".join(interleaved(0, packet) + between for packet in packets)
        for at in range(0, len(stream), cut):
            assert reader.feed(stream[at : at + cut]) == []
        return self

    @property
    def samples(self) -> list[tuple[bytes, ...]]:
        return [unit.nal_units for unit in self.sink.units]


def packets_of(made: Iterable[MadePicture], packetiser: Packetiser | None = None) -> list[bytes]:
    packetiser = packetiser or Packetiser()
    return [packet for picture in made for packet in packetiser.packets(picture)]


def slices_of(made: Iterable[MadePicture]) -> list[tuple[bytes, ...]]:
    return [picture.slices for picture in made]
