"""The simulated camera: its address, and its process, really run."""

import asyncio
import contextlib
import os
import secrets
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.input.running_process import command
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters
from curtilage.cameras.media.part import Muxer
from curtilage.cameras.simulated import simulated
from curtilage.cameras.simulated.simulated import SimulatedAddress, SimulatedSource
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.errors import PersonError
from curtilage.wire.mark import Mark, encode_mark
from tests.cameras.pictures import play

pytestmark = pytest.mark.slow

KEY = bytes(range(32))
ADDRESSES = st.builds(
    SimulatedAddress,
    st.text(min_size=1, max_size=64).map(str.strip).filter(lambda text: text != "" and text.isprintable()),
    st.sampled_from(simulated.SCENES),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.none() | st.binary(min_size=32, max_size=32),
)


@dataclass
class Pushed:
    """What a source pushed, until enough came."""

    enough: int
    parameters: list[CodecParameters] = field(default_factory=list)
    units: list[AccessUnit] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def codec_changed(self, parameters: CodecParameters) -> None:
        self.parameters.append(parameters)

    def access_unit(self, unit: AccessUnit) -> None:
        self.units.append(unit)
        if len(self.units) == self.enough:
            self.done.set()


async def pushed(address: SimulatedAddress, enough: int, config: Config | None = None) -> Pushed:
    """Run the source until ``enough`` pictures came, then cancel it. Raises what the source raises."""
    sink = Pushed(enough)
    source = asyncio.create_task(
        SimulatedSource(address, config or Config(), SystemClock(), secrets.token_bytes).run(sink)
    )
    done = asyncio.create_task(sink.done.wait())
    async with asyncio.timeout(20):
        await asyncio.wait((source, done), return_when=asyncio.FIRST_COMPLETED)
    done.cancel()
    if source.done():
        source.result()
    source.cancel()
    with pytest.raises(asyncio.CancelledError):
        await source
    return sink


@given(ADDRESSES)
def test_an_address_reads_back(address: SimulatedAddress) -> None:
    if len(address.encode()) > 1024:
        with pytest.raises(PersonError):
            SimulatedAddress.parse(address.encode(), 64)
        return
    assert SimulatedAddress.parse(address.encode(), 64) == address
    assert SimulatedAddress.parse(address.redacted(), 64).mark_key is None


@given(st.text())
def test_any_text_is_an_address_or_a_person_error(text: str) -> None:
    with contextlib.suppress(PersonError):
        SimulatedAddress.parse(f"sim:{text}", 64).encode()


def test_neighbouring_seeds_look_at_different_places() -> None:
    assert [SimulatedAddress.parse(f"sim:A?seed={seed}", 64).scene for seed in (1, 2, 3, 4)] == [
        "porch", "garden", "hall", "porch",
    ]  # fmt: skip


def test_repr_shows_neither_name_nor_key() -> None:
    assert (
        repr(SimulatedAddress("Rose house", mark_key=KEY))
        == "SimulatedAddress(scene='porch', seed=1, home=0, camera=0)"
    )


def test_its_pictures_carry_the_mark_of_its_address() -> None:
    sink = asyncio.run(pushed(SimulatedAddress("Rose house", home=3, camera=4, mark_key=KEY), 12))
    assert (sink.parameters[0].width, sink.parameters[0].height, sink.parameters[0].reorder) == (1280, 720, False)
    assert [unit.keyframe for unit in sink.units[:12]] == [True, *[False] * 11]
    muxer = Muxer()
    parts = [muxer.init(sink.parameters[0], 0), *(muxer.media(unit, 0) for unit in sink.units[:12])]
    frames = [unit.timestamp // 3600 for unit in sink.units[:12]]
    assert [shown.mark for shown in play(parts)] == [encode_mark(Mark(3, 4, frame), KEY) for frame in frames]


@pytest.mark.slow
def test_pictures_come_at_25_a_second_in_closed_groups_of_two_seconds() -> None:
    async def main() -> tuple[Pushed, float]:
        start = asyncio.get_running_loop().time()
        return await pushed(SimulatedAddress("Rose house"), 104), asyncio.get_running_loop().time() - start

    sink, took_s = asyncio.run(main())
    assert [unit.timestamp // 3600 for unit in sink.units if unit.keyframe][:1] == [0]
    places = [place for place, unit in enumerate(sink.units) if unit.keyframe]
    assert places == [0, 50, 100]
    assert 4.0 < took_s < 8.0


def test_cancelling_ends_its_process_at_once() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        await pushed(SimulatedAddress("Rose house"), 1)
        sink, start = Pushed(1), 0.0
        source = asyncio.create_task(
            SimulatedSource(SimulatedAddress("A"), Config(), SystemClock(), secrets.token_bytes).run(sink)
        )
        await sink.done.wait()
        start = loop.time()
        source.cancel()
        await asyncio.wait((source,))
        return loop.time() - start

    assert asyncio.run(main()) < 0.5
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_its_process_ends_when_its_pipe_closes() -> None:
    async def main() -> int | None:
        process = await asyncio.create_subprocess_exec(
            *command(simulated.ENCODER_MODULE), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{SimulatedAddress('Rose house').encode()}\n".encode())
        await process.stdout.readexactly(1000)
        process.stdout._transport.close()  # type: ignore[attr-defined]  # asyncio has no public way to hang up on a child
        async with asyncio.timeout(5):
            return await process.wait()

    assert asyncio.run(main()) == 0


def test_a_picture_over_the_limit_is_garbage() -> None:
    with pytest.raises(SourceError) as ended:
        asyncio.run(pushed(SimulatedAddress("Rose house"), 5, Config(access_unit_bytes_max=1024)))
    assert ended.value.problem is SourceProblem.GARBAGE
