"""The ``ffmpeg:`` source: cameras that speak what our own reader does not, read by FFmpeg in a process of its own.

A demuxer written in C meets whatever the camera sends: that process holds this camera's address and nothing else of the
server's (ffmpeg/ffmpeg_reader.py). It costs more than twice our own reader and adds a picture's delay.
"""

from curtilage.cameras.ffmpeg.ffmpeg_address import FfmpegAddress
from curtilage.cameras.input.process_places import HomePlaces
from curtilage.cameras.input.source import Sink
from curtilage.cameras.input.source_process import RecordMeter, require, run_process
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import install_words

READER_MODULE = "curtilage.cameras.ffmpeg.ffmpeg_reader"
_NEEDED = ("av",)
_NOT_INSTALLED = f"Reading it needs PyAV: {install_words('ffmpeg')}."


class FfmpegSource:
    """One such camera. See input/source.py, ``Source``."""

    __slots__ = ("_address", "_clock", "_config", "_places")

    def __init__(self, address: FfmpegAddress, config: Config, clock: Clock, places: HomePlaces | None = None) -> None:
        self._address = address
        self._config = config
        self._clock = clock
        self._places = places

    async def run(self, sink: Sink) -> None:
        """Start the process and push its pictures until it ends. Raises SourceError."""
        require(_NEEDED, _NOT_INSTALLED)
        config = self._config
        line = f"{config.picture_pixels_max} {config.rtsp_connect_s} {config.freeze_s} {self._address.url}"
        await run_process(READER_MODULE, line, sink, RecordMeter(config, self._clock), self._places)
