"""A display's own side of the API: its code, its news, its end. Whatever it is not, it is told the same."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from curtilage.web.asked import DISPLAY_COOKIE
from tests.web.house import Answer, Browser, House, ask, in_house
from tests.web.world import make_grant

pytestmark = pytest.mark.slow

PAIRING = "/api/v1/display/pairing"
STATE = "/api/v1/display"


def secret_of(answer: Answer) -> str:
    """What the browser keeps."""
    cookie = answer.header("set-cookie") or ""
    assert cookie.startswith(f"{DISPLAY_COOKIE}_")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/;" in f"{cookie};"
    return cookie.partition("=")[2].partition(";")[0]


async def begin(browser: Browser) -> tuple[str, dict[str, str]]:
    """The code a new display shows, and the cookie it sends from now on."""
    answer = await browser.ask("POST", PAIRING)
    assert answer.status == 201, answer.body
    return answer.json()["code"], {"cookie": f"{DISPLAY_COOKIE}={secret_of(answer)}"}


async def until_told(house: House, browser: Browser, cookie: dict[str, str], version: str) -> "asyncio.Task[Answer]":
    """A request for news that waits."""
    asking = asyncio.create_task(waiting(house, browser, cookie, version))
    await asyncio.sleep(0.05)
    assert not asking.done()
    return asking


async def waiting(house: House, browser: Browser, cookie: dict[str, str], version: str) -> Answer:
    return await asyncio.wait_for(browser.ask("GET", f"{STATE}?after={version}", **cookie), 5)


def test_a_display_waits_is_let_in_hears_it_at_once_and_shows_what_was_granted(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        camera = await house.camera(home, "Porch")
        display, alma = StayingBrowser.of(house), house.browser(owner)
        code, cookie = await begin(display)
        state = (await display.ask("GET", STATE, **cookie)).json()
        assert (state["state"], state["cameras"]) == ("waiting", [])
        asking = await until_told(house, display, cookie, state["version"])
        given = {"code": code, "name": "Kitchen tablet", "cameras": [camera]}
        assert (await alma.ask("POST", f"/api/v1/homes/{home}/displays", given)).status == 201
        told = (await asking).json()
        assert told["state"] == "paired"
        (shown,) = told["cameras"]
        assert (shown["camera"], shown["name"], shown["until_ms"]) == (camera, "Porch", None)
        assert house.parts.grants.of_home(home)[-1].handle == shown["handle"]

    in_house(tmp_path, main)


class StayingBrowser(Browser):
    """Its page stays open while an answer is awaited (the plain one is gone once it has sent its body)."""

    @classmethod
    def of(cls, house: House) -> "StayingBrowser":
        """At the loopback door."""

        async def stay(scope: Any, receive: Any, send: Any) -> None:
            sent = False

            async def receive_once() -> Any:
                nonlocal sent
                if sent:
                    await asyncio.Event().wait()
                sent = True
                return {"type": "http.request", "body": b"", "more_body": False}

            await house.app.loopback(scope, receive_once, send)

        return cls(stay, house.parts.config.port)


def test_a_wait_ends_by_itself_and_for_a_page_that_is_gone(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        paired = await house.paired(home, "Kitchen tablet")
        cookie = {"cookie": f"{DISPLAY_COOKIE}={paired.token}"}
        loop, news = asyncio.get_running_loop(), house.parts.display_news
        version = (await house.browser().ask("GET", STATE, **cookie)).json()["version"]
        began = loop.time()
        assert (await StayingBrowser.of(house).ask("GET", f"{STATE}?after={version}", **cookie)).json()[
            "state"
        ] == "paired"
        assert 0.9 < loop.time() - began < 3
        assert news.here(paired.display.digest)
        began = loop.time()
        await house.browser().ask("GET", f"{STATE}?after={version}", **cookie)
        assert loop.time() - began < 0.5, "the page is gone"
        assert not news.here(paired.display.digest)

    in_house(tmp_path, main, display_wait_s=1)


def test_waits_of_one_display_are_bounded(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        display = StayingBrowser.of(house)
        _, cookie = await begin(display)
        version = (await display.ask("GET", STATE, **cookie)).json()["version"]
        waits = [await until_told(house, display, cookie, version) for _ in range(2)]
        assert (await display.ask("GET", f"{STATE}?after={version}", **cookie)).status == 429
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        again = await until_told(house, display, cookie, version)
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)

    in_house(tmp_path, main, display_waits_count_max=2)


def test_an_unknown_an_unpaired_and_a_garbled_cookie_are_told_the_same_and_at_once(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        gone = await house.paired(home, "Old tablet")
        assert await house.parts.displays.unpair(home, gone.display.id, house.by_operator(home))
        display = StayingBrowser.of(house)
        states = []
        for cookie in (gone.token, "A" * 43, "x", "", owner.token, f"{gone.token}; {DISPLAY_COOKIE}=A"):
            for query in ("", "?after=", "?after=7"):
                sent = {"cookie": f"{DISPLAY_COOKIE}={cookie}"}
                said = (await asyncio.wait_for(display.ask("GET", STATE + query, **sent), 1)).json()
                del said["now"]
                states.append(said)
        assert all(said == states[0] for said in states)
        assert states[0] == {"state": "unpaired", "version": "", "woken_ms": 0, "cameras": []}

    in_house(tmp_path, main)


def test_a_flood_of_pairing_requests_is_bounded_and_writes_nothing(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        before = await house.parts.ledger.entries(home, None, 1)
        answers = [await house.browser().ask("POST", PAIRING) for _ in range(60)]
        assert [answer.status for answer in answers] == [201] * 20 + [429] * 40
        assert len({answer.looks() for answer in answers[20:]}) == 1
        assert all(answer.header("set-cookie") is None for answer in answers[20:])
        assert await house.parts.ledger.entries(home, None, 1) == before

    in_house(tmp_path, main)


def test_a_display_keeps_its_code_while_it_is_good(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        display = house.browser()
        code, cookie = await begin(display)
        for _ in range(30):
            assert (await display.ask("POST", PAIRING, **cookie)).json()["code"] == code

    in_house(tmp_path, main)


def test_other_sites_start_no_pairing_and_read_no_state(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        for headers in (
            {"sec_fetch_site": "cross-site"},
            {"origin": "http://evil.example", "sec_fetch_site": "same-site"},
        ):
            assert (await house.browser().ask("POST", PAIRING, **headers)).status == 403
            assert (await house.browser().ask("GET", STATE, sec_fetch_site="cross-site")).status == 403

    in_house(tmp_path, main)


def test_at_the_display_it_is_unpaired_with_its_own_token_alone(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        camera = await house.camera(home, "Porch")
        paired = await house.paired(home, "Kitchen tablet")
        grant = await make_grant(house, home, camera, paired.display)
        display = house.display(paired)
        stream = house.parts.views.open_stream(paired.account, house.parts.grants, lambda: None, lambda: None)
        for token in ("", "A" * 43, owner.csrf):
            assert (await display.ask("DELETE", STATE, x_csrf_token=token)).status == 403
        assert (await house.browser(owner).ask("DELETE", STATE)).status == 401
        assert house.parts.grants.still(grant)
        answer = await display.ask("DELETE", STATE)
        assert answer.status == 204
        assert "Max-Age=0" in (answer.header("set-cookie") or "")
        assert not house.parts.grants.still(grant)
        assert stream.cut  # type: ignore[union-attr] # not refused
        assert (await display.ask("DELETE", STATE)).status == 401
        sentences = [
            house.parts.activity.words(home, entry) for entry in await house.parts.ledger.entries(home, None, 2)
        ]
        assert sentences[0] == "Somebody at the display Kitchen tablet unpaired it."

    in_house(tmp_path, main)


def test_one_device_with_many_ipv6_addresses_is_one_device(tmp_path: Path) -> None:
    """As one did that took all places from a network of its own (25 addresses, 20 codes each)."""

    async def main(house: House) -> None:
        port = house.parts.config.port
        headers = {"host": f"localhost:{port}", "origin": f"http://localhost:{port}", "sec-fetch-site": "same-origin"}

        async def begins(host: str) -> int:
            async def from_there(scope: Scope, receive: Receive, send: Send) -> None:
                await house.app.loopback({**scope, "client": (host, 50_000)}, receive, send)

            return (await ask(from_there, "POST", PAIRING, headers)).status

        statuses = [await begins(f"2001:db8:0:1:{number:x}::{number % 7:x}") for number in range(100)]
        assert statuses == [201] * 20 + [429] * 80
        assert await begins("2001:db8:0:2::1") == 201
        assert await begins("192.0.2.7") == 201

    in_house(tmp_path, main)
