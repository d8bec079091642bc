"""The ``ffmpeg:`` source: cameras that speak what our own reader does not, read by FFmpeg in a process of its own.

A demuxer written in C meets whatever the camera sends: that process holds this camera's address and nothing else of the
server's (ffmpeg/ffmpeg_reader.py). It costs more than twice our own reader and adds a picture's delay.
"""

from curtilage.cameras.ffmpeg.ffmpeg_address import FfmpegAddress
from curtilage.cameras.input.process_places import HomePlaces
from curtilage.cameras.input.source import Sink
from curtilage.cameras.input.source_process import RecordMeter, require, run_process
from curtilage.cameras.media.audio_codec import SoundSink
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import install_words

SOUND, SILENT = "sound", "silent"
"""What the process is told: whether it may read the camera's sound."""
READER_MODULE = "curtilage.cameras.ffmpeg.ffmpeg_reader"
_NEEDED = ("av",)
_NOT_INSTALLED = f"Reading it needs PyAV: {install_words('ffmpeg')}."


class FfmpegSource:
    """One such camera. Implements Source and GivesSound."""

    __slots__ = ("_address", "_clock", "_config", "_places", "_sound")

    def __init__(self, address: FfmpegAddress, config: Config, clock: Clock, places: HomePlaces | None = None) -> None:
        self._address = address
        self._config = config
        self._clock = clock
        self._places = places
        self._sound: SoundSink | None = None

    def sound_to(self, sink: SoundSink) -> None:
        """See GivesSound."""
        self._sound = sink

    async def run(self, sink: Sink) -> None:
        """Start the process and push its pictures until it ends. Raises SourceError."""
        require(_NEEDED, _NOT_INSTALLED)
        config = self._config
        sound = SOUND if self._sound is not None else SILENT
        line = f"{config.picture_pixels_max} {config.rtsp_connect_s} {config.freeze_s} {sound} {self._address.url}"
        meter = RecordMeter(config, self._clock)
        await run_process(READER_MODULE, line, sink, meter, self._places, self._sound)
