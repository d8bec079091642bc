"""The house rules, true from the first day. Each test is one rule; what it says is where the rule is broken.

The rules themselves are in tests/tidy/, and tests/tidy/test_rules.py shows each of them something that breaks it.
"""

from collections.abc import Iterable, Iterator

import pytest

from tests.tidy import documents, honesty, locks, mirror, rooms, secrets, shape, state, words
from tests.tidy.source import Rule, Violation, repository


@pytest.fixture(scope="module", autouse=True)
def _repository() -> Iterator[None]:
    """A million pieces of syntax: not kept for the tests that come after these."""
    yield
    repository.cache_clear()


def _none(violations: Iterable[Violation]) -> None:
    if report := "\n".join(map(str, violations)):
        pytest.fail(report, pytrace=False)


def _holds(rule: Rule) -> None:
    _none(violation for source in repository() for violation in rule(source))


def test_imports_point_down() -> None:
    _holds(rooms.imports_point_down)


def test_imports_point_down_inside_a_large_room() -> None:
    _holds(rooms.imports_point_down_inside)


def test_imports_are_absolute() -> None:
    _holds(rooms.imports_are_absolute)


def test_pure_files_stay_pure() -> None:
    _holds(rooms.pure_files_stay_pure)


def test_permissions_are_needed() -> None:
    _none(rooms.permissions_are_needed(repository()))


def test_adapters_are_made_in_main() -> None:
    _holds(rooms.adapters_are_made_in_main)


def test_files_are_short() -> None:
    _holds(shape.files_are_short)


def test_functions_are_short() -> None:
    _holds(shape.functions_are_short)


def test_names_say_what_is_inside() -> None:
    _holds(shape.names_say_what_is_inside)


def test_modules_have_docstrings() -> None:
    _holds(shape.modules_have_docstrings)


def test_public_names_have_docstrings() -> None:
    _holds(shape.public_names_have_docstrings)


def test_secrets_have_no_repr() -> None:
    _holds(secrets.secrets_have_no_repr)


def test_nothing_is_kept_at_module_level() -> None:
    _holds(state.nothing_is_kept_at_module_level)


def test_nothing_is_put_off() -> None:
    _holds(honesty.nothing_is_put_off)


def test_exceptions_to_rules_have_reasons() -> None:
    _holds(honesty.exceptions_to_rules_have_reasons)


def test_errors_are_not_swallowed() -> None:
    _holds(honesty.errors_are_not_swallowed)


def test_only_the_command_line_prints() -> None:
    _holds(honesty.only_the_command_line_prints)


def test_tests_use_real_parts() -> None:
    _holds(honesty.tests_use_real_parts)


def test_no_place_of_a_machine() -> None:
    _holds(honesty.no_place_of_a_machine)


def test_pages_stay_within_their_policy() -> None:
    _holds(honesty.pages_stay_within_their_policy)


def test_one_word_for_one_thing() -> None:
    _holds(words.one_word_for_one_thing)


def test_files_have_tests() -> None:
    _none(mirror.files_have_tests(repository()))


def test_settings_are_documented() -> None:
    _none(documents.settings_are_documented(repository()))


def test_commands_are_documented() -> None:
    _none(documents.commands_are_documented(repository()))


def test_links_lead_somewhere() -> None:
    _none(documents.links_lead_somewhere(repository()))


def test_tables_are_whole() -> None:
    _holds(documents.tables_are_whole)


def test_decisions_are_listed() -> None:
    _none(documents.decisions_are_listed(repository()))


def test_locks_are_plain() -> None:
    _none(locks.locks_are_plain())


def test_locks_hold_what_is_asked_for() -> None:
    _none(locks.locks_hold_what_is_asked_for())
