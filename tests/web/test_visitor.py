"""Who asks, and in whose name they act: nobody in a home that is not theirs."""

from pathlib import Path

import pytest

from curtilage.home.actor import Role
from curtilage.home.person import NewPerson
from curtilage.web.visitor import Visitor, put_visitor, visitor_of
from curtilage.wire.identifier import HomeId
from tests.web.house import House, in_house


def test_a_visitor_acts_in_their_own_homes_only(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        rose, session = await house.home("Rose house", "Alma")
        birch, _ = await house.home("Birch flat", "Bo")
        parts = house.parts
        alma = Visitor(parts.homes, session, tuple(parts.persons.of_account(session.account)))
        own = alma.actor(rose)
        assert own is not None
        assert (own.role, own.person) == (Role.OWNER, alma.persons[0].id)
        assert alma.actor(birch) is None
        assert alma.actor(HomeId("none")) is None
        assert alma.home == rose
        assert alma.known

    in_house(tmp_path, main)


def test_the_operator_acts_in_every_home_there_is_as_no_person(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        rose, _ = await house.home("Rose house", "Alma")
        operator = Visitor(house.parts.homes, operator=True)
        own = operator.actor(rose)
        assert own is not None
        assert own.person is None
        assert operator.actor(HomeId("none")) is None
        assert operator.home is None

    in_house(tmp_path, main)


def test_a_stranger_acts_nowhere(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        rose, _ = await house.home("Rose house", "Alma")
        stranger = Visitor(house.parts.homes)
        assert not stranger.known
        assert stranger.actor(rose) is None
        assert stranger.home is None

    in_house(tmp_path, main)


def test_the_home_shown_first_is_the_one_joined_first(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        rose, session = await house.home("Rose house", "Alma")
        birch, _ = await house.home("Birch flat", "Bo")
        added = await house.parts.persons.add(birch, "A", Role.OWNER, house.by_operator(birch))
        assert isinstance(added, NewPerson)
        await house.parts.accounts.join(session.account, added.code)
        persons = house.parts.persons.of_account(session.account)
        for order in (persons, persons[::-1]):
            visitor = Visitor(house.parts.homes, session, tuple(order))
            assert visitor.home == rose
            assert visitor.person(birch) is not None

    in_house(tmp_path, main)


def test_without_the_defences_there_is_no_visitor(tmp_path: Path) -> None:
    """A route that is served around them fails instead of taking somebody for somebody."""

    async def main(house: House) -> None:
        scope: dict[str, object] = {}
        with pytest.raises(KeyError):
            visitor_of(scope)
        visitor = Visitor(house.parts.homes)
        put_visitor(scope, visitor)
        assert visitor_of(scope) is visitor

    in_house(tmp_path, main)


def test_a_display_views_by_its_own_grants_and_acts_nowhere(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        rose, session = await house.home("Rose house", "Alma")
        paired = await house.paired(rose, "Kitchen tablet")
        display = Visitor(house.parts.homes, display=paired)
        assert display.known
        assert display.viewer is paired
        assert display.grantees == (paired.display.id,)
        assert display.actor(rose) is None
        assert display.home is None
        assert paired.token not in repr(display)
        persons = tuple(house.parts.persons.of_account(session.account))
        alma = Visitor(house.parts.homes, session, persons)
        assert alma.viewer is session
        assert alma.grantees == (persons[0].id,)
        assert Visitor(house.parts.homes).viewer is None

    in_house(tmp_path, main)
