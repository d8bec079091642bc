"""From a code to the first camera, step by step."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.web.house import PASSWORD, House, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow

CODE = "BCDF-GHJK-LMNP"


STEPS: tuple[tuple[dict[str, str], str], ...] = (
    ({"step": "code", "code": CODE, "for": "new"}, "What is your home called?"),
    ({"step": "code", "code": CODE, "for": "join"}, "Your account"),
    ({"step": "home", "code": CODE, "home": "Elm Street 4"}, "Your account"),
)


def test_each_step_leads_to_the_next_and_carries_what_was_typed(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        for sent, asked in STEPS:
            read = PageReader.of((await house.browser().ask("POST", "/set-up", form=urlencode(sent))).body)
            assert asked in read.words
            kept = read.form("/set-up").fields
            assert kept["code"] == [CODE]
            assert kept.get("home", [""])[0] == sent.get("home", "")

    in_house(tmp_path, main)


async def _set_up(house: House, code: str, **changed: str) -> tuple[int, str | None, PageReader]:
    form = {"step": "account", "code": code, "home": "Elm", "account": "Alma", "password": PASSWORD} | changed
    answer = await house.browser().ask("POST", "/set-up", form=urlencode(form))
    return answer.status, answer.header("location"), PageReader.of(answer.body)


def test_the_account_names_the_home_and_leads_to_the_first_camera(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        made = await house.parts.homes.create("Unnamed")
        home = made.home.id  # type: ignore[union-attr] # not refused
        status, to, _ = await _set_up(house, made.code)  # type: ignore[union-attr] # not refused
        assert (status, to) == (303, f"/homes/{home}/first-camera")
        named = house.parts.homes.get(home)
        assert named is not None
        assert named.name == "Elm"

    in_house(tmp_path, main)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"password": "short"}, "haracters"), ({"account": " "}, "name")],
    ids=["short password", "no name"],
)
def test_what_cannot_be_used_is_said_beside_the_form(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    async def main(house: House) -> None:
        made = await house.parts.homes.create("Unnamed")
        code = made.code  # type: ignore[union-attr] # not refused
        status, _, read = await _set_up(house, code, **changed)
        assert status == 400
        assert said in read.words
        assert read.form("/set-up").fields["code"] == [code]
        assert PASSWORD not in str(read.tags)

    in_house(tmp_path, main)


def test_a_wrong_code_leads_back_to_the_code(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        status, _, read = await _set_up(house, CODE)
        assert status == 403
        assert "Your code" in read.words

    in_house(tmp_path, main)


def test_who_is_signed_in_joins_one_more_home(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose", "Alma")
        _, neighbour = await house.home("Birch", "Bo")
        added = await house.parts.persons.add(
            home, "Bo", next(iter(type(house.by_operator(home).role))), house.by_operator(home)
        )
        form = urlencode({"step": "code", "code": getattr(added, "code", "")})
        answer = await house.browser(neighbour).ask("POST", "/set-up", form=form)
        assert (answer.status, answer.header("location")) == (303, f"/homes/{home}/cameras")
        again = await house.browser(neighbour).ask("POST", "/set-up", form=form)
        assert again.status == 403

    in_house(tmp_path, main)


def test_the_first_camera_is_added_looked_at_and_taken_back(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        browser, address = house.browser(owner), f"/homes/{home}/first-camera"
        assert "The camera itself gets the password." in PageReader.of((await browser.ask("GET", address)).body).words
        form = urlencode({"name": "Porch", "address": "rtsp://me:secret@127.0.0.1:9/live"})
        assert (await browser.ask("POST", address, form=form)).header("location") == address
        read = PageReader.of((await browser.ask("GET", address)).body)
        assert "Do you see it?" in read.words
        assert read.attributes("article", "data-grant")
        camera = read.form(f"{address}/again").fields["camera"][0]
        assert (await browser.ask("POST", f"{address}/again", form=f"camera={camera}")).header("location") == address
        assert (await browser.ask("POST", f"{address}/again", form=f"camera={camera}")).status == 404
        assert house.parts.cameras.of_home(home) == []

    in_house(tmp_path, main)
