"""All pages at once: what stands on each of them, and that names people chose stay names."""

import gzip
from pathlib import Path

import pytest

from curtilage.consent.event import Event, EventKind
from tests.web.house import House, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}"
_HTML_BYTES_MAX = 14 * 1024


async def _pages(house: House, name: str) -> dict[str, bytes]:
    """Every page of a home whose names are all ``name``."""
    home, owner = await house.home(name, name)
    person, _ = await house.member(home, f"{name} two")
    camera = await house.camera(home, name)
    browser = house.browser(owner)
    value = {"camera": camera, "person": person.id, "until_ms": house.parts.clock.now() + 3_600_000}
    assert (await browser.ask("POST", f"/api/v1/homes/{home}/grants", value)).status == 201
    ways = ("cameras", "cameras/add", "grants", "activity", "first-camera")
    addresses = [*(f"/homes/{home}/{way}" for way in ways), "/api/docs", "/homes/none/cameras"]
    found = {address: (await browser.ask("GET", address)).body for address in addresses}
    for address in ("/sign-in", "/set-up"):
        found[address] = (await house.browser().ask("GET", address)).body
    return found


def test_a_name_stays_a_name_on_every_page(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        shown = 0
        for address, body in (await _pages(house, HOSTILE)).items():
            read = PageReader.of(body)
            assert b"onerror=alert(1)>" not in body, address
            assert not any("onerror" in given for _, given in read.tags), address
            assert b"49" not in body.replace(b"1949", b"") or "{{7*7}}" in read.words, address
            shown += HOSTILE.split(maxsplit=1)[0] in read.words
        assert shown >= 5

    in_house(tmp_path, main)


def test_every_page_is_whole_and_asks_nobody_else(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        for address, body in (await _pages(house, "Rose")).items():
            read = PageReader.of(body)
            kinds = [tag for tag, _ in read.tags]
            assert kinds.count("h1") == 1, address
            assert kinds.count("main") == 1, address
            assert read.attributes("html", "lang") == ["en"], address
            assert not [source for source in read.sources if not source.startswith("/static/")], address
            assert "style" not in kinds, address
            assert not any("style" in given for _, given in read.tags), address
            identifiers = [given["id"] for _, given in read.tags if "id" in given]
            assert len(identifiers) == len(set(identifiers)), address
            assert len(gzip.compress(body)) <= _HTML_BYTES_MAX, address

    in_house(tmp_path, main)


def test_every_form_of_a_session_carries_its_token(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        for address, body in (await _pages(house, "Rose")).items():
            for form in PageReader.of(body).forms:
                assert form.method == "post", address
                entry = address in ("/sign-in", "/set-up")
                assert ("csrf_token" in form.fields) is not entry, (address, form.action)
                assert form.action.startswith("/"), address

    in_house(tmp_path, main)


def test_short_addresses_lead_to_the_first_home(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        for short, page in (
            ("/", "cameras"),
            ("/cameras", "cameras"),
            ("/grants", "grants"),
            ("/activity", "activity"),
        ):
            answer = await house.browser(owner).ask("GET", short)
            assert (answer.status, answer.header("location")) == (303, f"/homes/{home}/{page}")

    in_house(tmp_path, main)


def test_who_left_every_home_is_told_so(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose", "Alma")
        person, session = await house.member(home, "Ada")
        await house.parts.persons.remove(home, person.id, house.by_operator(home))
        assert (await house.browser(session).ask("GET", "/")).header("location") == "/sign-in"
        # An account that an earlier version kept without a home.
        event = Event(EventKind.SIGNED_OUT, None, (("account", session.account),))
        await house.parts.ledger.record(None, event, house.parts.accounts._making(session.account, "Ada", "x"))
        left = await house.parts.sessions.start(session.account, "password")
        answer = await house.browser(left).ask("GET", "/")
        assert "You belong to no home here." in PageReader.of(answer.body).words
        closed = await house.browser(left).ask("POST", "/account/close", form="sure=yes")
        assert closed.header("location") == "/sign-in"
        assert await house.parts.accounts.name_of(session.account) is None

    in_house(tmp_path, main)
