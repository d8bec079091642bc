"""WHEP by a token: a client without cookies watches by one grant, as may pages elsewhere, and nobody learns more."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from curtilage.consent.grant import Grant
from curtilage.home.person import Person
from curtilage.home.session import Session
from curtilage.wire.identifier import HomeId
from tests.cameras.whep_side import OFFER, TRICKLE, made_parts
from tests.web.house import PASSWORD, Answer, Browser, House, ask, house
from tests.web.world import make_grant

pytestmark = pytest.mark.slow  # the first loads aiortc
PATH = "/api/v1/whep"
NEVER = "A" * 43
ELSEWHERE = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
PREFLIGHT = {
    **ELSEWHERE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}


@dataclass
class Rose:
    """Rose house: Ada may see the porch, and Bea the shed; and Bo's home beside it."""

    made: House
    home: HomeId
    ada: Session
    porch: Grant
    shed: Grant
    hall: Grant

    async def token(self, session: Session, grant: Grant) -> str:
        """Ask for an address."""
        given = await self.made.browser(session).ask("POST", PATH, {"grant": grant.handle})
        assert given.status == 201, given.body
        assert given.json()["path"] == f"{PATH}/{grant.handle}"
        return str(given.json()["token"])

    async def by(self, token: str, method: str, path: str, body: str = "", **headers: str) -> Answer:
        """A request of a page elsewhere, with the token and nothing else."""
        kinds = {"POST": "application/sdp", "PATCH": "application/trickle-ice-sdpfrag"}
        given = {"host": f"localhost:{self.made.parts.config.port}", **ELSEWHERE, "authorization": f"Bearer {token}"}
        given |= {"content-type": kinds[method]} if method in kinds else {}
        given |= {name.replace("_", "-"): text for name, text in headers.items()}
        return await ask(self.made.app.loopback, method, path, given, body.encode())


def in_rose_house(folder: Path, main: Any, **settings: float) -> None:
    async def body() -> None:
        async with house(folder, **settings) as made:
            home, _ = await made.home("Rose house", "Alma")
            other, _ = await made.home("Birch flat", "Bo")
            ada, session = await made.member(home, "Ada")
            bea, _ = await made.member(home, "Bea")
            cid, _ = await made.member(other, "Cid")
            seen = (("porch", home, ada), ("shed", home, bea), ("hall", other, cid))
            await main(Rose(made, home, session, *[await _grant(made, *one) for one in seen]))

    asyncio.run(body())


async def _grant(made: House, name: str, home: HomeId, person: Person) -> Grant:
    """Of a camera that has a picture."""
    camera = await made.camera(home, name)
    for part in made_parts(made.parts.clock.now()):
        made.parts.views._cameras[camera].sealers[0].part(part)
    return await make_grant(made, home, camera, person)


def test_a_client_with_a_token_watches_trickles_and_ends(tmp_path: Path) -> None:
    async def main(rose: Rose) -> None:
        token = await rose.token(rose.ada, rose.porch)
        made = await rose.by(token, "POST", f"{PATH}/{rose.porch.handle}", OFFER)
        assert made.status == 201, made.body
        location, etag = made.header("location") or "", made.header("etag") or ""
        assert rose.made.parts.views.count_of(rose.porch) == 1, "it counts as watching"
        assert (await rose.by(token, "PATCH", location, TRICKLE, if_match=etag)).status == 204
        assert (await rose.by(token, "GET", location)).status == 200
        assert (await rose.by(token, "DELETE", location)).status == 204
        assert (await rose.by(token, "DELETE", location)).status == 404
        assert rose.made.parts.views.count_of(rose.porch) == 0

    in_rose_house(tmp_path, main)


def test_the_token_is_its_holders_alone_and_is_kept_nowhere(tmp_path: Path) -> None:
    async def main(rose: Rose) -> None:
        token = await rose.token(rose.ada, rose.porch)
        found = rose.made.parts.whep_addresses.find(token)
        assert found is not None
        assert token not in repr(found) + repr(vars(rose.made.parts.whep_addresses))
        assert rose.porch.handle not in repr(found)

    in_rose_house(tmp_path, main)


def test_wrong_ended_and_unknown_tokens_are_one_answer(tmp_path: Path) -> None:
    async def main(rose: Rose) -> None:
        parts, path = rose.made.parts, f"{PATH}/{rose.porch.handle}"
        revoked = await make_grant(
            rose.made, rose.home, rose.porch.camera, parts.persons.of_account(rose.ada.account)[0]
        )
        ended = await rose.token(rose.ada, revoked)
        await parts.grants.revoke(rose.home, revoked.id, None)
        tokens = (NEVER, ended, rose.ada.token, rose.porch.handle, "x", "", "a b")
        answers = [
            await rose.by(token, "POST", f"{PATH}/{handle}", OFFER)
            for token in tokens
            for handle in (rose.porch.handle, rose.hall.handle, NEVER)
        ]
        answers += [await rose.by(token, "DELETE", f"{PATH}/views/{NEVER}") for token in tokens]
        assert answers[0].status == 401
        assert (answers[0].header("www-authenticate") or "").startswith("Bearer ")
        assert {answer.looks() for answer in answers} == {answers[0].looks()}
        assert (await rose.by(await rose.token(rose.ada, rose.porch), "POST", path, OFFER)).status == 201

    in_rose_house(tmp_path, main)


def test_a_token_opens_its_own_grant_and_its_own_views_alone(tmp_path: Path) -> None:
    async def main(rose: Rose) -> None:
        mine, second = await rose.token(rose.ada, rose.porch), await rose.token(rose.ada, rose.porch)
        never = await rose.by(mine, "POST", f"{PATH}/{NEVER}", OFFER)
        assert never.status == 404
        for handle in (rose.shed.handle, rose.hall.handle, "x"):
            assert (await rose.by(mine, "POST", f"{PATH}/{handle}", OFFER)).looks() == never.looks()
        browser = rose.made.browser(rose.ada)
        by_cookie = await replace(browser, body=OFFER.encode()).ask(
            "POST", f"{PATH}/{rose.porch.handle}", content_type="application/sdp"
        )
        theirs = (await rose.by(second, "POST", f"{PATH}/{rose.porch.handle}", OFFER)).header("location") or ""
        for location in (by_cookie.header("location") or "", theirs, f"{PATH}/views/{NEVER}"):
            for method in ("GET", "DELETE", "PATCH"):
                answer = await rose.by(mine, method, location, TRICKLE if method == "PATCH" else "", if_match="*")
                assert answer.looks() == never.looks(), (method, location)
        assert (await browser.ask("DELETE", theirs)).status == 404, "nor does a cookie end what a token opened"
        asking = f'{{"grant": "{rose.porch.handle}"}}'
        assert (await rose.by(mine, "POST", PATH, asking, content_type="application/json")).status == 404
        for path in ("/api/v1/homes", "/api/v1/hls", f"/api/v1/stills/{rose.porch.handle}"):
            assert (await rose.by(mine, "POST", path, asking, content_type="application/json")).status == 401

    in_rose_house(tmp_path, main)


def test_a_cookie_beside_a_token_counts_for_nothing(tmp_path: Path) -> None:
    async def main(rose: Rose) -> None:
        browser: Browser = rose.made.browser(rose.ada, OFFER.encode())
        path = f"{PATH}/{rose.porch.handle}"
        answer = await browser.ask("POST", path, content_type="application/sdp", authorization=f"Bearer {NEVER}")
        assert answer.status == 401
        given = await rose.token(rose.ada, rose.porch)
        twice = await browser.ask("GET", path, authorization="Basic YTpi")
        assert twice.status == 405, "another scheme is none of ours: the cookie counts"
        assert (
            await browser.ask("POST", path, content_type="application/sdp", authorization=f"bearer {given}")
        ).status == 201

    in_rose_house(tmp_path, main)


def test_a_token_and_its_view_end_with_the_grant_the_session_and_the_time(tmp_path: Path) -> None:
    async def main(rose: Rose) -> None:
        parts, path = rose.made.parts, f"{PATH}/{rose.porch.handle}"
        first = await rose.token(rose.ada, rose.porch)
        assert (await rose.by(first, "POST", path, OFFER)).status == 201
        await parts.sessions.end(rose.ada.token)
        async with asyncio.timeout(3):
            while parts.whep.count():  # noqa: ASYNC110 what is waited for tells nobody
                await asyncio.sleep(0.02)
        assert (await rose.by(first, "POST", path, OFFER)).status == 401
        again = await parts.accounts.sign_in("Ada", PASSWORD, "127.0.0.1")
        assert isinstance(again, Session)
        second = await rose.token(again, rose.porch)
        assert (await rose.by(second, "POST", path, OFFER)).status == 201
        await parts.grants.revoke(rose.home, rose.porch.id, None)
        assert parts.whep.count() == 0, "in the same call"
        assert (await rose.by(second, "POST", path, OFFER)).status == 401

    in_rose_house(tmp_path, main)


def test_tokens_are_bounded_and_given_for_ones_own_grant_alone(tmp_path: Path) -> None:
    async def main(rose: Rose) -> None:
        browser = rose.made.browser(rose.ada)
        never = await browser.ask("POST", PATH, {"grant": NEVER})
        assert never.status == 404
        for handle in (rose.shed.handle, rose.hall.handle, rose.porch.id, ""):
            assert (await browser.ask("POST", PATH, {"grant": handle})).looks() == never.looks()
        assert (await rose.made.operator().ask("POST", PATH, {"grant": rose.porch.handle})).status == 404
        tokens = [await rose.token(rose.ada, rose.porch) for _ in range(3)]
        path = f"{PATH}/{rose.porch.handle}"
        assert [(await rose.by(token, "OPTIONS", path)).status for token in tokens] == [401, 204, 204]

    in_rose_house(tmp_path, main, whep_addresses_per_grant_count_max=2)


def test_pages_elsewhere_are_let_in_by_a_token_and_never_by_a_cookie(tmp_path: Path) -> None:
    async def main(rose: Rose) -> None:
        host = {"host": f"localhost:{rose.made.parts.config.port}"}
        app = rose.made.app

        async def preflight(path: str, **more: str) -> Answer:
            return await ask(app.loopback, "OPTIONS", path, {**host, **PREFLIGHT, **more})

        first = await preflight(f"{PATH}/{rose.porch.handle}")
        assert (first.status, first.header("access-control-allow-origin")) == (204, "*")
        assert first.header("access-control-allow-headers") == "Authorization, Content-Type, If-Match"
        assert "PATCH" in (first.header("access-control-allow-methods") or "")
        cookie = f"curtilage_session={rose.ada.token}"
        for path in (f"{PATH}/{NEVER}", f"{PATH}/views/{NEVER}", f"{PATH}/{rose.hall.handle}"):
            assert (await preflight(path)).looks() == first.looks(), "the same whether or not it exists"
            assert (await preflight(path, cookie=cookie)).looks() == first.looks()
        others = [
            await preflight(f"{PATH}/{NEVER}", **{"access-control-request-headers": "content-type,x-csrf-token"}),
            await preflight("/api/v1/homes"),
            await preflight(PATH),
            await preflight(f"{PATH}/{NEVER}/"),
            await rose.made.browser(rose.ada, OFFER.encode()).ask(
                "POST", f"{PATH}/{rose.porch.handle}", content_type="application/sdp", **ELSEWHERE_KEYS
            ),
        ]
        assert [answer.status for answer in others] == [401, 401, 401, 401, 403]
        token = await rose.token(rose.ada, rose.porch)
        allowed = [
            await rose.by(token, "POST", f"{PATH}/{rose.porch.handle}", OFFER),
            await rose.by(NEVER, "POST", f"{PATH}/{NEVER}", OFFER),
        ]
        for answer in (*others, *allowed, first):
            assert answer.header("access-control-allow-credentials") is None
            assert (answer.header("access-control-allow-origin") == "*") is (answer not in others)
        assert "Location" in (allowed[0].header("access-control-expose-headers") or "")

    in_rose_house(tmp_path, main)


ELSEWHERE_KEYS = {"origin": "https://elsewhere.example", "sec_fetch_site": "cross-site"}


def test_without_https_to_other_machines_no_token_counts(tmp_path: Path) -> None:
    """Whoever reads along could take it."""

    async def main(rose: Rose) -> None:
        token = await rose.token(rose.ada, rose.porch)
        headers = {"host": "rose.home.arpa:8482", "authorization": f"Bearer {token}", "content-type": "application/sdp"}
        answer = await ask(rose.made.app.plain_lan, "POST", f"{PATH}/{rose.porch.handle}", headers, OFFER.encode())
        assert answer.status in (401, 421)
        assert answer.header("access-control-allow-origin") is None
        assert rose.made.parts.whep.count() == 0

    in_rose_house(tmp_path, main)
