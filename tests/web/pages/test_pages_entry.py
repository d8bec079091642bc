"""Signing in and out."""

from pathlib import Path

import pytest

from tests.web.house import PASSWORD, House, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow


def test_signing_in_sets_the_cookie_and_leads_home(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        await house.home("Rose", "Alma")
        form = f"account=Alma&password={PASSWORD.replace(' ', '+')}"
        answer = await house.browser().ask("POST", "/sign-in", form=form)
        assert (answer.status, answer.header("location")) == (303, "/")
        cookie = answer.header("set-cookie") or ""
        assert "HttpOnly" in cookie
        assert "SameSite" in cookie

    in_house(tmp_path, main)


def test_a_wrong_name_and_a_wrong_password_look_the_same(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        await house.home("Rose", "Alma")
        bodies = set()
        for name in ("Alma", "Anna"):
            answer = await house.browser().ask("POST", "/sign-in", form=f"account={name}&password=wrong+wrong+wrong")
            assert answer.status == 403
            assert answer.header("set-cookie") is None
            bodies.add(answer.body.replace(name.encode(), b"NAME"))
        assert len(bodies) == 1

    in_house(tmp_path, main)


def test_a_wrong_code_keeps_the_code_open(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        answer = await house.browser().ask("POST", "/sign-in", form="code=BCDF-GHJK-LMNP")
        read = PageReader.of(answer.body)
        assert answer.status == 403
        assert ("details", {"class": "other", "open": ""}) in read.tags
        assert "BCDF-GHJK-LMNP" not in read.form("/sign-in").fields.get("code", [])

    in_house(tmp_path, main)


def test_who_is_signed_in_needs_no_sign_in_page(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, owner = await house.home("Rose", "Alma")
        answer = await house.browser(owner).ask("GET", "/sign-in")
        assert (answer.status, answer.header("location")) == (303, "/")

    in_house(tmp_path, main)


def test_signing_out_ends_the_session_and_takes_the_cookie_away(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        browser = house.browser(owner)
        refused = await house.browser(owner).ask("POST", "/sign-out", x_csrf_token="")
        assert refused.status == 403
        answer = await browser.ask("POST", "/sign-out", form="")
        assert answer.header("location") == "/sign-in"
        assert "Max-Age=0" in (answer.header("set-cookie") or "")
        assert (await browser.ask("GET", f"/homes/{home}/cameras")).header("location") == "/sign-in"

    in_house(tmp_path, main)
