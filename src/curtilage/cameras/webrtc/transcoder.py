"""The process that makes Opus of one camera's AAC, for viewers by WebRTC, whose browsers take no AAC.

``python -m curtilage.cameras.webrtc.transcoder`` reads runs of frames and writes packets (webrtc/transcoder_records.py)
until its standard input closes. What a camera sends is decoded here and not in the server because a decoder is the one
part of it all that hostile sound is made for: this process holds one camera's sound and no key. Once it is ready it can
open no file and no socket, and is bounded in memory and in time. It needs PyAV with libopus.

Times stay the camera's: a frame that does not follow the one before begins anew at its own time, so a gap in the AAC is
a gap in the Opus. What stands between two packets then (less than 20 ms) is left out.
"""

import fractions
import resource
import sys
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import av
import av.filter

from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.webrtc.sound_packetiser import SoundPacket
from curtilage.cameras.webrtc.transcoder_records import (
    LENGTH,
    OPUS_HZ,
    PACKET_SAMPLES,
    RECORD_BYTES_MAX,
    Opening,
    Reply,
    encode_reply,
    read_opening,
    read_run,
)

MEMORY_BYTES_MAX = 512 << 20
"""Of addresses: libraries take most of it; 40 MB are used."""
_CPU_S_MAX = 5
"""Of the processor's time for one run: 60 ms of sound take less than 1 ms."""
_DESCRIPTORS_COUNT = 3
_BITS_PER_S: Mapping[int, int] = {1: 40_000, 2: 72_000}
_CHANNELS_COUNT_MAX = 2
_LAYOUTS: Mapping[int, str] = {1: "mono", 2: "stereo"}
_OPUS_OPTIONS: Mapping[str, str] = {"application": "lowdelay", "frame_duration": "20", "compression_level": "2"}
"""CELT alone: 2.5 ms of delay instead of 6.5, and half the time of the processor."""
_LOOKAHEAD_SAMPLES = 120
"""What a decoder puts out belongs so much earlier than what went in (restricted low delay, RFC 6716 §2.1.5)."""


class _Bridge:
    """From the decoder's samples to packets of 20 ms at 48,000 Hz, beginning at ``at``."""

    def __init__(self, first: av.AudioFrame, channels: int, at: int) -> None:
        self.form = _form(first)
        self.at = at
        self._graph = av.filter.Graph()
        self._graph.threads = 1
        base = fractions.Fraction(1, first.sample_rate)
        nodes = [
            self._graph.add_abuffer(
                sample_rate=first.sample_rate, format=first.format, layout=first.layout, time_base=base
            ),
            self._graph.add("aresample", str(OPUS_HZ)),
            self._graph.add("aformat", f"sample_fmts=s16:sample_rates={OPUS_HZ}:channel_layouts={_LAYOUTS[channels]}"),
            self._graph.add("asetnsamples", f"n={PACKET_SAMPLES}:p=0"),
            self._graph.add("abuffersink"),
        ]
        self._graph.link_nodes(*nodes).configure()
        self._base = base
        self._pushed = 0

    def frames(self, decoded: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """Whole packets' worth."""
        decoded.time_base, decoded.pts = self._base, self._pushed
        self._pushed += decoded.samples
        self._graph.push(decoded)
        while True:
            try:
                made = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            assert isinstance(made, av.AudioFrame), "a graph of sound gives sound"
            yield made


class Transcoding:
    """One camera's."""

    def __init__(self, opening: Opening) -> None:
        self._rate_hz, self._channels = opening.rate_hz, opening.channels
        self._decoder = av.AudioCodecContext.create("aac", "r")
        self._decoder.extradata = opening.config
        self._decoder.thread_count = 1
        self._encoder = av.AudioCodecContext.create("libopus", "w")
        self._encoder.sample_rate = OPUS_HZ
        self._encoder.layout = _LAYOUTS[opening.channels]
        self._encoder.format = "s16"
        self._encoder.bit_rate = _BITS_PER_S[opening.channels]
        self._encoder.options = dict(_OPUS_OPTIONS)
        self._encoder.open()
        self._bridge: _Bridge | None = None
        self._end: int | None = None
        """Where the next frame begins if none is missing."""

    def warm_up(self) -> None:
        """Have everything loaded that is loaded when first used: later no file can be opened."""
        silence = av.AudioFrame("fltp", _LAYOUTS[self._channels], PACKET_SAMPLES)
        silence.sample_rate = OPUS_HZ
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        for made in _Bridge(silence, self._channels, 0).frames(silence):
            self._encoded(made)
        self._decoder.open()

    def run(self, run: AudioRun) -> Reply:
        """The packets that are whole by this run."""
        packets, faults, start = list[SoundPacket](), 0, run.start
        for octets, duration in run.frames:
            if start != self._end:
                self._decoder.flush_buffers()
                self._bridge = None
            self._end = start + duration
            try:
                packets += self._frame(octets, start, duration)
            except (av.FFmpegError, ValueError, MemoryError):
                faults += 1
                self._end = None
            start += duration
        return Reply(tuple(packets), faults)

    def _frame(self, octets: bytes, start: int, duration: int) -> list[SoundPacket]:
        """Raises FFmpegError and ValueError: no such sound, or not as long as was said."""
        if not octets:  # FFmpeg would take it for the end
            raise ValueError("no frame")
        decoded = self._decoder.decode(av.Packet(octets))
        if len(decoded) != 1 or decoded[0].samples * self._rate_hz != duration * decoded[0].sample_rate:
            raise ValueError("another length than was announced")
        frame, packets = decoded[0], list[SoundPacket]()
        if frame.layout.nb_channels > _CHANNELS_COUNT_MAX:
            raise ValueError("more channels than are sent on")
        if self._bridge is None or self._bridge.form != _form(frame):
            self._bridge = _Bridge(frame, self._channels, start * OPUS_HZ // self._rate_hz)
        for made in self._bridge.frames(frame):
            at, self._bridge.at = self._bridge.at - _LOOKAHEAD_SAMPLES, self._bridge.at + PACKET_SAMPLES
            packets += (SoundPacket(at, PACKET_SAMPLES, payload) for payload in self._encoded(made) if at >= 0)
        return packets

    def _encoded(self, made: av.AudioFrame) -> list[bytes]:
        made.pts = None
        return [bytes(packet) for packet in self._encoder.encode(made)]


def _form(frame: av.AudioFrame) -> tuple[int, str, str]:
    return frame.sample_rate, frame.layout.name, frame.format.name


def read_record(requests: BinaryIO) -> bytes | None:
    """The next one without its length. None: there is none, or none that is as long as it may be."""
    head = requests.read(LENGTH.size)
    length = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else 0
    record = requests.read(length) if 0 < length <= RECORD_BYTES_MAX else b""
    return record if record and len(record) == length else None


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Until ``requests`` ends, or holds what is no record."""
    opened = read_record(requests)
    opening = read_opening(opened) if opened is not None else None
    if opening is None:
        return
    try:
        transcoding = Transcoding(opening)
        transcoding.warm_up()
    except (av.FFmpegError, ValueError):
        replies.write(encode_reply(Reply((), 1)))
        return
    limit()
    replies.write(encode_reply(Reply((), 0)))
    replies.flush()
    while (record := read_record(requests)) is not None and (run := read_run(record)) is not None:
        limit_time()
        replies.write(encode_reply(transcoding.run(run)))
        replies.flush()


def limit() -> None:
    """From now on no file and no socket is opened, no file grows, no core is dumped; memory is bounded."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS_COUNT, _DESCRIPTORS_COUNT))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))


def limit_time() -> None:
    """A run that takes longer ends the process (SIGXCPU), whoever else watches it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + _CPU_S_MAX
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


if __name__ == "__main__":
    av.logging.set_level(av.logging.PANIC)
    serve(sys.stdin.buffer, sys.stdout.buffer)
