"""A camera's sound beside the pictures of WhepHouse, and offers that ask for it."""

import asyncio
import secrets
from collections.abc import Callable

from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.sound_track import SoundTrack
from curtilage.cameras.views.view import View
from curtilage.cameras.views.view_opener import ViewOpener
from curtilage.cameras.webrtc.sound_stream import SoundStream
from curtilage.consent.grant import Grant
from curtilage.errors import Refused
from curtilage.wire.identifier import DeviceId, new_handle
from curtilage.wire.sealed_part import SealedPart, Track
from tests.cameras.aac_tone import AU_SAMPLES, AacTone
from tests.cameras.views.test_views import ADA
from tests.cameras.whep_house import WhepHouse
from tests.cameras.whep_side import StockViewer

OPUS = AudioParameters(AudioCodec.OPUS, 48_000, 2)
PCMU = AudioParameters(AudioCodec.PCMU, 8_000, 1)
PCMA = AudioParameters(AudioCodec.PCMA, 8_000, 1)
AAC = AudioParameters(AudioCodec.AAC, 48_000, 2, b"\x11\x90")
SOUND_OFFER = """m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8
a=mid:1
a=recvonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
""".replace("\n", "\r\n")


class Sounding:
    """One camera whose sound is switched on; every frame holds 20 ms and its own number."""

    PORCH, TRACK = DeviceId("porch"), Track.AUDIO

    def __init__(self, house: WhepHouse, parameters: AudioParameters = OPUS, camera: str = "porch") -> None:
        self.house, self.camera, self.parameters = house, DeviceId(camera), parameters
        self.shelf = house.cache.shelf(self.camera, Track.AUDIO)
        sealer = Sealer(Track.AUDIO, self.shelf, house.clock, house.config, secrets.token_bytes)
        self.track = SoundTrack(sealer, self.shelf, house.clock, 60, lambda: None)
        house.views.sound(self.camera, self.track)
        self.track.audio_changed(parameters)
        self.count = 0

    def frames(self, count: int) -> None:
        """As the camera's input would, 20 ms after each other."""
        for _ in range(count):
            self.house.clock.pass_s(0.02)
            samples = self.parameters.rate_hz // 50
            octets = b"\xfc" + bytes((self.count & 0xFF,)) * (40 if self.parameters.codec is AudioCodec.OPUS else 159)
            self.track.audio_frame(AudioFrame(octets, self.count * samples, samples))
            self.count += 1

    def stream(self, grant: Grant) -> SoundStream:
        """A view's egress without a viewer."""
        opener = ViewOpener()

        def make(alarmed: Callable[[View], None]) -> SoundStream:
            return SoundStream(
                new_handle(secrets.token_bytes), ADA, self.house.grants, lambda: None, lambda: None, alarmed,
                page=False, opener=opener, track=self.track, agreed=self.parameters,
            )  # fmt: skip

        stream = self.house.views.open_delivery(make)
        assert not isinstance(self.house.views.open_view(stream, grant, opener.public_key, None, sound=True), Refused)
        return stream

    def newest(self) -> SealedPart:
        """What stands last on its shelf."""
        return self.shelf.read(None).parts[-1]

    def off(self) -> None:
        """As a switch that is turned."""
        self.house.views.sound(self.camera, None)
        self.track.stop()


class AacSounding(Sounding):
    """The same with a real tone in AAC, whose frames last 64 ms."""

    def __init__(self, house: WhepHouse, tone: AacTone, camera: str = "porch") -> None:
        self.tone = tone
        super().__init__(house, AudioParameters(AudioCodec.AAC, tone.rate_hz, tone.channels, tone.config), camera)

    def frames(self, count: int) -> None:
        """As the camera's input would, after each other."""
        for _ in range(count):
            self.house.clock.pass_s(AU_SAMPLES / self.tone.rate_hz)
            octets = self.tone.units[self.count % len(self.tone.units)]
            self.track.audio_frame(AudioFrame(octets, self.count * AU_SAMPLES, AU_SAMPLES))
            self.count += 1

    async def sounding(self, viewer: "ListeningViewer", count: int = 10) -> None:
        """Goes on until so many more packets came."""
        before, end = viewer.count(96), asyncio.get_running_loop().time() + 10
        while viewer.count(96) < before + count:
            assert asyncio.get_running_loop().time() < end, "no sound"
            self.frames(1)
            await asyncio.sleep(0.03)


class ListeningViewer(StockViewer):
    """A stock viewer that wants sound too."""

    def __init__(self) -> None:
        super().__init__()
        self.connection.addTransceiver("audio", direction="recvonly")

    def count(self, payload_type: int) -> int:
        """Packets that came."""
        return sum(packet.payload_type == payload_type for packet in self.packets)
