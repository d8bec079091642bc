"""From what a person types to the thing that is meant: names, or ids. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from curtilage.errors import PersonError

Item = Mapping[str, Any]


class Unclear(PersonError):
    """It could mean several things, or something must be added."""


class NoSuch(PersonError):
    """Nothing of that name is there."""


def choose(items: Sequence[Item], text: str, noun: str) -> Item:
    """The item with this id or name (letters' case counts only where it must). Raises NoSuch, Unclear."""
    for matches in (
        [item for item in items if item["id"] == text],
        [item for item in items if item["name"] == text],
        [item for item in items if item["name"].casefold() == text.casefold()],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise Unclear(f"There are {len(matches)} {noun}s of that name.", do="Say the id, as listed with --json.")
    raise NoSuch(f"There is no {noun} {text!r}.", do=f"See: curtilage {noun} list")


def choose_home(homes: Sequence[Item], text: str | None) -> Item:
    """The home named, or the only one. Raises NoSuch, Unclear."""
    if text is not None:
        return choose(homes, text, "home")
    if len(homes) == 1:
        return homes[0]
    if not homes:
        raise NoSuch("There is no home yet.", do='Make one: curtilage home create "Elm Street 4"')
    raise Unclear("There are several homes.", do="Say which: --home NAME")


def choose_grant(grants: Sequence[Item], person: str, camera: str | None) -> Item:
    """By id, or by person and camera. Raises NoSuch, Unclear."""
    if camera is None:
        matches = [grant for grant in grants if grant["id"] == person]
    else:
        matches = [
            grant
            for grant in grants
            if person in (grant["grantee"], grant["grantee_name"]) and camera in (grant["camera"], grant["camera_name"])
        ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise Unclear("There are several such grants.", do="Say the id: curtilage grant list --json")
    raise NoSuch("There is no such grant.", do="See: curtilage grant list")
