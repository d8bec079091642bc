"""The alarm's words."""

from curtilage.consent.ledger_problem import LedgerProblem, alarm_words


def test_a_whole_ledger_has_no_alarm() -> None:
    assert alarm_words([]) == ""


def test_a_broken_tree_says_that_what_follows_is_not_all() -> None:
    problems = [LedgerProblem(None, 3, "the entry was changed"), LedgerProblem(None, None, "it has 2 entries")]
    words = alarm_words(problems)
    assert "it has 2 entries" in words
    assert "what is left of it" in words
    assert "backup" in words


def test_changed_entries_are_counted() -> None:
    one, two = LedgerProblem(None, 3, "the entry was changed"), LedgerProblem(None, 7, "the entry was erased")
    assert alarm_words([one]).startswith("One entry of this activity was changed or erased")
    assert "2 entries" in alarm_words([one, two])
    assert "position 7" in alarm_words([one, two])
