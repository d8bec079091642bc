"""Who may what: the whole table, once more, by hand."""

import pytest

from curtilage.home.actor import Actor, Role
from curtilage.home.permission import MAY, Act, Standing, may, standing
from curtilage.wire.identifier import HomeId, PersonId

HOME = HomeId("a" * 26)
OWNER = Actor(HOME, PersonId("b" * 26), Role.OWNER)
MEMBER = Actor(HOME, PersonId("c" * 26), Role.MEMBER)
OPERATOR = Actor(HOME, None, Role.OWNER)

TABLE = [
    # act, owner, member, operator
    (Act.SEE_GRANTED_CAMERAS, True, True, True),
    (Act.SEE_OWN_GRANTS, True, True, False),
    (Act.LEAVE_HOME, True, True, False),
    (Act.SEE_ALL_CAMERAS, True, False, True),
    (Act.ADD_CAMERA, True, False, True),
    (Act.REMOVE_CAMERA, True, False, True),
    (Act.UNLOCK_CAMERA, True, False, True),
    (Act.TRUST_CAMERA, True, False, True),
    (Act.SWITCH_SOUND, True, False, True),
    (Act.SEE_ALL_GRANTS, True, False, True),
    (Act.MAKE_GRANT, True, False, True),
    (Act.REVOKE_GRANT, True, False, True),
    (Act.SEE_CONSENTS, True, True, True),
    (Act.GIVE_CONSENT, True, False, True),
    (Act.WITHDRAW_CONSENT, True, False, True),
    (Act.SEE_ACTIVITY, True, False, True),
    (Act.SEE_PERSONS, True, False, True),
    (Act.ADD_PERSON, True, False, True),
    (Act.REMOVE_PERSON, True, False, True),
    (Act.MAKE_SIGN_IN_CODE, True, False, True),
    (Act.RENAME_HOME, True, False, True),
    (Act.SEE_DISPLAYS, True, True, True),
    (Act.WAKE_DISPLAY, True, True, True),
    (Act.PAIR_DISPLAY, True, False, True),
    (Act.REMOVE_DISPLAY, True, False, True),
]


def test_the_table_is_whole() -> None:
    assert [act for act, *_ in TABLE] == list(Act)
    assert set(MAY) == set(Standing)


@pytest.mark.parametrize(("act", "owner", "member", "operator"), TABLE, ids=lambda item: getattr(item, "value", ""))
def test_everybody_may_what_the_table_says(act: Act, owner: bool, member: bool, operator: bool) -> None:
    assert (may(OWNER, act), may(MEMBER, act), may(OPERATOR, act)) == (owner, member, operator)


@pytest.mark.parametrize("role", Role)
def test_the_operator_is_the_operator_in_any_role(role: Role) -> None:
    assert standing(Actor(HOME, None, role)) is Standing.OPERATOR


def test_no_act_is_watching() -> None:
    assert not [act for act in Act if "watch" in act.value or "picture" in act.value]
