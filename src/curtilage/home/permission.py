"""Who may do what: one table, asked at every door and shown in the documentation.

Rules: what is not in the table is not allowed; the operator keeps a home going but never watches it: a picture needs a
grant, and a grant needs a person or a display. Seeing a camera's *picture* is not here at all, because no role gives
it: that is the grant check (consent/grants.py).
"""

import enum
from collections.abc import Mapping

from curtilage.home.actor import Actor, Role


class Act(enum.Enum):
    """What can be done in a home."""

    SEE_GRANTED_CAMERAS = "see_granted_cameras"
    """That they exist, and how they are."""
    SEE_OWN_GRANTS = "see_own_grants"
    LEAVE_HOME = "leave_home"
    SEE_ALL_CAMERAS = "see_all_cameras"
    ADD_CAMERA = "add_camera"
    REMOVE_CAMERA = "remove_camera"
    UNLOCK_CAMERA = "unlock_camera"
    TRUST_CAMERA = "trust_camera"
    SWITCH_SOUND = "switch_sound"
    SEE_ALL_GRANTS = "see_all_grants"
    MAKE_GRANT = "make_grant"
    REVOKE_GRANT = "revoke_grant"
    SEE_CONSENTS = "see_consents"
    GIVE_CONSENT = "give_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    SEE_ACTIVITY = "see_activity"
    SEE_PERSONS = "see_persons"
    ADD_PERSON = "add_person"
    REMOVE_PERSON = "remove_person"
    MAKE_SIGN_IN_CODE = "make_sign_in_code"
    RENAME_HOME = "rename_home"
    SEE_DISPLAYS = "see_displays"
    """That they exist. Which cameras they show is for who may see those grants."""
    WAKE_DISPLAY = "wake_display"
    PAIR_DISPLAY = "pair_display"
    REMOVE_DISPLAY = "remove_display"


class Standing(enum.Enum):
    """What an actor is in the home."""

    OWNER = "owner"
    MEMBER = "member"
    OPERATOR = "operator"


_MEMBER = frozenset(
    {
        Act.SEE_GRANTED_CAMERAS,
        Act.SEE_OWN_GRANTS,
        Act.LEAVE_HOME,
        Act.SEE_CONSENTS,
        Act.SEE_DISPLAYS,
        Act.WAKE_DISPLAY,
    }
)
_ANYONES_OWN = frozenset({Act.SEE_OWN_GRANTS, Act.LEAVE_HOME})

MAY: Mapping[Standing, frozenset[Act]] = {
    Standing.MEMBER: _MEMBER,
    Standing.OWNER: frozenset(Act),
    Standing.OPERATOR: frozenset(Act) - _ANYONES_OWN,
}
"""The table."""


def standing(actor: Actor) -> Standing:
    """The operator, whatever role the actor carries; else by role."""
    if actor.person is None:
        return Standing.OPERATOR
    return Standing.OWNER if actor.role is Role.OWNER else Standing.MEMBER


def may(actor: Actor, act: Act) -> bool:
    """May this actor do this in their home?"""
    return act in MAY[standing(actor)]
