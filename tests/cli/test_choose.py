"""Names, or ids, to things."""

import pytest

from curtilage.cli.choose import NoSuch, Unclear, choose, choose_grant, choose_home

THINGS = [
    {"id": "aaa", "name": "Porch"},
    {"id": "bbb", "name": "porch"},
    {"id": "ccc", "name": "Hall"},
    {"id": "ddd", "name": "Hall"},
    {"id": "Hall", "name": "Attic"},
    {"id": "eee", "name": "Straße"},
]

FOUND = [("aaa", "aaa"), ("Porch", "aaa"), ("porch", "bbb"), ("attic", "Hall"), ("Hall", "Hall"), ("STRASSE", "eee")]


@pytest.mark.parametrize(("text", "found"), FOUND)
def test_an_id_comes_first_then_the_very_name_then_one_in_other_letters(text: str, found: str) -> None:
    assert choose(THINGS, text, "camera")["id"] == found


def test_what_is_not_there_says_where_to_look() -> None:
    with pytest.raises(NoSuch, match="no camera 'Shed'") as error:
        choose(THINGS, "Shed", "camera")
    assert error.value.do == "See: curtilage camera list"


@pytest.mark.parametrize("text", ["PORCH", "hall"])
def test_two_of_a_name_ask_for_the_id(text: str) -> None:
    with pytest.raises(Unclear, match="2 cameras of that name"):
        choose(THINGS, text, "camera")


def test_the_only_home_needs_no_name() -> None:
    assert choose_home(THINGS[:1], None)["id"] == "aaa"
    assert choose_home(THINGS, "ccc")["id"] == "ccc"
    with pytest.raises(Unclear, match="several homes"):
        choose_home(THINGS, None)
    with pytest.raises(NoSuch, match="no home yet"):
        choose_home([], None)


def _grant(name: str, person: str, camera: str) -> dict[str, str]:
    return {
        "id": name,
        "grantee": f"id-{person}",
        "grantee_name": person,
        "camera": f"id-{camera}",
        "camera_name": camera,
    }


GRANTS = [
    _grant("g1", "Ada", "Porch"),
    _grant("g2", "Ada", "Hall"),
    _grant("g3", "Abe", "Hall"),
    _grant("g4", "Abe", "Hall"),
]


@pytest.mark.parametrize(
    ("who", "what", "found"), [("g1", None, "g1"), ("Ada", "Hall", "g2"), ("id-Ada", "id-Porch", "g1")]
)
def test_a_grant_is_meant_by_its_id_or_by_person_and_camera(who: str, what: str | None, found: str) -> None:
    assert choose_grant(GRANTS, who, what)["id"] == found


@pytest.mark.parametrize(("who", "what"), [("Ada", None), ("Ada", "Shed"), ("Eve", "Porch")])
def test_no_such_grant(who: str, what: str | None) -> None:
    with pytest.raises(NoSuch):
        choose_grant(GRANTS, who, what)


def test_two_grants_for_the_same_ask_for_the_id() -> None:
    with pytest.raises(Unclear):
        choose_grant(GRANTS, "Abe", "Hall")
