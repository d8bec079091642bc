"""Homes: one's own, making one, joining one more."""

from pathlib import Path

import pytest

from curtilage.home.actor import Role
from curtilage.home.person import NewPerson
from tests.web.house import PASSWORD, House, in_house

pytestmark = pytest.mark.slow


def test_the_operator_makes_homes_and_sees_all(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        operator = house.operator()
        made = await operator.ask("POST", "/api/v1/homes", {"name": "Rose house"})
        assert made.status == 201
        assert len(made.json()["code"]) == 14
        await operator.ask("POST", "/api/v1/homes", {"name": "Birch flat"})
        homes = (await operator.ask("GET", "/api/v1/homes")).json()
        assert [home["name"] for home in homes] == ["Birch flat", "Rose house"]
        assert all(home["person"] is None for home in homes)

    in_house(tmp_path, main)


def test_nobody_else_makes_homes(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        answer = await house.browser(session).ask("POST", "/api/v1/homes", {"name": "Birch flat"})
        assert answer.status == 403
        assert len(house.parts.homes.all()) == 1

    in_house(tmp_path, main)


def test_one_account_is_a_person_in_two_homes(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        rose, session = await house.home("Rose house", "Alma")
        birch, _ = await house.home("Birch flat", "Bo")
        added = await house.parts.persons.add(birch, "Alma of the roses", Role.MEMBER, house.by_operator(birch))
        assert isinstance(added, NewPerson)
        alma = house.browser(session)
        answer = await alma.ask("POST", "/api/v1/homes/joined", {"code": added.code})
        assert answer.status == 201
        assert {(home["id"], home["role"]) for home in answer.json()} == {(rose, "owner"), (birch, "member")}
        assert (await alma.ask("GET", f"/api/v1/homes/{birch}/cameras")).status == 200
        assert (await alma.ask("POST", "/api/v1/homes/joined", {"code": added.code})).status == 403
        assert (await house.operator().ask("POST", "/api/v1/homes/joined", {"code": added.code})).status == 400

    in_house(tmp_path, main)


def test_a_limit_is_a_refusal_with_words(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        operator = house.operator()
        assert (await operator.ask("POST", "/api/v1/homes", {"name": "One"})).status == 201
        answer = await operator.ask("POST", "/api/v1/homes", {"name": "Two"})
        assert answer.status == 429
        assert answer.json()["detail"] == "This server has too many homes."

    in_house(tmp_path, main, homes_count_max=1)


def test_a_lost_set_up_code_is_replaced_by_the_operator_alone(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        path = f"/api/v1/homes/{home}/codes"
        assert (await house.browser(owner).ask("POST", path)).status == 403
        code = (await house.operator().ask("POST", path)).json()["code"]
        given = {"code": code, "account": "Abe", "password": PASSWORD}
        (joined,) = (await house.browser().ask("POST", "/api/v1/setup", given)).json()["homes"]
        assert (joined["id"], joined["role"]) == (home, "owner")

    in_house(tmp_path, main)
