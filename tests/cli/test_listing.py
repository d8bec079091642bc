"""What is printed."""

import json

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cli.listing import as_json, columns, printable


def test_columns_stand_under_their_titles() -> None:
    text = columns(("WHO", "MAY SEE"), [("Ada", "Porch"), ("Alexander", "Hall")], "Nobody.")
    assert text == "WHO        MAY SEE\nAda        Porch\nAlexander  Hall"


def test_without_rows_there_is_a_sentence() -> None:
    assert columns(("WHO",), [], "Nobody.") == "Nobody."


@given(st.text(max_size=40))
def test_a_name_cannot_steer_the_terminal(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
    assert "\x1b" not in columns(("NAME",), [(text,)], "")


@given(st.text(max_size=40))
def test_json_is_json_and_steers_no_terminal_either(text: str) -> None:
    shown = as_json({"name": text})
    assert json.loads(shown) == {"name": text}
    assert not {letter for letter in shown if ord(letter) < 32 or 127 <= ord(letter) < 160} - {"\n"}
