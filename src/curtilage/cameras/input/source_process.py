"""A source whose pictures, and sound, come from a process of its own: what it writes, and how it is run.

The process gets one line on its standard input, so that no key or password stands in a command line or an environment,
and writes records to its standard output:

    kind       u8   RecordKind
    length     u32  of the payload
    timestamp  u64  of pictures in 1/90,000 s, of sound in 1/rate_hz s; else 0
    payload    PARAMETERS: an SPS and its PPS; PARAMETERS_H265: a VPS, an SPS and its PPS; PICTURE, KEYFRAME: NAL units;
               each with its length u32 before it. PROBLEM: a SourceProblem's value, a line feed, details.
               SOUND_PARAMETERS, SOUND: see input/sound_record.py

It ends when its pipe closes, and is killed when the source is cancelled. What it writes is believed as little as what a
camera sends: lengths are bounded, and parameter sets are read again. Sound that nobody asked for is no record.
"""

import asyncio
import contextlib
import enum
import importlib.util
import struct
from collections.abc import Iterable

from curtilage.cameras.input.process_places import HomePlaces
from curtilage.cameras.input.running_process import MODULES_ENVIRONMENT, RunningProcess
from curtilage.cameras.input.sound_record import SoundRecords, encode_parameters
from curtilage.cameras.input.source import Sink, SourceError, SourceProblem
from curtilage.cameras.input.turn_budget import TurnBudget
from curtilage.cameras.media import h264, h265
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.audio_codec import AudioFrame, AudioParameters, SoundSink
from curtilage.clock import Clock
from curtilage.config import KIB, Config

HEAD = struct.Struct(">BIQ")
_LENGTH = struct.Struct(">I")
_KEPT_ENVIRONMENT = (*MODULES_ENVIRONMENT, "SSL_CERT_FILE", "TZ")
"""What Python needs to find its modules, who vouches for cameras, and the time of day; the server's settings are no
business of its own.
"""
_DETAIL_LENGTH_MAX = 200
_READ_BYTES = 64 * KIB
_TURN_S = 0.002
"""So long are records looked at before others have their turn: one picture takes 20 to 50 µs."""
_RATE_WINDOW_S = 1.0
_EXHAUSTED_COUNT_MAX = 5
"""Times a camera may use up its share of the server's time before it is left, as over RTSP."""


class RecordKind(enum.IntEnum):
    """What a record holds."""

    PARAMETERS = 1
    PICTURE = 2
    KEYFRAME = 3
    PARAMETERS_H265 = 4
    PROBLEM = 5
    SOUND_PARAMETERS = 6
    SOUND = 7


def encode_record(kind: RecordKind, timestamp: int, nal_units: Iterable[bytes]) -> bytes:
    """What the process writes."""
    payload = b"".join(_LENGTH.pack(len(unit)) + unit for unit in nal_units)
    return HEAD.pack(kind, len(payload), timestamp) + payload


def encode_sound(found: AudioParameters | AudioFrame | None) -> bytes:
    """What the process writes of sound; None: the camera sends none that we know."""
    if isinstance(found, AudioFrame):
        return HEAD.pack(RecordKind.SOUND, len(found.octets), found.timestamp) + found.octets
    payload = encode_parameters(found)
    return HEAD.pack(RecordKind.SOUND_PARAMETERS, len(payload), 0) + payload


def encode_problem(problem: SourceProblem, detail: str) -> bytes:
    """Its last words."""
    payload = f"{problem.value}\n{detail[:_DETAIL_LENGTH_MAX]}".encode(errors="replace")
    return HEAD.pack(RecordKind.PROBLEM, len(payload), 0) + payload


def require(modules: tuple[str, ...], detail: str) -> None:
    """Raises SourceError(UNSUPPORTED, ``detail``) when one of them is not installed."""
    if any(importlib.util.find_spec(name) is None for name in modules):
        raise SourceError(SourceProblem.UNSUPPORTED, detail)


class RecordMeter:
    """What one process may write: so many bytes a second, and within the camera's share of the server's time."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.length_max = config.access_unit_bytes_max
        self.budget = TurnBudget(config.camera_loop_share_max, clock)
        self._bytes_per_s_max = config.camera_bytes_per_s_max
        self._clock = clock
        self._begun_s = self._window_s = clock.monotonic()
        self._bytes = 0

    def begin(self, bytes_count: int) -> None:
        """So much came, and is looked at now. Raises SourceError: it is too much."""
        self._begun_s = self._clock.monotonic()
        self._bytes += bytes_count
        passed_s = self._begun_s - self._window_s
        if passed_s >= _RATE_WINDOW_S:
            if self._bytes > self._bytes_per_s_max * passed_s:
                raise SourceError(SourceProblem.GARBAGE, "it sends more than any camera should")
            self._bytes, self._window_s = 0, self._begun_s

    async def give_way(self, *, at_once: bool = False) -> None:
        """Let others have their turn, when this one took long, or ``at_once``; rest when the share is used up.

        Raises SourceError when that was too often.
        """
        now_s = self._clock.monotonic()
        if now_s - self._begun_s < _TURN_S and not at_once:
            return
        rest_s = self.budget.spend(self._begun_s, now_s)
        if self.budget.exhausted_count > _EXHAUSTED_COUNT_MAX:
            raise SourceError(SourceProblem.GARBAGE, "it takes more time to read than any camera should")
        await asyncio.sleep(rest_s)
        self._begun_s = self._clock.monotonic()


async def run_process(
    module: str,
    line: str,
    sink: Sink,
    meter: RecordMeter,
    places: HomePlaces | None = None,
    sound: SoundSink | None = None,
) -> None:
    """Start it and push its pictures until it ends. ``sound``: where its sound goes. Raises SourceError."""
    with places.taken() if places is not None else contextlib.nullcontext():
        process = await RunningProcess.start(module, _KEPT_ENVIRONMENT)
        try:
            process.writer.write(f"{line}\n".encode())
            await push_records(process.reader, sink, meter, sound)
        finally:
            await asyncio.shield(process.end())


async def push_records(
    reader: asyncio.StreamReader, sink: Sink, meter: RecordMeter, sound: SoundSink | None = None
) -> None:
    """Push what the process writes, for ever. Raises SourceError when it ends, writes something else or too much."""
    waiting, sounds = bytearray(), SoundRecords(sound) if sound is not None else None
    try:
        while octets := await reader.read(_READ_BYTES):
            waiting += octets
            meter.begin(len(octets))
            while (record := _next(waiting, meter.length_max)) is not None:
                _hand_over(sink, sounds, *record)
                await meter.give_way()
            await meter.give_way(at_once=True)
    except (ValueError, struct.error):
        raise SourceError(SourceProblem.GARBAGE, "its process wrote no record") from None
    except ConnectionError:  # it ended before it had read its line
        pass
    raise SourceError(SourceProblem.ENDED, "its process ended")


def _next(waiting: bytearray, length_max: int) -> tuple[RecordKind, int, bytes] | None:
    """Take the first record off; None: it is not whole. Raises SourceError and ValueError."""
    if len(waiting) < HEAD.size:
        return None
    kind, length, timestamp = HEAD.unpack_from(waiting)
    if length > length_max:
        raise SourceError(SourceProblem.GARBAGE, "a record longer than any picture")
    end = HEAD.size + length
    if len(waiting) < end:
        return None
    payload = bytes(waiting[HEAD.size : end])
    del waiting[:end]
    return RecordKind(kind), timestamp, payload


def _hand_over(sink: Sink, sounds: SoundRecords | None, kind: RecordKind, timestamp: int, payload: bytes) -> None:
    """Raises ValueError or struct.error when the payload is not what its kind says."""
    if kind in (RecordKind.SOUND_PARAMETERS, RecordKind.SOUND):
        if sounds is None:
            raise ValueError("sound that nobody asked for")
        if kind is RecordKind.SOUND:
            sounds.frame(payload, timestamp)
        else:
            sounds.parameters(payload)
        return
    if kind is RecordKind.PROBLEM:
        problem, _, detail = payload.decode(errors="replace").partition("\n")
        raise SourceError(SourceProblem(problem), detail[:_DETAIL_LENGTH_MAX])
    units = _nal_units(payload)
    if kind in (RecordKind.PICTURE, RecordKind.KEYFRAME):
        sink.access_unit(AccessUnit(units, timestamp, kind is RecordKind.KEYFRAME))
        return
    vps, (sps, *pps) = ((), units) if kind is RecordKind.PARAMETERS else (units[:1], units[1:])
    said = (h265 if vps else h264).read_sps(sps)
    if said is None:
        raise ValueError("no sequence parameter set")
    parameters = CodecParameters(sps, tuple(pps), said.width, said.height, said.codec, said.reorder, vps)
    sink.codec_changed(parameters)


def _nal_units(payload: bytes) -> tuple[bytes, ...]:
    """Raises struct.error when a length is cut off."""
    units, at = [], 0
    while at < len(payload):
        start = at + _LENGTH.size
        at = start + _LENGTH.unpack_from(payload, at)[0]
        units.append(payload[start:at])
    return tuple(units)
