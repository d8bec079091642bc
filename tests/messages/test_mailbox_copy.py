"""A copy's states: numbers of the database that keep their meaning, and which of them nobody saw."""

import pytest

from curtilage.messages.mailbox_copy import CopyState, KeptCopy
from tests.messages.post_office import message


def test_the_numbers_keep_their_meaning() -> None:
    assert [state.name for state in CopyState] == ["QUEUED", "OFFERED", "TAKEN", "CANCELLED", "RETURNED", "UNCONFIRMED"]
    assert [int(state) for state in CopyState] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("state", CopyState)
def test_only_what_was_dropped_before_it_was_offered_is_unseen(state: CopyState) -> None:
    assert state.unseen == (state in {CopyState.CANCELLED, CopyState.RETURNED})


def test_an_envelope_does_not_show() -> None:
    assert "secret" not in repr(KeptCopy(message(1), 1, CopyState.QUEUED, b"secret"))
