"""Setting up, signing in and out."""

from pathlib import Path

import pytest

from curtilage.home.code import CodeKind
from curtilage.home.home import NewHome
from tests.web.house import PASSWORD, House, in_house
from tests.web.world import make_grant, open_view

pytestmark = pytest.mark.slow


def test_a_set_up_code_makes_an_owner_once(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        made = await house.parts.homes.create("Home")
        assert isinstance(made, NewHome)
        browser = house.browser()
        given = {"code": made.code.lower(), "account": "Alma", "password": PASSWORD, "home": "Rose house"}
        answer = await browser.ask("POST", "/api/v1/setup", given)
        assert answer.status == 201
        (home,) = answer.json()["homes"]
        assert (home["name"], home["role"]) == ("Rose house", "owner")
        cookie = answer.header("set-cookie") or ""
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert answer.json()["csrf"] not in cookie
        again = await browser.ask("POST", "/api/v1/setup", {**given, "account": "Eve"})
        assert again.status == 403
        assert again.json()["type"] == "/api/problems/sign-in-refused"

    in_house(tmp_path, main)


def test_the_cookie_signs_in(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        await house.home("Rose house", "Alma")
        given = {"account": "alma", "password": PASSWORD}
        answer = await house.browser().ask("POST", "/api/v1/sessions", given)
        cookie = (answer.header("set-cookie") or "").partition(";")[0]
        current = await house.browser().ask("GET", "/api/v1/sessions/current", cookie=cookie)
        assert current.json() == answer.json()

    in_house(tmp_path, main)


def test_a_code_signs_in(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        (person,) = house.parts.persons.of_account(session.account)
        code = await house.parts.codes.make(CodeKind.SIGN_IN, home, person.id, 1, 60)
        assert (await house.browser().ask("POST", "/api/v1/sessions", {"code": code})).status == 201
        assert (await house.browser().ask("POST", "/api/v1/sessions", {"code": code})).status == 403

    in_house(tmp_path, main)


def test_a_wrong_name_and_a_wrong_password_are_one_answer(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        await house.home("Rose house", "Alma")
        browser = house.browser()
        wrong = {"account": "Alma", "password": "wrong password"}
        nobody = {"account": "Nobody", "password": PASSWORD}
        answers = {(await browser.ask("POST", "/api/v1/sessions", given)).looks() for given in (wrong, nobody)}
        assert len(answers) == 1
        assert answers.pop()[0] == 403

    in_house(tmp_path, main)


def test_after_too_many_wrong_ones_even_the_right_one_waits(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        await house.home("Rose house", "Alma")
        browser = house.browser()
        for _ in range(3):
            await browser.ask("POST", "/api/v1/sessions", {"account": "Alma", "password": "wrong password"})
        answer = await browser.ask("POST", "/api/v1/sessions", {"account": "Alma", "password": PASSWORD})
        assert answer.status == 429
        assert "Wait" in answer.json()["detail"]

    in_house(tmp_path, main, sign_in_failures_count_max=3)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"account": "Alma"},
        {"password": PASSWORD},
        {"code": "x", "account": "Alma", "password": PASSWORD},
        [],
        "x",
        1,
    ],
)
def test_what_is_neither_a_password_nor_a_code_is_not_understood(tmp_path: Path, given: object) -> None:
    async def main(house: House) -> None:
        answer = await house.browser().ask("POST", "/api/v1/sessions", given)
        assert answer.status == 422
        assert PASSWORD.encode() not in answer.body

    in_house(tmp_path, main)


@pytest.mark.parametrize("path", ["/api/v1/sessions/current", "/api/v1/sessions"])
def test_signing_out_ends_the_session_and_cuts_its_streams(tmp_path: Path, path: str) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        (person,) = house.parts.persons.of_account(session.account)
        camera = await house.camera(home, "Porch")
        stream, _ = open_view(house, session, await make_grant(house, home, camera, person))
        alma = house.browser(session)
        answer = await alma.ask("DELETE", path)
        assert answer.status == 204
        assert "Max-Age=0" in (answer.header("set-cookie") or "")
        assert stream.cut
        assert (await alma.ask("GET", "/api/v1/sessions/current")).status == 401

    in_house(tmp_path, main)


def test_signing_out_everywhere_voids_the_codes_that_were_made(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        (person,) = house.parts.persons.of_account(session.account)
        alma = house.browser(session)
        made = await alma.ask("POST", f"/api/v1/homes/{home}/persons/{person.id}/codes", {})
        assert (await alma.ask("DELETE", "/api/v1/sessions")).status == 204
        assert (await house.browser().ask("POST", "/api/v1/sessions", made.json())).status == 403

    in_house(tmp_path, main)


def test_signing_out_everywhere_ends_every_session_of_the_account_and_no_other(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        _, other = await house.member(home, "Ada")
        second = await house.browser().ask("POST", "/api/v1/sessions", {"account": "Alma", "password": PASSWORD})
        cookie = (second.header("set-cookie") or "").partition(";")[0]
        await house.browser(session).ask("DELETE", "/api/v1/sessions")
        assert (await house.browser().ask("GET", "/api/v1/homes", cookie=cookie)).status == 401
        assert (await house.browser(other).ask("GET", "/api/v1/homes")).status == 200

    in_house(tmp_path, main)
