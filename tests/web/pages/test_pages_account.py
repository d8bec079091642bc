"""One's own account as a page."""

from pathlib import Path

import pytest

from tests.web.house import PASSWORD, House, in_house

pytestmark = pytest.mark.slow


def test_a_person_sees_what_they_consented_to_and_leaves(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        _, member = await house.member(home, "Ada")
        page = (await house.browser(member).ask("GET", "/account")).body.decode()
        for words in ("Rose house, member", "Signing in", "Belonging to a home", "Close my account"):
            assert words in page
        refused = await house.browser(owner).ask("POST", f"/homes/{home}/leave", form="a=b")
        assert refused.status == 400
        assert b"at least one owner" in refused.body
        left = await house.browser(member).ask("POST", f"/homes/{home}/leave", form="a=b")
        assert (left.status, left.header("location")) == (303, "/")
        given = {"account": "Ada", "password": PASSWORD}
        assert (await house.browser().ask("POST", "/api/v1/sessions", given)).status == 403

    in_house(tmp_path, main)


def test_an_account_is_closed_only_by_somebody_who_is_sure(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        _, member = await house.member(home, "Ada")
        ada = house.browser(member)
        unsure = await ada.ask("POST", "/account/close", form="a=b")
        assert unsure.status == 400
        assert b"cannot be undone" in unsure.body
        closed = await ada.ask("POST", "/account/close", form="sure=yes")
        assert (closed.status, closed.header("location")) == (303, "/sign-in")
        assert "Max-Age=0" in (closed.header("set-cookie") or "")
        assert (await ada.ask("GET", "/account")).status == 303
        last = await house.browser(owner).ask("POST", "/account/close", form="sure=yes")
        assert last.status == 400
        assert b"at least one owner" in last.body

    in_house(tmp_path, main)
