"""The transcoders of all cameras whose AAC somebody hears by WebRTC: one for each, so many at once and for each home.

Guards the machine's memory and its processors: each takes 40 MB and about a hundredth of a processor.
"""

import asyncio
from dataclasses import dataclass

from curtilage.cameras.media.audio_codec import AudioParameters
from curtilage.cameras.views.sound_track import SoundTrack
from curtilage.cameras.webrtc.sound_transcoder import SoundTranscoder
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble
from curtilage.cameras.webrtc.transcoder_records import Opening
from curtilage.config import Config
from curtilage.wire.identifier import HomeId


@dataclass(frozen=True, slots=True)
class _Key:
    """Whose sound it is: one camera's, while its sealer and what it sends stay the same."""

    home: HomeId
    stream_id: bytes
    parameters: AudioParameters


class Transcoders:
    """All of this server."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._running: dict[_Key, SoundTranscoder] = {}
        self._ending: dict[asyncio.Task[None], HomeId] = {}
        """Those whose process was killed and is not gone yet."""

    def of(
        self, home: HomeId, stream_id: bytes, parameters: AudioParameters, track: SoundTrack
    ) -> SoundTranscoder | SoundTrouble:
        """The camera's, started if there is none. It ends with ``track`` at the latest; whoever takes it joins it."""
        key = _Key(home, stream_id, parameters)
        if (running := self._running.get(key)) is not None:
            return running
        if not self._place(home):
            for lingering in [found for found in self._running.values() if not found.views_count]:
                lingering.end()
            if not self._place(home):
                return SoundTrouble.NO_PLACE

        def over(ended: SoundTranscoder) -> None:
            track.at_stop.discard(ended.end)
            self._running.pop(key, None)
            task = asyncio.get_running_loop().create_task(ended.settled())
            self._ending[task] = home
            task.add_done_callback(self._ending.pop)

        opening = Opening(parameters.rate_hz, parameters.channels, parameters.config)
        made = self._running[key] = SoundTranscoder(opening, self._config, over)
        track.at_stop.add(made.end)
        return made

    def count(self) -> int:
        """Those that run."""
        return len(self._running)

    async def settle(self) -> None:
        """At the end: until no process is left."""
        for running in list(self._running.values()):
            running.end()
        if self._ending:
            await asyncio.wait(set(self._ending))

    def _place(self, home: HomeId) -> bool:
        """Those whose process is not gone yet have places of their own: it takes a moment."""
        config = self._config
        return all(
            len(homes) < config.transcoders_count_max and homes.count(home) < config.transcoders_per_home_count_max
            for homes in ([key.home for key in self._running], list(self._ending.values()))
        )
