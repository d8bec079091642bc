"""Whose receipt it is."""

import pytest

from curtilage.carriers.carrier import Outstanding, SubmissionId, reference_of
from curtilage.carriers.outstanding import OutstandingPart, OutstandingParts

_ONE = OutstandingPart(SubmissionId("aaaaaaaa"), 1, "+4915100000001")
_TWO = OutstandingPart(SubmissionId("bbbbbbbb"), 1, "+4915100000002")


@pytest.mark.parametrize(
    ("answered", "receipted"),
    [
        ("a00ff01", "a00ff01"),
        ("A00FF01", "a00ff01"),
        ("a00ff01", "167837441"),  # hexadecimal in the answer, decimal in the receipt
        ("0a00ff01", "167837441"),
        ("167837441", "A00FF01"),
        ("167837441", "0A00FF01"),
        ("00167837441", "167837441"),
        ("msg-1", "msg-1"),
    ],
)
def test_a_carrier_may_write_its_own_name_in_several_ways(answered: str, receipted: str) -> None:
    parts = OutstandingParts(100)
    parts.accepted(_ONE, answered)
    assert parts.find(receipted, "4915100000001") == _ONE


@pytest.mark.parametrize("receipted", ["167837441", "", "0", "A00FF02", "x" * 64, "²", "٣"])
def test_a_likeness_counts_only_with_the_same_recipient(receipted: str) -> None:
    parts = OutstandingParts(100)
    parts.accepted(_ONE, "a00ff01")
    assert parts.find(receipted, "4915100000002") is None


def test_two_that_are_alike_are_nobodys() -> None:
    parts = OutstandingParts(100)
    parts.accepted(_ONE, "010")
    parts.accepted(OutstandingPart(_TWO.submission, 1, _ONE.recipient), "0010")
    assert parts.find("10", "4915100000001") is None


def test_a_carrier_that_writes_its_names_alike_is_taken_at_its_word() -> None:
    parts = OutstandingParts(100)
    parts.accepted(_ONE, "10000")
    parts.accepted(_TWO, "10001")
    assert parts.find("10001", "4915100000002") == _TWO
    assert parts.find("65536", "4915100000001") is None, "which is 10000 in hexadecimals"


def test_our_reference_names_a_part_whose_answer_never_came() -> None:
    parts = OutstandingParts(100)
    parts.expect(_ONE)
    reference = reference_of(_ONE.submission, 1)
    assert parts.find("never heard of", "+4915100000001", reference) == _ONE
    assert parts.find("never heard of", "+4915100000002", reference) is None
    assert parts.find("never heard of", "+4915100000001", reference ^ 1) is None


def test_a_part_whose_name_is_known_gives_its_reference_to_nobody_else() -> None:
    parts = OutstandingParts(100)
    one, two = _same_reference()
    for part in (one, two):
        parts.expect(part)
    reference = reference_of(one.submission, 1)
    assert parts.find("?", one.recipient, reference) is None, "it may be either's"
    parts.accepted(one, "7")
    assert parts.find("?", one.recipient, reference) == two
    parts.accepted(two, "8")
    assert parts.find("?", one.recipient, reference) is None


def _same_reference() -> tuple[OutstandingPart, OutstandingPart]:
    """Two texts to one recipient whose references are the same by chance."""
    seen: dict[int, SubmissionId] = {}
    for number in range(10_000):
        name = SubmissionId(f"text{number:08}")
        other = seen.setdefault(reference_of(name, 1), name)
        if other != name:
            return OutstandingPart(other, 1, _ONE.recipient), OutstandingPart(name, 1, _ONE.recipient)
    raise AssertionError


def test_those_of_an_earlier_run_are_known_again() -> None:
    parts = OutstandingParts(100)
    parts.restore(Outstanding(_ONE.submission, _ONE.recipient, ((1, "id-1"), (2, "id-2"))))
    parts.restore(Outstanding(_TWO.submission, _TWO.recipient))
    assert parts.find("id-2", "") == OutstandingPart(_ONE.submission, 2, _ONE.recipient)
    assert parts.find("?", _TWO.recipient, reference_of(_TWO.submission, 1)) == _TWO


def test_the_oldest_are_forgotten_first() -> None:
    parts = OutstandingParts(3)
    for number in range(5):
        part = OutstandingPart(SubmissionId(f"aaaaaaa{number}"), 1, "+4915100000001")
        parts.expect(part)
        parts.accepted(part, f"id-{number}")
    assert [parts.find(f"id-{number}", "") is not None for number in range(5)] == [False, False, True, True, True]
    assert "4915" not in repr(parts.find("id-4", ""))
