"""What is handed to a carrier."""

import pytest

from curtilage.carriers.carrier import (
    NotSent,
    Outstanding,
    Receipt,
    Submission,
    SubmissionId,
    TextReceived,
    reference_of,
)
from curtilage.carriers.receipt import ReceiptState
from curtilage.errors import PersonError

_ID = SubmissionId("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize("number", ["+4915100000001", "+15550100", "+290123456", "110", "11000", "12345678"])
def test_numbers_that_a_text_can_go_to(number: str) -> None:
    assert Submission(_ID, number, "Hallo").recipient == number


@pytest.mark.parametrize(
    "number",
    [
        "",
        "+",
        "4915100000001",
        "+0151",
        "+49 151",
        "+49/../x",
        "+491510000000123456",
        "12",
        "+\uff14\uff19\uff11\uff15\uff11\uff10\uff10\uff10",
        "1\n23",
        "+4915100\n",
        "BANK",
    ],
)
def test_what_is_no_number_is_refused_without_being_repeated(number: str) -> None:
    with pytest.raises(PersonError) as raised:
        Submission(_ID, number, "Hallo")
    assert len(number) < 3 or number not in str(raised.value)


def test_no_number_and_no_text_stands_in_a_repr() -> None:
    shown = repr(
        (
            Submission(_ID, "+4915100000001", "geheim"),
            Outstanding(_ID, "+4915100000001"),
            Receipt(0, _ID, 1, ReceiptState.DELIVERED, "1", recipient="+4915100000001"),
            TextReceived(0, "+4915100000001", "+4915100000001", "geheim", "key"),
        )
    )
    assert "4915" not in shown
    assert "geheim" not in shown


def test_references_differ_by_part_and_stay_the_same() -> None:
    assert reference_of(_ID, 1) == reference_of(_ID, 1) != reference_of(_ID, 2)
    assert all(0 <= reference_of(_ID, part) <= 0xFFFF for part in range(1, 256))


def test_an_outcome_is_definite_unless_it_says_otherwise() -> None:
    assert NotSent.__dataclass_fields__["definite"].default is True
