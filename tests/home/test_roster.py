"""What a roster keeps apart: what is there, what is coming, and what only its name is left of."""

from dataclasses import dataclass

from curtilage.home.roster import Roster
from curtilage.wire.identifier import DeviceId, HomeId

ROSE, BIRCH = HomeId("rose"), HomeId("birch")
PORCH, YARD = DeviceId("porch-id"), DeviceId("yard-id")


@dataclass(frozen=True)
class Camera:
    home: HomeId
    name: str


def test_a_home_has_its_own_alone() -> None:
    roster: Roster[DeviceId, Camera] = Roster()
    roster.keep(PORCH, Camera(ROSE, "Porch"))
    assert roster.get(ROSE, PORCH) == Camera(ROSE, "Porch")
    assert roster.get(BIRCH, PORCH) is None
    assert (roster.of_home(BIRCH), roster.count(BIRCH), roster.name_of(BIRCH, PORCH)) == ([], 0, None)
    assert not roster.has_name(BIRCH, "Porch")


def test_what_is_coming_takes_a_name_and_a_place_and_is_not_there() -> None:
    roster: Roster[DeviceId, Camera] = Roster()
    roster.begin(PORCH, Camera(ROSE, "Porch"))
    assert (roster.has_name(ROSE, "PORCH"), roster.count(ROSE), roster.of_home(ROSE)) == (True, 1, [])
    roster.end(PORCH)
    assert (roster.has_name(ROSE, "porch"), roster.count(ROSE)) == (False, 0)


def test_the_name_of_what_was_retired_is_told_and_free() -> None:
    roster: Roster[DeviceId, Camera] = Roster()
    roster.keep(PORCH, Camera(ROSE, "Porch"))
    roster.retire(ROSE, PORCH, "Porch")
    assert (roster.get(ROSE, PORCH), roster.name_of(ROSE, PORCH), roster.has_name(ROSE, "Porch")) == (
        None,
        "Porch",
        False,
    )


def test_nothing_is_left_of_what_was_forgotten() -> None:
    roster: Roster[DeviceId, Camera] = Roster()
    roster.keep(PORCH, Camera(ROSE, "Porch"))
    roster.keep(YARD, Camera(BIRCH, "Yard"))
    roster.forget(ROSE, PORCH)
    assert (roster.name_of(ROSE, PORCH), roster.of_all()) == (None, [Camera(BIRCH, "Yard")])
    roster.forget(ROSE, PORCH)
