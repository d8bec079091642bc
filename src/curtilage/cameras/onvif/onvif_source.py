"""The source of an ``onvif(s)://`` address: asks the camera where its stream is, and then reads it like any other.

It is asked at every connection: a camera that was updated or set up anew moves its streams. Guards: the stream is
fetched from the host a person named, with the port and path the camera says (cameras behind a router name addresses
that lead nowhere, or elsewhere). Model and firmware are kept, so that one of them can be suspended.

Reads no stream itself: it is handed the factory of who does.
"""

import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace

from curtilage.cameras.input.camera_address import AddressError, CameraAddress
from curtilage.cameras.input.source import Sink, Source, SourceError, SourceProblem
from curtilage.cameras.input.trust import CameraMemory, Remembers, Trust
from curtilage.cameras.media.audio_codec import GivesSound, SoundSink
from curtilage.cameras.onvif.onvif_address import OnvifAddress
from curtilage.cameras.onvif.onvif_device import OnvifDevice
from curtilage.cameras.onvif.onvif_messages import MediaService, Profile
from curtilage.cameras.onvif.onvif_tls import judge
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import OurError
from curtilage.wire.identifier import Entropy


@dataclass(frozen=True, slots=True)
class _Playing:
    """What is asked for a keyframe."""

    service: MediaService
    profile: Profile
    context: ssl.SSLContext | None


class OnvifSource:
    """Implements Source, Remembers, GivesSound and KeyframeOnDemand for addresses of ONVIF."""

    def __init__(
        self,
        address: OnvifAddress,
        config: Config,
        clock: Clock,
        entropy: Entropy,
        make_stream: Callable[[CameraAddress], Source],
    ) -> None:
        self._address = address
        self._config = config
        self._clock = clock
        self._entropy = entropy
        self._make_stream = make_stream
        self._memory: CameraMemory | None = None
        self._playing: _Playing | None = None
        self._sound: SoundSink | None = None

    def sound_to(self, sink: SoundSink) -> None:
        """See GivesSound."""
        self._sound = sink

    def remember_in(self, memory: CameraMemory) -> None:
        """See Remembers."""
        self._memory = memory

    async def run(self, sink: Sink) -> None:
        """See Source."""
        stream = self._make_stream(await self._look())
        if self._memory is not None and isinstance(stream, Remembers):
            stream.remember_in(self._memory)
        if self._sound is not None and isinstance(stream, GivesSound):
            stream.sound_to(self._sound)
        await stream.run(sink)

    async def ask_keyframe(self) -> None:
        """See KeyframeOnDemand."""
        playing = self._playing
        if playing is not None:
            async with self._device(playing.context) as device:
                await device.ask_keyframe(playing.service, playing.profile)

    async def _look(self) -> CameraAddress:
        trust, context = self._address.trust, None
        if self._address.tls:
            judged = await judge(self._address, self._config, self._clock, self._entropy, self._memory)
            trust, context = judged.trust, judged.context
        async with self._device(context) as device:
            made = await device.made()
            service, profile = await device.profile()
            uri = await device.stream_uri(service, profile)
        if self._memory is not None:
            with contextlib.suppress(OurError):  # a full disk is no reason to show nothing; next time it is tried again
                await self._memory.describe(made.model, made.firmware)
        self._playing = _Playing(service, profile, context)
        return self._stream_address(uri, trust)

    def _stream_address(self, uri: str, trust: Trust | None) -> CameraAddress:
        own = self._address
        try:
            named = CameraAddress.parse(uri)
        except AddressError:
            raise SourceError(SourceProblem.GARBAGE, "it names an address of its stream that is none") from None
        # What poses as the camera must not lead around its key; over HTTPS it has just shown that key.
        if trust is not None and not named.tls and not own.tls:
            raise SourceError(SourceProblem.NOT_TLS, "it was known under TLS, and names a stream without")
        if own.user is not None:
            named = replace(named, user=own.user, password=own.password)
        return replace(named, host=own.host, trust=trust if named.tls else None)

    def _device(self, context: ssl.SSLContext | None) -> OnvifDevice:
        return OnvifDevice(self._address, self._config, self._clock, self._entropy, context)
