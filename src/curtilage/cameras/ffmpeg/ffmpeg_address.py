"""The address of a camera that FFmpeg reads for us: ``ffmpeg:`` before a URL, ``ffmpeg:rtmp://192.0.2.10/live``.

Guards the password as camera_address.py does, and lets FFmpeg open nothing but the network: FFmpeg also reads files,
and the address comes from a person who owns a home, not the machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from curtilage.cameras.input.camera_address import AddressError, CameraAddress, check_text

SCHEME = "ffmpeg:"
PORTS: Mapping[str, int] = {"rtsp": 554, "rtmp": 1935, "rtmps": 443, "http": 80, "https": 443}
"""The kinds of URL that may follow, and their ports."""
_EXAMPLE = "Write it like ffmpeg:rtmp://192.0.2.10/live or ffmpeg:http://name:password@192.0.2.10/stream.flv."


@dataclass(frozen=True, slots=True)
class FfmpegAddress:
    """Where FFmpeg is to look."""

    url: str = field(repr=False)
    """As it was typed: with its password."""
    host: str
    shown: str
    """The URL for people: no name, no password, no value of any ``name=value``."""

    @staticmethod
    def parse(text: str) -> "FfmpegAddress":
        """Raises AddressError; its words never hold what was typed."""
        check_text(text.strip())
        kind, colon, url = text.strip().partition(":")
        scheme, separator, rest = url.partition("://")
        if f"{kind.lower()}{colon}" != SCHEME or not separator or scheme.lower() not in PORTS:
            raise AddressError(f"After ffmpeg: comes one of {', '.join(f'{name}://' for name in PORTS)}.", do=_EXAMPLE)
        scheme = scheme.lower()
        camera = CameraAddress.at(rest, PORTS[scheme])
        shown = camera.redacted().partition("://")[2]
        return FfmpegAddress(f"{scheme}://{rest}", camera.host, f"{SCHEME}{scheme}://{shown}")

    def redacted(self) -> str:
        """For people."""
        return self.shown
