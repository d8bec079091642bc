"""Names: one form, and no tricks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.home.name import BadName, canonical, clean_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Porch", "Porch"),
        ("  Porch \t", None),
        ("  Front   door ", "Front door"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("Großmutter", "Großmutter"),
        ("庭", "庭"),
        ("O\u2019Neill", "O\u2019Neill"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("x" * 64, "x" * 64),
        ("x" * 65, None),
        ("x" * 10_000, None),
        ("", None),
        ("   ", None),
        ("two\nlines", None),
        ("null\0", None),
        ("escape\x1b[2J", None),
        ("\u202egnirts", None),
        ("\u2066isolate", None),
        ("\ud800", None),
        ("para\u2029graph", None),
        ("\ue000", None),
        ("por\u200bch", None),
        ("\u2060\u200b", None),
        ("so\u00adft", None),
        ("\u200d \u200c", None),
        ("\u0645\u06cc\u200c\u062e\u0627\u0646\u0647", "\u0645\u06cc\u200c\u062e\u0627\u0646\u0647"),
    ],
)
def test_a_name_is_plain_text_on_one_line(typed: str, name: str | None) -> None:
    if name is not None:
        assert clean_name(typed, 64) == name
        return
    with pytest.raises(BadName) as caught:
        clean_name(typed, 64)
    assert typed.strip() not in str(caught.value) or not typed.strip()


@given(st.text())
def test_a_clean_name_is_clean_and_stays_so(text: str) -> None:
    try:
        name = clean_name(text, 64)
    except BadName:
        return
    assert name == clean_name(name, 64)
    assert 0 < len(name) <= 64
    assert not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana", "ANA"),
        ("straße", "STRASSE"),
        ("\uff21\uff4e\uff41", "ana"),
        ("Zoe\u0308", "zo\u00eb"),
        ("An\u200da", "ana"),
    ],
)
def test_names_that_differ_in_case_or_width_only_are_one(one: str, other: str) -> None:
    assert canonical(clean_name(one, 64)) == canonical(clean_name(other, 64))
