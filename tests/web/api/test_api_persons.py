"""Persons: owners see all, a member herself; codes open no door that is not the giver's to open."""

from pathlib import Path

import pytest

from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.home.actor import Role
from curtilage.home.person import NewPerson
from tests.web.house import PASSWORD, House, in_house
from tests.web.world import make_grant, open_view

pytestmark = pytest.mark.slow


def test_an_owner_sees_everybody_and_a_member_herself(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        path = f"/api/v1/homes/{home}/persons"
        everybody = (await house.browser(owner).ask("GET", path)).json()
        assert [(person["name"], person["role"]) for person in everybody] == [("Ada", "member"), ("Alma", "owner")]
        assert [person["id"] for person in (await house.browser(member).ask("GET", path)).json()] == [ada.id]

    in_house(tmp_path, main)


def test_an_invited_person_joins_with_the_code(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        path = f"/api/v1/homes/{home}/persons"
        invited = (await house.browser(owner).ask("POST", path, {"name": "Ada", "role": "owner"})).json()
        assert invited["signs_in"] is False
        given = {"code": invited["code"], "account": "ada", "password": PASSWORD}
        assert (await house.browser().ask("POST", "/api/v1/setup", given)).status == 201
        joined = (await house.browser(owner).ask("GET", path)).json()
        assert [(person["name"], person["signs_in"]) for person in joined] == [("Ada", True), ("Alma", True)]

    in_house(tmp_path, main)


def test_removing_a_person_cuts_what_they_watch_at_once(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        stream, _ = open_view(house, member, await make_grant(house, home, camera, ada))
        assert (await house.browser(owner).ask("DELETE", f"/api/v1/homes/{home}/persons/{ada.id}")).status == 204
        assert stream.cut
        assert house.parts.grants.of_home(home) == []
        assert (await house.browser(member).ask("GET", f"/api/v1/homes/{home}/cameras")).status == 401

    in_house(tmp_path, main)


def test_removing_a_person_closes_their_streams_not_only_the_views_of_this_home(tmp_path: Path) -> None:
    """Ada's page has nothing of this home on it: no grant's end cuts it."""

    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        stream = house.parts.views.open_stream(member.account, house.parts.grants, lambda: None, lambda: None)
        assert isinstance(stream, SealedStream)
        assert (await house.browser(owner).ask("DELETE", f"/api/v1/homes/{home}/persons/{ada.id}")).status == 204
        assert stream.cut
        assert house.parts.views.stream(stream.handle, member.account) is None

    in_house(tmp_path, main)


def test_a_member_may_leave_and_the_last_owner_may_not(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        path = f"/api/v1/homes/{home}/persons"
        (alma,) = house.parts.persons.of_account(owner.account)
        assert (await house.browser(member).ask("DELETE", f"{path}/{alma.id}")).status == 403
        assert (await house.browser(member).ask("DELETE", f"{path}/{ada.id}")).status == 204
        assert (await house.browser(owner).ask("DELETE", f"{path}/{alma.id}")).status == 400

    in_house(tmp_path, main)


def test_no_owner_gets_a_code_to_somebody_elses_account(tmp_path: Path) -> None:
    """An account may belong to other homes too; its sign-in code would open those."""

    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        path = f"/api/v1/homes/{home}/persons/{ada.id}/codes"
        assert (await house.browser(owner).ask("POST", path, {})).status == 403
        own = await house.browser(member).ask("POST", path, {})
        assert own.status == 201
        assert (await house.browser().ask("POST", "/api/v1/sessions", own.json())).status == 201

    in_house(tmp_path, main)


def test_only_the_operators_sign_in_codes_work_more_than_once(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        path = f"/api/v1/homes/{home}/persons/{ada.id}/codes"
        for browser, works in ((house.operator(), 2), (house.browser(member), 1)):
            code = (await browser.ask("POST", path, {"uses": 2})).json()
            statuses = [(await house.browser().ask("POST", "/api/v1/sessions", code)).status for _ in range(3)]
            assert statuses.count(201) == works

    in_house(tmp_path, main)


def test_who_has_not_joined_gets_another_joining_code(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        added = await house.parts.persons.add(home, "Ada", Role.MEMBER, house.by_operator(home))
        assert isinstance(added, NewPerson)
        path = f"/api/v1/homes/{home}/persons/{added.person.id}/codes"
        code = (await house.browser(owner).ask("POST", path, {})).json()["code"]
        given = {"code": code, "account": "ada", "password": PASSWORD}
        assert (await house.browser().ask("POST", "/api/v1/setup", given)).status == 201

    in_house(tmp_path, main)
