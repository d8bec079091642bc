"""The wall behind the cut of Motion JPEG: whoever watches is asked about again before every picture."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
import uvloop
from benchmarks.viewer import Session, StillsViewer, watch

from curtilage.clock import MS_PER_SECOND
from curtilage.web.server import listen_loopback, serve
from tests.origin.made_camera import Camera
from tests.processes import children
from tests.web.house import house
from tests.web.world import make_grant

pytestmark = pytest.mark.slow
_REDRAW_S = 0.3
_GRANT_S = 5
_CHUNK_END_BYTES = 64
"""The end of a chunked body, and no picture."""


def test_moving_stills_end_with_the_session_even_if_nobody_cuts_them(tmp_path: Path) -> None:
    # The session is ended where sessions are kept, and not by the door that also closes its streams.
    async def main() -> None:
        loopback, stop = listen_loopback(0), asyncio.Event()
        async with Camera() as camera, house(tmp_path, port=loopback.port, mjpeg_redraw_s=_REDRAW_S) as built:
            serving = asyncio.create_task(
                serve(built.parts.config, loopback, built.app.loopback, built.app.control, stop)
            )
            home, _ = await built.home("Rose house", "Alma")
            ada, session = await built.member(home, "Ada")
            porch = await built.camera(home, "Porch", camera.address)
            grant = await make_grant(built, home, porch, ada)
            asking = Session(loopback.port, session.token, session.csrf)
            viewer = await asyncio.to_thread(StillsViewer, asking, grant.handle, slow=False)
            await asyncio.to_thread(watch, [viewer], 2.0)
            before = (viewer.received > 0, viewer.ended, built.parts.views.count())
            await built.parts.sessions.end(session.token)
            await asyncio.to_thread(watch, [viewer], 5.0)
            after = (viewer.ended, built.parts.grants.still(grant), built.parts.views.count())
            viewer.socket.close()
            stop.set()
            await serving
            assert before == (True, False, 1)
            assert after == (True, True, 0), "the grant lives: only the session is over"

    uvloop.run(main())


@pytest.mark.parametrize("ended", ["session", "grant"])
def test_a_picture_that_was_being_drawn_is_not_sent_once_its_viewer_may_not_look(tmp_path: Path, ended: str) -> None:
    # Nobody cuts here: sessions are ended where they are kept, and nothing looks at what expires beside requests.
    async def main() -> None:
        loopback, stop = listen_loopback(0), asyncio.Event()
        async with Camera() as camera, house(tmp_path, port=loopback.port, mjpeg_redraw_s=_REDRAW_S) as built:
            serving = asyncio.create_task(
                serve(built.parts.config, loopback, built.app.loopback, built.app.control, stop)
            )
            home, _ = await built.home("Rose house", "Alma")
            ada, session = await built.member(home, "Ada")
            porch = await built.camera(home, "Porch", camera.address)
            until_ms = built.parts.clock.now() + _GRANT_S * MS_PER_SECOND if ended == "grant" else None
            grant = await make_grant(built, home, porch, ada, until_ms)
            before = children()
            asking = Session(loopback.port, session.token, session.csrf)
            viewer = await asyncio.to_thread(StillsViewer, asking, grant.handle, slow=False)
            await asyncio.to_thread(watch, [viewer], 2.0)
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
            viewer.socket.close()
            stop.set()
            await serving
            assert before_end == (True, False)
            assert viewer.received - received < _CHUNK_END_BYTES
            assert views == 0

    uvloop.run(main())
