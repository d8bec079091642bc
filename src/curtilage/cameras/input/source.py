"""The port between a camera and the rest: a source pushes pictures into a sink, without a queue between them.

A sink's calls return at once (mux, seal, cache: about 20 µs) so that a picture is on its way to the screens in the same
turn of the event loop in which its last packet came.
"""

import enum
from typing import Protocol, runtime_checkable

from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.errors import PeerError


class Sink(Protocol):
    """What a source pushes into. Neither call raises or waits."""

    def codec_changed(self, parameters: CodecParameters) -> None:
        """Before the first access unit, and whenever the stream's parameters change."""
        ...

    def access_unit(self, unit: AccessUnit) -> None:
        """One whole picture.

        A source delivers nothing before a keyframe, nor after a damaged picture up to the next one.
        """
        ...


class Source(Protocol):
    """A camera's stream.

    ``run`` is one connection: it returns when the camera ends it and raises SourceError otherwise.

    Cancelling ``run`` closes the connection at once.
    """

    async def run(self, sink: Sink) -> None:
        """Connect and push until the end."""
        ...


@runtime_checkable
class KeyframeOnDemand(Protocol):
    """A source whose camera can be asked for a keyframe while it runs."""

    async def ask_keyframe(self) -> None:
        """Ask, and wait until the camera has agreed. Raises SourceError when it cannot or does not answer."""
        ...


class SourceProblem(enum.Enum):
    """What can be wrong with a camera, as its tile and ``camera status`` say it (words in input/camera_state.py)."""

    UNREACHABLE = "unreachable"
    """No TCP connection, or it broke."""
    REFUSED_PASSWORD = "refused_password"  # noqa: S105 - a problem's name, not a password
    NOT_A_CAMERA = "not_a_camera"
    """Something answers, but not RTSP."""
    NO_SUCH_STREAM = "no_such_stream"
    """A camera answers, but has nothing at this path."""
    NO_VIDEO = "no_video"
    """The stream has no H.264 video."""
    GARBAGE = "garbage"
    """It speaks RTSP, but breaks it: endless headers, nonsense lengths."""
    NOT_TLS = "not_tls"
    """Something answers, but without TLS."""
    CERTIFICATE = "certificate"
    """Its certificate cannot be trusted by itself; ``detail`` is a sentence for the person."""
    CHANGED_KEY = "changed_key"
    """Under TLS it shows another key than the one that was kept; ``detail`` names it in a sentence for the person."""
    FROZEN = "frozen"
    """Connected, but no picture comes."""
    ENDED = "ended"
    """The camera closed the stream."""
    UNCERTIFIED = "uncertified"
    """FFmpeg is to read it under TLS, and no known authority vouches for it; ``detail`` as with CERTIFICATE."""
    TOO_MANY = "too_many"
    """No process is free to read it; ``detail`` is a sentence for the person."""
    UNSUPPORTED = "unsupported"
    """The address's kind (or a missing extra) cannot be read here."""


class SourceError(PeerError):
    """One connection to a camera ended badly."""

    def __init__(self, problem: SourceProblem, detail: str = "") -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem = problem
        self.detail = detail
        """For diagnostics; never holds an address with a password."""
