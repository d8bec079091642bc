"""One-time codes: how they look, and that each works as often as it says."""

import asyncio
from collections import Counter
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.errors import PersonError, RefusalReason, Refused
from curtilage.home.code import ALPHABET, CodeKind, TooManyCodes, new_code, typed_code
from curtilage.home.session import Session
from curtilage.store.store import Conflict
from tests.consent.parts import PASSWORD, HandClock, House, agreed, counted_entropy, in_house, settle_in

DAY_S = 24 * 3600


def test_a_code_has_three_groups_of_four_letters_that_spell_nothing() -> None:
    entropy = counted_entropy()
    codes = [new_code(entropy) for _ in range(500)]
    assert all(len(code) == 14 and code[4] == code[9] == "-" for code in codes)
    letters = Counter("".join(codes).replace("-", ""))
    assert set(letters) == set(ALPHABET)
    assert not set(ALPHABET) & set("AEIOU0123456789Y")
    assert max(letters.values()) < 1.35 * min(letters.values())


def test_bytes_that_would_favour_some_letters_are_drawn_again() -> None:
    drawn: list[int] = []

    def entropy(length: int) -> bytes:
        drawn.append(length)
        return bytes([255] * length) if len(drawn) == 1 else bytes(length)

    assert new_code(entropy) == "BBBB-BBBB-BBBB"
    assert len(drawn) == 2


@pytest.mark.parametrize(
    ("typed", "letters"),
    [
        ("BCDF-GHJK-LMNP", "BCDFGHJKLMNP"),
        ("bcdf ghjk lmnp", "BCDFGHJKLMNP"),
        (" BCDFGHJKLMNP\n", "BCDFGHJKLMNP"),
        ("B-C-D-F-G-H-J-K-L-M-N-P", "BCDFGHJKLMNP"),
        ("BCDF-GHJK-LMN", None),
        ("BCDF-GHJK-LMNPP", None),
        ("ACDF-GHJK-LMNP", None),
        ("BCDF-GHJK-LMN0", None),
        ("ßCDF-GHJK-LMNP", None),
        ("", None),
        ("-" * 1000, None),
    ],
)
def test_case_and_grouping_do_not_matter(typed: str, letters: str | None) -> None:
    assert typed_code(typed) == letters


@given(st.text())
def test_any_text_is_a_code_or_none(text: str) -> None:
    letters = typed_code(text)
    assert letters is None or (len(letters) == 12 and set(letters) <= set(ALPHABET))


def test_a_code_works_once(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        made = agreed(await house.homes.create("Mill Lane"))
        tries = [house.accounts.set_up(made.code, f"Ana {number}", PASSWORD, None) for number in range(5)]
        sessions = await asyncio.gather(*tries)
        assert sum(isinstance(item, Session) for item in sessions) == 1
        assert {item.reason for item in sessions if isinstance(item, Refused)} == {RefusalReason.UNKNOWN}
        assert len(house.persons.of_home(made.home.id)) == 1
        assert await house.store.read_server("SELECT count(id) FROM accounts") == [(1,)]
        assert isinstance(await house.accounts.set_up(made.code, "Ben", PASSWORD, None), Refused)

    in_house(tmp_path, test)


def test_a_code_works_as_often_as_it_says(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        code = await house.codes.make(CodeKind.SIGN_IN, family.home, family.ben.id, 3, DAY_S)
        results = await asyncio.gather(*(house.accounts.sign_in_by_code(code, "") for _ in range(6)))
        assert sum(isinstance(item, Session) for item in results) == 3
        known = await house.codes.find(code)
        assert known is None

    in_house(tmp_path, test)


def test_a_code_ends_by_time_and_a_clock_set_back_revives_it_not(tmp_path: Path) -> None:
    hands = HandClock()

    async def before(house: House) -> str:
        made = agreed(await house.homes.create("Mill Lane"))
        house.hands.pass_s(DAY_S - 1)
        assert await house.codes.find(made.code) is not None
        house.hands.pass_s(1)
        assert await house.codes.find(made.code) is None
        await house.homes.create("Oak Hill")  # a moment later, anything is recorded
        hands.wall_ms -= 10 * DAY_S * 1000
        assert await house.codes.find(made.code) is None
        return made.code

    async def after(house: House) -> None:
        assert isinstance(await house.accounts.set_up(code, "Ana", PASSWORD, None), Refused)

    code = in_house(tmp_path, before, hands=hands)
    in_house(tmp_path, after, hands=hands, seed="after")


def test_a_use_that_comes_too_late_fails_its_write(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        made = agreed(await house.homes.create("Mill Lane"))
        known = await house.codes.find(made.code)
        assert known is not None
        house.hands.pass_s(DAY_S)
        with pytest.raises(Conflict):
            await house.store.write_server(house.codes.using(known))

    in_house(tmp_path, test)


def test_the_file_holds_no_code(tmp_path: Path) -> None:
    async def test(house: House) -> str:
        return agreed(await house.homes.create("Mill Lane")).code

    code = in_house(tmp_path, test)
    octets = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    for form in (code, code.replace("-", "")):
        assert form.encode() not in octets
        assert form.lower().encode() not in octets


def test_codes_that_wait_are_bounded_and_old_ones_make_room(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        for number in range(3):
            await house.homes.create(f"Mill Lane {number}")
        with pytest.raises(TooManyCodes):
            await house.homes.create("Mill Lane 4")
        house.hands.pass_s(DAY_S)
        await house.homes.create("Mill Lane 4")
        assert await house.store.read_server("SELECT count(code_hash) FROM codes") == [(1,)]

    in_house(tmp_path, test, codes_count_max=3)


def test_a_sign_in_code_needs_somebody_who_can_sign_in(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        made = agreed(await house.homes.create("Mill Lane"))
        with pytest.raises(PersonError, match="no account"):
            await house.codes.make(CodeKind.SIGN_IN, made.home.id, None, 1, DAY_S)

    in_house(tmp_path, test)


def test_no_code_lives_longer_than_the_longest(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        code = await house.codes.make(CodeKind.SIGN_IN, family.home, family.ben.id, 1, 1000 * DAY_S)
        house.hands.pass_s(DAY_S)
        assert await house.codes.find(code) is None
        assert (await house.sentences(family.home))[-1] == "The operator made a sign-in code for Ben."

    in_house(tmp_path, test)


def test_a_new_code_for_a_person_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        asked = (CodeKind.SIGN_IN, family.home, family.ben.id, 1, DAY_S)
        codes = [await house.codes.make(*asked) for _ in range(5)]
        assert [await house.codes.find(code) is not None for code in codes] == [False] * 4 + [True]
        other = await house.codes.make(CodeKind.SIGN_IN, family.home, family.ana.id, 1, DAY_S)
        assert await house.codes.find(codes[-1]) is not None
        assert await house.codes.find(other) is not None

    in_house(tmp_path, test, codes_count_max=3)


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'join'",
        "until_ms = until_ms + 1000",
        "sealed = x'00'",
        "sealed = (SELECT max(sealed) FROM outside_codes)",
    ],
)
def test_a_code_changed_from_outside_is_none(tmp_path: Path, change: str) -> None:
    async def before(house: House) -> list[str]:
        family = await settle_in(house)
        people = (family.ana.id, family.ben.id)
        return [await house.codes.make(CodeKind.SIGN_IN, family.home, person, 1, DAY_S) for person in people]

    async def after(house: House) -> list[bool]:
        return [await house.codes.find(code) is not None for code in codes]

    codes = in_house(tmp_path, before)
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    connection.execute(f"UPDATE outside_codes SET {change}")  # noqa: S608  the table above
    connection.close()
    # One of the two keeps its own seal in the last case.
    assert sum(in_house(tmp_path, after, seed="after")) == ("SELECT" in change)


def test_a_used_code_counted_up_again_from_outside_opens_nothing(tmp_path: Path) -> None:
    async def before(house: House) -> list[str]:
        family = await settle_in(house)
        codes = []
        for person, uses in ((family.ana, 1), (family.ben, 2)):
            codes.append(await house.codes.make(CodeKind.SIGN_IN, family.home, person.id, uses, DAY_S))
            known = await house.codes.find(codes[-1])
            assert known is not None
            await house.store.write_server(house.codes.using(known))
        return codes

    async def after(house: House) -> list[bool]:
        return [await house.codes.find(code) is not None for code in codes]

    codes = in_house(tmp_path, before)
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    connection.execute("UPDATE outside_codes SET uses_left = 1")
    connection.close()
    assert in_house(tmp_path, after, seed="after") == [False, True], "the second had a use left"


def test_a_person_removed_has_no_code_left(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        bens, anas = [
            await house.codes.make(CodeKind.SIGN_IN, family.home, person.id, 1, DAY_S)
            for person in (family.ben, family.ana)
        ]
        await house.persons.remove(family.home, family.ben.id, family.owner)
        assert await house.codes.find(bens) is None
        assert await house.codes.find(anas) is not None

    in_house(tmp_path, test)
