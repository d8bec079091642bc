"""What became of a text."""

import pytest

from curtilage.carriers.receipt import ReceiptState, state_of_number, state_of_text, state_of_word, summary

_D, _S, _E, _X, _U = (
    ReceiptState.DELIVERED,
    ReceiptState.SENT,
    ReceiptState.ENROUTE,
    ReceiptState.EXPIRED,
    ReceiptState.UNKNOWN,
)


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ([], None),
        ([None], None),
        ([_D], _D),
        ([_D, None], None),
        ([_D, _D], _D),
        ([_D, _S], _S),
        ([_D, _E, _S], _E),
        ([_D, _X], _X),
        ([None, _X], _X),  # one part that failed is enough
        ([_D, _U], _U),
    ],
)
def test_a_long_text_is_delivered_when_all_of_it_is(
    states: list[ReceiptState | None], whole: ReceiptState | None
) -> None:
    assert summary(states) is whole


def test_some_carriers_speak_of_the_whole_text_only() -> None:
    assert state_of_text(3, {0: _D}) is _D
    assert state_of_text(2, {1: _D}) is None
    assert state_of_text(2, {1: _D, 2: _D}) is _D
    assert state_of_text(1, {}) is None


def test_words_and_numbers_of_smpp() -> None:
    words = ("ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD")
    assert [state_of_word(word) for word in words] == [state_of_number(number) for number in range(1, 9)]
    assert state_of_word("delivrd") is _D
    assert state_of_word("DELIVERED") is _U
    assert state_of_word("") is state_of_number(0) is state_of_number(77) is _U


def test_a_state_that_failed_is_final() -> None:
    assert all(state.final for state in ReceiptState if state.failed)
    assert _D.final
    assert not any(state.final for state in (_S, _E, _U, ReceiptState.ACCEPTED))
