"""Two sessions of one account: signing out of one ends at once what is watched by it, and nothing of the other."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
import uvloop
from benchmarks.viewer import Reader, StillsViewer, Viewer, watch
from benchmarks.viewer import Session as Asking

from curtilage.consent.grant import Grant
from curtilage.home.session import Session
from curtilage.wire.sealed_part import Track
from tests.cameras.whep_side import OFFER, made_parts
from tests.origin.made_camera import Camera
from tests.web.house import PASSWORD, Browser, House, ask, in_house, served_house
from tests.web.pushed import Pushing
from tests.web.world import make_grant

pytestmark = pytest.mark.slow
WHEP = "/api/v1/whep"
ENDS_WITHIN_S = 0.2


async def signed_in_again(made: House, name: str) -> Session:
    session = await made.parts.accounts.sign_in(name, PASSWORD, "192.0.2.7")
    assert isinstance(session, Session)
    return session


async def by_the_page(browser: Browser) -> None:
    assert (await browser.ask("POST", "/sign-out", form="x=1")).status == 303


async def by_the_api(browser: Browser) -> None:
    assert (await browser.ask("DELETE", "/api/v1/sessions/current")).status == 204


async def everywhere(browser: Browser) -> None:
    assert (await browser.ask("DELETE", "/api/v1/sessions")).status == 204


async def closed(browser: Browser) -> None:
    assert (await browser.ask("DELETE", "/api/v1/account")).status == 204


WAYS: Mapping[str, tuple[Callable[[Browser], Awaitable[None]], bool]] = {
    "the page": (by_the_page, True),
    "the API": (by_the_api, True),
    "everywhere": (everywhere, False),
    "the account is closed": (closed, False),
}
"""How, and whether the other session goes on."""


class Watching:
    """All that one session opened through the API, by WebRTC and LL-HLS."""

    def __init__(self, made: House, session: Session, grant: Grant) -> None:
        self.made, self.session, self.grant = made, session, grant
        self.browser = made.browser(session)
        self.whep = self.by_token = self.token = ""
        self.players: list[str] = []

    async def begin(self) -> None:
        """WHEP by cookie and by token; LL-HLS for the browser and for a player."""
        offering = self.made.browser(self.session, OFFER.encode())
        offered = await offering.ask("POST", f"{WHEP}/{self.grant.handle}", content_type=_SDP)
        assert offered.status == 201, offered.body
        self.whep = offered.header("location") or ""
        given = await self.browser.ask("POST", WHEP, {"grant": self.grant.handle})
        self.token = given.json()["token"]
        self.by_token = await self._by_token()
        for player in ("browser", "other"):
            opened = await self.browser.ask("POST", "/api/v1/hls", {"grant": self.grant.handle, "player": player})
            self.players.append(opened.json()["path"].split("/")[2])

    async def _by_token(self) -> str:
        headers = {"host": f"localhost:{self.browser.port}", "authorization": f"Bearer {self.token}"}
        headers |= {"origin": "https://elsewhere.example", "content-type": _SDP}
        answer = await ask(self.made.app.loopback, "POST", f"{WHEP}/{self.grant.handle}", headers, OFFER.encode())
        assert answer.status == 201, answer.body
        return answer.header("location") or ""

    def standing(self) -> list[bool]:
        """Which of it still is there."""
        parts = self.made.parts
        views = [view.rpartition("/")[2] in parts.whep._open for view in (self.whep, self.by_token)]
        return [
            *views,
            parts.whep_addresses.find(self.token) is not None,
            *(parts.hls.address(handle) is not None for handle in self.players),
        ]


_SDP = "application/sdp"


@pytest.mark.parametrize("how", WAYS)
def test_webrtc_and_hls_end_with_their_own_session(tmp_path: Path, how: str) -> None:
    sign_out, others_go_on = WAYS[how]

    async def main(made: House) -> None:
        home, _ = await made.home("Rose house", "Alma")
        ada, first = await made.member(home, "Ada")
        second = await signed_in_again(made, "Ada")
        camera = await made.camera(home, "Porch")
        for part in made_parts(made.parts.clock.now()):
            made.parts.hls._taps[camera, Track.MAIN].part(part)
        grant = await make_grant(made, home, camera, ada)
        here, there = Watching(made, first, grant), Watching(made, second, grant)
        await here.begin()
        await there.begin()
        assert set(here.players).isdisjoint(there.players)
        assert here.standing() == there.standing() == [True] * 5
        await sign_out(here.browser)
        assert here.standing() == [False] * 5
        assert there.standing() == [others_go_on] * 5

    in_house(tmp_path, main)


@pytest.mark.parametrize("how", WAYS)
def test_streams_and_stills_end_with_their_own_session(tmp_path: Path, how: str) -> None:
    sign_out, others_go_on = WAYS[how]

    async def main() -> None:
        async with Camera() as camera, served_house(tmp_path) as made:
            home, _ = await made.home("Rose house", "Alma")
            ada, first = await made.member(home, "Ada")
            second = await signed_in_again(made, "Ada")
            grant = await make_grant(made, home, await made.camera(home, "Porch", camera.address), ada)

            def watching(session: Session) -> list[Reader]:
                asking = Asking(made.parts.config.port, session.token, session.csrf)
                page = Viewer(asking, slow=False)
                page.open_view(grant.handle)
                return [page, StillsViewer(asking, grant.handle, slow=False)]

            here, there = [await asyncio.to_thread(watching, session) for session in (first, second)]
            await asyncio.to_thread(watch, here + there, 1.5)
            assert [(one.received > 0, one.ended) for one in here + there] == [(True, False)] * 4
            of_sessions = Counter(stream.session for stream in made.parts.views._streams.values())
            assert of_sessions == {first.digest: 2, second.digest: 2}, "a look now and then would end them too, later"
            await sign_out(made.browser(first))
            signed_out_s = time.monotonic()
            await asyncio.to_thread(watch, here, 5.0)
            assert all((one.ended_s or 1e9) - signed_out_s < ENDS_WITHIN_S for one in here)
            await asyncio.to_thread(watch, there, 2.5)
            assert [one.ended for one in there] == [not others_go_on] * 2
            for one in here + there:
                one.socket.close()

    uvloop.run(main())


def test_neither_the_token_nor_its_digest_is_shown(tmp_path: Path) -> None:
    async def main(made: House) -> None:
        home, _ = await made.home("Rose house", "Alma")
        ada, session = await made.member(home, "Ada")
        camera = await made.camera(home, "Porch")
        Pushing(made, camera).push(60)
        grant = await make_grant(made, home, camera, ada)
        parts = made.parts
        stream = parts.views.open_stream(session.account, parts.grants, lambda: None, lambda: None, session.digest)
        address = parts.hls.open(grant, parts.grants, session.account, by_session=True, session=session.digest)
        given = parts.whep_addresses.open(grant, parts.grants, session.account, lambda: True, session.digest)
        shown = "".join(map(repr, (session, stream, address, given, given.address)))
        assert session.token not in shown
        assert repr(session.digest) not in shown
        assert session.digest.hex() not in shown

    in_house(tmp_path, main)
