"""A source whose pictures come from a process of its own: what it writes, and how it is started and ended.

The process gets one line on its standard input, so that no key or password stands in a command line or an environment,
and writes records to its standard output:

    kind       u8   RecordKind
    length     u32  of the payload
    timestamp  u64  in 1/90,000 s; 0 but for pictures
    payload    PARAMETERS: an SPS and its PPS; PARAMETERS_H265: a VPS, an SPS and its PPS; PICTURE, KEYFRAME: NAL units;
               each with its length u32 before it. PROBLEM: a SourceProblem's value, a line feed, details

It ends when its pipe closes, and is killed when the source is cancelled. What it writes is believed as little as what a
camera sends: lengths are bounded, and parameter sets are read again.
"""

import asyncio
import enum
import importlib.util
import os
import struct
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterable

from curtilage.cameras.input.source import Sink, SourceError, SourceProblem
from curtilage.cameras.media import h264, h265
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters

HEAD = struct.Struct(">BIQ")
_LENGTH = struct.Struct(">I")
_KEPT_ENVIRONMENT = ("PYTHONPATH", "LD_LIBRARY_PATH", "TZ")
"""What Python needs to find its modules, and the time of day; the server's settings are none of its business."""
_DETAIL_LENGTH_MAX = 200


class RecordKind(enum.IntEnum):
    """What a record holds."""

    PARAMETERS = 1
    PICTURE = 2
    KEYFRAME = 3
    PARAMETERS_H265 = 4
    PROBLEM = 5


def encode_record(kind: RecordKind, timestamp: int, nal_units: Iterable[bytes]) -> bytes:
    """What the process writes."""
    payload = b"".join(_LENGTH.pack(len(unit)) + unit for unit in nal_units)
    return HEAD.pack(kind, len(payload), timestamp) + payload


def encode_problem(problem: SourceProblem, detail: str) -> bytes:
    """Its last words."""
    payload = f"{problem.value}\n{detail[:_DETAIL_LENGTH_MAX]}".encode(errors="replace")
    return HEAD.pack(RecordKind.PROBLEM, len(payload), 0) + payload


def require(modules: tuple[str, ...], detail: str) -> None:
    """Raises SourceError(UNSUPPORTED, ``detail``) when one of them is not installed."""
    if any(importlib.util.find_spec(name) is None for name in modules):
        raise SourceError(SourceProblem.UNSUPPORTED, detail)


def command(module: str) -> tuple[str, ...]:
    """How the process is started; its line goes to its standard input."""
    return sys.executable, "-m", module


async def run_process(module: str, line: str, sink: Sink, length_max: int) -> None:
    """Start it and push its pictures until it ends. Raises SourceError."""
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *command(module), stdin=PIPE, stdout=PIPE, env=environment, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(f"{line}\n".encode())
        await push_records(process.stdout, sink, length_max)
    finally:
        if process.returncode is None:
            process.kill()
        await asyncio.shield(process.wait())


async def push_records(reader: asyncio.StreamReader, sink: Sink, length_max: int) -> None:
    """Push what the process writes, for ever. Raises SourceError when it ends or writes something else."""
    try:
        while True:
            kind, length, timestamp = HEAD.unpack(await reader.readexactly(HEAD.size))
            if length > length_max:
                raise SourceError(SourceProblem.GARBAGE, "a record longer than any picture")
            _hand_over(sink, RecordKind(kind), timestamp, await reader.readexactly(length))
    except asyncio.IncompleteReadError:
        raise SourceError(SourceProblem.ENDED, "its process ended") from None
    except (ValueError, struct.error):
        raise SourceError(SourceProblem.GARBAGE, "its process wrote no record") from None


def _hand_over(sink: Sink, kind: RecordKind, timestamp: int, payload: bytes) -> None:
    """Raises ValueError or struct.error when the payload is not what its kind says."""
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
