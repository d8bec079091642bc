"""Grants as sentences: made, shown, revoked; persons invited."""

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.web.house import House, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow


async def _home(house: House) -> tuple[str, str, str, object]:
    home, owner = await house.home("Rose", "Alma")
    person, _ = await house.member(home, "Ada")
    return home, person.id, await house.camera(home, "Porch"), owner


def test_a_grant_is_a_sentence_with_its_exact_end(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, person, camera, owner = await _home(house)
        browser, page = house.browser(owner), f"/homes/{home}/grants"  # type: ignore[arg-type] # a session
        ends = datetime.now().astimezone() + timedelta(days=2, hours=2)
        for end in ({"until": "date", "at": f"{ends:%Y-%m-%dT%H:%M}"}, {"until": "tonight"}, {"until": "revoked"}):
            form = urlencode({"person": person, "camera": camera, **end})
            answer = await browser.ask("POST", page, form=form)
            assert (answer.status, answer.header("location")) == (303, page)
        read = PageReader.of((await browser.ask("GET", page)).body)
        assert f"Ada may see Porch , until {ends:%a} {ends.day} {ends:%b}" in read.words
        assert "(in 2 days)" in read.words
        assert "until you revoke it" in read.words
        assert [given for given in read.attributes("li", "class") if given == "row soon"] == ["row soon"]

    in_house(tmp_path, main)


NOT_WHOLE: tuple[dict[str, str], ...] = (
    {"person": ""},
    {"camera": ""},
    {"until": ""},
    {"until": "for ever"},
    {"until": "date", "at": "2020-01-01T00:00"},
    {"until": "date", "at": "tomorrow"},
    {"until": "date", "at": ""},
)


def test_a_sentence_that_is_not_whole_makes_no_grant(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, person, camera, owner = await _home(house)
        for changed in NOT_WHOLE:
            form = {"person": person, "camera": camera, "until": "revoked"} | changed
            sent = urlencode({name: value for name, value in form.items() if value})
            answer = await house.browser(owner).ask("POST", f"/homes/{home}/grants", form=sent)  # type: ignore[arg-type] # a session
            assert answer.status == 400, changed
            assert house.parts.grants.of_home(home) == [], changed  # type: ignore[arg-type] # the house's types

    in_house(tmp_path, main)


def test_strangers_and_their_cameras_are_not_there(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, person, camera, owner = await _home(house)
        other, _ = await house.home("Birch", "Bo")
        theirs = await house.camera(other, "Hall")
        stranger, _ = await house.member(other, "Cy")
        browser = house.browser(owner)  # type: ignore[arg-type] # a session
        looks = set()
        for who, what in ((stranger.id, camera), ("a" * 26, camera), (person, theirs), (person, "b" * 26)):
            form = urlencode({"person": who, "camera": what, "until": "revoked"})
            answer = await browser.ask("POST", f"/homes/{home}/grants", form=form)
            looks.add(answer.status)
        assert looks == {404}
        assert house.parts.grants.of_home(home) == []  # type: ignore[arg-type] # the house's types

    in_house(tmp_path, main)


def test_revoking_says_how_fast_it_stopped(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, person, camera, owner = await _home(house)
        browser, page = house.browser(owner), f"/homes/{home}/grants"  # type: ignore[arg-type] # a session
        await browser.ask("POST", page, form=urlencode({"person": person, "camera": camera, "until": "revoked"}))
        grant = house.parts.grants.of_home(home)[0]  # type: ignore[arg-type] # the house's types
        answer = await browser.ask("POST", f"{page}/{grant.id}/revoke", form="")
        assert (answer.header("location") or "").startswith(f"{page}?stopped_ms=")
        assert (await browser.ask("POST", f"{page}/{grant.id}/revoke", form="")).status == 404
        read = PageReader.of((await browser.ask("GET", f"{page}?stopped_ms=212")).body)
        assert "Revoked. The picture stopped after 0.21 s." in read.words
        assert (await browser.ask("GET", f"{page}?stopped_ms=-5")).status == 422

    in_house(tmp_path, main)


def test_a_member_sees_her_own_grants_and_no_form(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        person, member = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        for who in (person.id, house.parts.persons.of_account(owner.account)[0].id):
            value = {"camera": camera, "person": who}
            await house.browser(owner).ask("POST", f"/api/v1/homes/{home}/grants", value)
        read = PageReader.of((await house.browser(member).ask("GET", f"/homes/{home}/grants")).body)
        assert "You may see Porch" in read.words
        assert "until it is revoked" in read.words
        assert "Alma" not in read.words
        assert [form.action for form in read.forms] == ["/sign-out"]

    in_house(tmp_path, main)


def test_an_invited_persons_code_is_shown_once_and_can_be_made_anew(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        browser = house.browser(owner)
        answer = await browser.ask("POST", f"/homes/{home}/persons", form="name=Carla&role=member")
        assert "A code for Carla" in PageReader.of(answer.body).words
        page = PageReader.of((await browser.ask("GET", f"/homes/{home}/grants")).body)
        assert "has not joined yet" in page.words
        carla = next(person for person in house.parts.persons.of_home(home) if person.name == "Carla")
        again = await browser.ask("POST", f"/homes/{home}/persons/{carla.id}/code", form="")
        assert again.status == 200
        assert again.body != answer.body
        alma = house.parts.persons.of_account(owner.account)[0]
        assert (await browser.ask("POST", f"/homes/{home}/persons/{alma.id}/code", form="")).status == 404
        assert (await browser.ask("POST", f"/homes/{home}/persons", form="name=Cy&role=king")).status == 400

    in_house(tmp_path, main)
