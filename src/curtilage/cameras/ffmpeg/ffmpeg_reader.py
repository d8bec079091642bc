"""The process behind an ``ffmpeg:`` camera: FFmpeg's demuxer, and records for the server (input/source_process.py).

``python -m curtilage.cameras.ffmpeg.ffmpeg_reader`` reads one line: most pixels of a picture, longest wait for the
connection and for a packet in seconds, ``sound`` or ``silent``, and the URL. It may open that URL's place and nothing
else: no file, no other host, whatever a redirect or a playlist names. Under TLS the machine's authorities must vouch
for the camera. While it is to be silent, a camera by RTSP is not asked for its sound, and what others send of it among
their pictures is skipped as it comes in. It is bounded in memory, and needs PyAV.
"""

import contextlib
import errno
import os
import resource
import socket
import ssl
import sys
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final
from urllib.parse import urlsplit

import av
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.stream import Discard, Stream

from curtilage.cameras.ffmpeg.annex_b import AnnexBStream
from curtilage.cameras.ffmpeg.ffmpeg_sound import CODECS, FfmpegSound
from curtilage.cameras.ffmpeg.ffmpeg_source import SOUND
from curtilage.cameras.input.sound_record import TIMESTAMP_MAX
from curtilage.cameras.input.source import SourceProblem
from curtilage.cameras.input.source_process import RecordKind, encode_problem, encode_record, encode_sound
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.timeline import TICKS_PER_SECOND
from curtilage.cameras.rtsp.sdp import Encoding

PROTOCOLS: Mapping[str, str] = {
    "rtsp": "tcp",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,tls,tcp",
    "http": "http,tcp",
    "https": "https,tls,tcp",
}
"""What may be opened for each kind of URL. Without ``rtsp`` itself FFmpeg's RTSP follows no redirect."""
_FORMATS = "rtsp,flv,live_flv,mpegts,mpeg,mov,matroska,avi,h264,hevc"
"""Containers that hold their pictures themselves: no playlist, which would name other places (HLS, DASH, SDP)."""
_DECODERS = "h264,hevc"
"""FFmpeg decodes a little of what it opens to know what it is. Sound is not decoded, asked for or not."""
_LOOKED_AT_US = 1_000_000
"""So much of the stream is waited for to know what is in it. FFmpeg's own 5 to 90 s pass without a picture where a
camera describes sound and sends none: one whose microphone is switched off.
"""
_UNDER_TLS = ("rtmps", "https")
_OTHER_NAME = (62, 63, 64)
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and its like for e-mail and IP addresses."""
_NEW_CONFIG: Final = "new_extradata"
"""What a packet carries beside itself when its configuration changes."""
_MEMORY_BYTES_MAX = 1 << 30
_FILES_MAX = 64
_ENCODINGS: Mapping[str, tuple[Encoding, str]] = {
    "h264": (Encoding.H264, "h264_mp4toannexb"),
    "hevc": (Encoding.H265, "hevc_mp4toannexb"),
}
_UNREACHABLE = frozenset({errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT, errno.EPIPE})


def read(url: str, waits_s: tuple[float, float], pixels_max: int, *, with_sound: bool) -> Iterator[bytes]:
    """The records of a camera's pictures, and sound, until it ends. The last one may say what is wrong."""
    try:
        options = options_for(url, with_sound=with_sound)
        with av.open(url, options=options, timeout=waits_s) as container:
            video = next(iter(container.streams.video), None)
            known = _ENCODINGS.get(video.codec_context.name) if video is not None else None
            if video is None or known is None:
                detail = f"its video is {video.codec_context.name}" if video is not None else "it describes no video"
                yield encode_problem(SourceProblem.NO_VIDEO, detail)
                return
            encoding, to_annex_b = known
            stream, filtering = AnnexBStream(encoding, pixels_max), BitStreamFilterContext(to_annex_b, video)
            sound = Sound.of(container) if with_sound else None
            taken: list[Stream] = [video] if sound is None or sound.stream is None else [video, sound.stream]
            _skip_others(container, taken)
            if sound is not None:
                yield from sound.begin()
            for packet in container.demux(taken):
                if sound is not None and packet.stream_index != video.index:
                    yield from sound.records(packet)
                    continue
                for whole in filtering.filter(packet):
                    yield from records_of(stream, whole)
    except (av.FFmpegError, OSError, ValueError) as error:
        yield untrusted(url, waits_s[0]) or problem_of(error)


def _skip_others(container: InputContainer, taken: "list[Stream]") -> None:
    """Let FFmpeg leave out all other streams where they come in."""
    for stream in container.streams:
        if stream not in taken:
            stream.discard = Discard.all


def options_for(url: str, *, with_sound: bool) -> dict[str, str]:
    """What FFmpeg may open and follow. Raises ValueError: a URL of no kind that we know."""
    scheme = url.partition("://")[0]
    if scheme not in PROTOCOLS:
        raise ValueError(scheme)
    options = {"protocol_whitelist": PROTOCOLS[scheme], "format_whitelist": _FORMATS, "fpsprobesize": "0"}
    options |= {"codec_whitelist": _DECODERS, "analyzeduration": str(_LOOKED_AT_US)}
    if scheme == "rtsp":
        options |= {"rtsp_transport": "tcp", "allowed_media_types": "video+audio" if with_sound else "video"}
    if scheme.startswith("http"):
        options["max_redirects"] = "0"
    if scheme in _UNDER_TLS:
        # FFmpeg believes any certificate unless it is told otherwise, and says the password to whoever answers.
        options |= {"tls_verify": "1", "ca_file": _store()}
    return options


def untrusted(url: str, wait_s: float) -> bytes | None:
    """A record that names what is wrong with the certificate, where that is why FFmpeg failed: it does not say so."""
    place = urlsplit(url)
    if place.scheme not in _UNDER_TLS or place.hostname is None:
        return None
    try:
        context = ssl.create_default_context(cafile=_store())
        with socket.create_connection((place.hostname, place.port or 443), wait_s) as opened:
            context.wrap_socket(opened, server_hostname=place.hostname).close()
    except ssl.SSLCertVerificationError as error:
        named = error.verify_code in _OTHER_NAME
        words = "its certificate is for another name" if named else f"its certificate: {error.verify_message}"
        return encode_problem(SourceProblem.UNCERTIFIED, f"{words[:1].upper()}{words[1:]}.")
    except (OSError, ValueError):
        return None
    return None


class Sound:
    """The first track of sound that we can carry, as records."""

    def __init__(self, stream: "AudioStream | None", track: FfmpegSound | None) -> None:
        self.stream = stream
        """None: the camera sends no sound that we know."""
        self._track = track

    @staticmethod
    def of(container: InputContainer) -> "Sound":
        """Of what the container describes."""
        for stream in container.streams.audio:
            context = stream.codec_context  # None where FFmpeg knows no decoder, whatever its types say
            codec = CODECS.get(context.name) if context is not None else None
            if codec is not None:
                config = bytes(context.extradata or b"")
                return Sound(stream, FfmpegSound(codec, context.sample_rate, context.channels, config))
        return Sound(None, None)

    def begin(self) -> Iterator[bytes]:
        """Before the first packet."""
        for found in self._track.begin() if self._track is not None else (None,):
            yield encode_sound(found)

    def records(self, packet: "av.Packet[Stream]") -> Iterator[bytes]:
        """Of one packet."""
        if self._track is None or packet.is_corrupt or not packet.size:
            return
        has_config = packet.has_sidedata(_NEW_CONFIG)
        config = bytes(packet.get_sidedata(_NEW_CONFIG)) if has_config else b""
        for found in self._track.packet(bytes(packet), packet.pts, packet.time_base, config):
            yield encode_sound(found)


def _store() -> str:
    """The machine's authorities. Where it has none, nobody is trusted."""
    return ssl.get_default_verify_paths().cafile or os.devnull


def records_of(stream: AnnexBStream, packet: "av.Packet[Stream]") -> Iterator[bytes]:
    """Of one packet of pictures."""
    if packet.is_corrupt or packet.pts is None:
        stream.damaged()
        return
    base = packet.time_base
    timestamp = max(0, min(packet.pts * TICKS_PER_SECOND * base.numerator // base.denominator, TIMESTAMP_MAX))
    for found in stream.picture(bytes(packet), timestamp):
        yield _encoded(found)


def _encoded(found: CodecParameters | AccessUnit) -> bytes:
    if isinstance(found, AccessUnit):
        kind = RecordKind.KEYFRAME if found.keyframe else RecordKind.PICTURE
        return encode_record(kind, found.timestamp, found.nal_units)
    if found.vps:
        return encode_record(RecordKind.PARAMETERS_H265, 0, (found.vps[0], found.sps, *found.pps))
    return encode_record(RecordKind.PARAMETERS, 0, (found.sps, *found.pps))


def problem_of(error: Exception) -> bytes:
    """A record that names the problem, without the address that FFmpeg's own words hold."""
    if isinstance(error, (av.HTTPUnauthorizedError, av.HTTPForbiddenError)):
        return encode_problem(SourceProblem.REFUSED_PASSWORD, "")
    if isinstance(error, (av.HTTPNotFoundError, av.HTTPOtherClientError, av.HTTPBadRequestError)):
        return encode_problem(SourceProblem.NO_SUCH_STREAM, "")
    if isinstance(error, (av.InvalidDataError, av.ProtocolNotFoundError, av.DemuxerNotFoundError, ValueError)):
        return encode_problem(SourceProblem.NOT_A_CAMERA, "FFmpeg cannot read what it sends")
    number = getattr(error, "errno", 0)
    words = os.strerror(number).lower() if number in _UNREACHABLE else "no answer, or it broke off"
    return encode_problem(SourceProblem.UNREACHABLE, words)


def serve(line: str, out: BinaryIO) -> None:
    """Write records until the camera ends or nobody reads: ConnectionError."""
    pixels_max, connect_s, packet_s, sound, url = line.strip().split(" ", 4)
    for record in read(url, (float(connect_s), float(packet_s)), int(pixels_max), with_sound=sound == SOUND):
        out.write(record)
        out.flush()


def limit() -> None:
    """No file may grow, no core be dumped; memory and open files are bounded."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES_MAX, _FILES_MAX))


if __name__ == "__main__":
    limit()
    av.logging.set_level(av.logging.PANIC)  # what FFmpeg says of a camera holds its address
    with contextlib.suppress(ConnectionError):  # the server has gone
        serve(sys.stdin.readline(), sys.stdout.buffer)
    # The pipe may be broken: what Python would flush at its end must have somewhere to go.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
