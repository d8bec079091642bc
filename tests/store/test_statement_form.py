"""The text of a statement, before SQLite sees it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.store.statement_form import BASE_PREFIXES, check_form
from curtilage.store.store import StoreRefused

GOOD = (
    "SELECT 1",
    "select id from persons",
    "  \n SELECT id FROM persons WHERE id = $1 AND role = $2 OR id = $1",
    "INSERT INTO persons (id) VALUES ($1)",
    "UPDATE persons SET role = $1 WHERE id = $2",
    "DELETE FROM persons",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "SELECT " + ", ".join(f"${number}" for number in range(1, 30)),
)

BAD = (
    "",
    "PRAGMA user_version",
    "EXPLAIN SELECT 1",
    "/* */ ATTACH 'x' AS y",
    "VALUES (1)",
    "SELECTED",
    "SELECT 1;",
    "SELECT ';'",
    "SELECT 1\0",
    "SELECT ?",
    "SELECT $2",
    "SELECT $1, $3",
    "SELECT $2, $1",
    "SELECT $0",
    "SELECT $01",
    "SELECT * FROM inside_persons",
    "SELECT * FROM OUTSIDE_accounts",
    "SELECT 'inside_persons'",
)


@pytest.mark.parametrize("sql", GOOD)
def test_a_plain_statement_passes(sql: str) -> None:
    check_form(sql)


@pytest.mark.parametrize("sql", BAD)
def test_anything_else_is_refused(sql: str) -> None:
    with pytest.raises(StoreRefused):
        check_form(sql)


def test_the_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(StoreRefused) as refused:
        check_form("SELECT 'Anne''s secret'; SELECT 1")
    assert "secret" not in str(refused.value)


@given(st.text())
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    try:
        check_form(text)
    except StoreRefused:
        return
    assert re.match(r"\s*(select|with|insert|update|delete)\b", text, re.IGNORECASE)


@given(st.text(), st.text(), st.sampled_from(BASE_PREFIXES), st.data())
def test_no_case_of_letters_hides_a_base_table(before: str, after: str, prefix: str, data: st.DataObject) -> None:
    cased = "".join(data.draw(st.sampled_from((letter, letter.upper()))) for letter in prefix)
    with pytest.raises(StoreRefused):
        check_form(f"SELECT {before}{cased}{after}")


@given(st.lists(st.integers(1, 6), max_size=8))
def test_placeholders_pass_exactly_when_they_appear_in_order(numbers: list[int]) -> None:
    firsts = list(dict.fromkeys(numbers))
    sql = "SELECT " + ", ".join(f"${number}" for number in numbers)
    if firsts == list(range(1, len(firsts) + 1)):
        check_form(sql)
    else:
        with pytest.raises(StoreRefused):
            check_form(sql)
