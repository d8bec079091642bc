"""The streaming connection on real sockets: starts at once, waits for slow readers, is reset when a grant ends."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop
from benchmarks.viewer import Session, Viewer, watch
from hypothesis import given
from hypothesis import strategies as st

from curtilage.web.sealed_stream import _PIECE_BYTES_MAX, pieces
from curtilage.wire.identifier import GrantId, HomeId
from tests.origin.made_camera import Camera
from tests.web.house import House, served_house
from tests.web.world import make_grant

pytestmark = pytest.mark.slow


@given(st.lists(st.binary(max_size=40_000), max_size=8))
def test_pieces_carry_every_byte_in_order_and_none_is_long(records: list[bytes]) -> None:
    cut = list(pieces(iter(records)))
    assert b"".join(cut) == b"".join(records)
    assert all(0 < len(piece) <= _PIECE_BYTES_MAX for piece in cut)


def test_pieces_are_made_lazily_so_that_a_cut_stops_the_burst() -> None:
    asked = []

    def burst() -> Iterator[bytes]:
        for number in range(10):
            asked.append(number)
            yield bytes(_PIECE_BYTES_MAX)

    next(pieces(burst()))
    assert asked == [0]


async def watching(built: House, camera: Camera, *, slow: bool) -> tuple[Viewer, HomeId, GrantId]:
    """A viewer with a view of a live camera; the home and the grant."""
    home, _ = await built.home("Rose house", "Alma")
    ada, session = await built.member(home, "Ada")
    porch = await built.camera(home, "Porch", camera.address)
    grant = await make_grant(built, home, porch, ada)
    viewer = await asyncio.to_thread(Viewer, Session(built.parts.config.port, session.token, session.csrf), slow=slow)
    await asyncio.to_thread(viewer.open_view, grant.handle)
    return viewer, home, grant.id


@pytest.mark.parametrize("slow", [False, True], ids=["fast", "slow"])
def test_a_revoked_grant_resets_the_connection_of_fast_and_slow_viewers(tmp_path: Path, slow: bool) -> None:
    async def main() -> None:
        async with Camera() as camera, served_house(tmp_path) as built:
            viewer, home, grant = await watching(built, camera, slow=slow)
            await asyncio.to_thread(watch, [viewer], 1.0)
            before = (viewer.received > 0, viewer.ended)
            begun = time.monotonic()
            await built.parts.grants.revoke(home, grant, None)
            await asyncio.to_thread(watch, [viewer], 3.0)
            after = (viewer.ended, viewer.last_s - begun < 1, built.parts.views.count())
            viewer.socket.close()
            assert before == (True, False)
            assert after == (True, True, 0)

    uvloop.run(main())


def test_a_page_that_goes_leaves_no_view_behind(tmp_path: Path) -> None:
    async def main() -> None:
        async with Camera() as camera, served_house(tmp_path) as built:
            viewer, _, _ = await watching(built, camera, slow=False)
            assert built.parts.views.count() == 1
            viewer.socket.close()
            async with asyncio.timeout(5):
                while built.parts.views.count():  # noqa: ASYNC110 -- the server raises no event for a test
                    await asyncio.sleep(0.02)

    uvloop.run(main())


def test_signing_out_ends_the_stream_within_a_heartbeat(tmp_path: Path) -> None:
    async def main() -> None:
        async with Camera() as camera, served_house(tmp_path) as built:
            viewer, _, _ = await watching(built, camera, slow=False)
            (token,) = [viewer.session.cookie]
            await built.parts.sessions.end(token)
            await asyncio.to_thread(watch, [viewer], 3.0)
            viewer.socket.close()
            assert viewer.ended

    uvloop.run(main())
