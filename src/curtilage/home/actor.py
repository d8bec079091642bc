"""In whose name something is done. Made at the doors, once per request; what an actor may is in permission.py."""

import enum
from dataclasses import dataclass

from curtilage.wire.identifier import HomeId, PersonId


class Role(enum.Enum):
    """Of a person in a home."""

    OWNER = "owner"
    """Manages the home: cameras, grants, persons, consents."""
    MEMBER = "member"
    """Sees what a grant lets them see."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody acting in one home."""

    home: HomeId
    person: PersonId | None
    """None: the operator at the machine."""
    role: Role
