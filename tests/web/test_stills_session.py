"""The wall behind the cut of Motion JPEG: whoever watches is asked about again before every picture."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvloop
from benchmarks.viewer import Session, StillsViewer, watch

from curtilage.clock import MS_PER_SECOND
from curtilage.consent.grant import Grant
from curtilage.home.session import Session as SignedIn
from tests.origin.made_camera import Camera
from tests.processes import children
from tests.web.house import House, served_house
from tests.web.world import make_grant

pytestmark = pytest.mark.slow
_REDRAW_S = 0.3
_GRANT_S = 5
_CHUNK_END_BYTES = 64
"""The end of a chunked body, and no picture."""


@contextlib.asynccontextmanager
async def watched(folder: Path, for_s: int | None = None) -> AsyncIterator[tuple[House, SignedIn, Grant, StillsViewer]]:
    """A served house, and Ada who has looked at moving stills of its porch for two seconds. ``for_s``: of her grant."""
    async with Camera() as camera, served_house(folder, mjpeg_redraw_s=_REDRAW_S) as built:
        home, _ = await built.home("Rose house", "Alma")
        ada, session = await built.member(home, "Ada")
        porch = await built.camera(home, "Porch", camera.address)
        until_ms = built.parts.clock.now() + for_s * MS_PER_SECOND if for_s is not None else None
        grant = await make_grant(built, home, porch, ada, until_ms)
        asking = Session(built.parts.config.port, session.token, session.csrf)
        viewer = await asyncio.to_thread(StillsViewer, asking, grant.handle, slow=False)
        await asyncio.to_thread(watch, [viewer], 2.0)
        try:
            yield built, session, grant, viewer
        finally:
            viewer.socket.close()


def test_moving_stills_end_with_the_session_even_if_nobody_cuts_them(tmp_path: Path) -> None:
    # The session is ended where sessions are kept, and not by the door that also closes its streams.
    async def main() -> None:
        async with watched(tmp_path) as (built, session, grant, viewer):
            before = (viewer.received > 0, viewer.ended, built.parts.views.count())
            await built.parts.sessions.end(session.token)
            await asyncio.to_thread(watch, [viewer], 5.0)
            after = (viewer.ended, built.parts.grants.still(grant), built.parts.views.count())
            assert before == (True, False, 1)
            assert after == (True, True, 0), "the grant lives: only the session is over"

    uvloop.run(main())


@pytest.mark.parametrize("ended", ["session", "grant"])
def test_a_picture_that_was_being_drawn_is_not_sent_once_its_viewer_may_not_look(tmp_path: Path, ended: str) -> None:
    # Nobody cuts here: sessions are ended where they are kept, and nothing looks at what expires beside requests.
    async def main() -> None:
        before = children()
        async with watched(tmp_path, _GRANT_S if ended == "grant" else None) as (built, session, grant, viewer):
            (decoder,) = children() - before
            os.kill(decoder, signal.SIGSTOP)
            await asyncio.to_thread(watch, [viewer], 3 * _REDRAW_S)
            before_end = (viewer.received > 0, viewer.ended)
            received = viewer.received
            if ended == "session":
                await built.parts.sessions.end(session.token)
            while ended == "grant" and built.parts.grants.still(grant):  # noqa: ASYNC110 nobody tells
                await asyncio.sleep(0.05)
            os.kill(decoder, signal.SIGCONT)
            await asyncio.to_thread(watch, [viewer], 1.0)
            views = built.parts.views.count()
            assert before_end == (True, False)
            assert viewer.received - received < _CHUNK_END_BYTES
            assert views == 0

    uvloop.run(main())
