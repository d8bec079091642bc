"""Pairing codes: short, once, bounded, and nowhere but in memory."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.errors import RefusalReason, Refused
from curtilage.home.code import ALPHABET
from curtilage.home.pairing import Pairing, shown_code, typed_pairing_code
from curtilage.wire.identifier import handle_digest
from tests.consent.parts import HandClock, House, agreed, in_house


def test_a_code_is_short_and_has_no_letters_that_look_alike(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        for number in range(50):
            code = agreed(house.pairings.start(None, f"192.0.2.{number}")).code
            assert len(code) == 9
            assert code[4] == "-"
            assert set(code) - {"-"} <= set(ALPHABET)

    in_house(tmp_path, test)


@pytest.mark.parametrize(
    ("typed", "letters"),
    [
        ("BCDF-GHJK", "BCDFGHJK"),
        ("bcdf ghjk", "BCDFGHJK"),
        (" BCDFGHJK\n", "BCDFGHJK"),
        ("BCDF-GHJ", None),
        ("BCDF-GHJKL", None),
        ("ACDF-GHJK", None),
        ("", None),
        ("-" * 1000, None),
    ],
)
def test_case_and_grouping_do_not_matter(typed: str, letters: str | None) -> None:
    assert typed_pairing_code(typed) == letters


@given(st.text())
def test_any_text_is_a_code_or_none(text: str) -> None:
    letters = typed_pairing_code(text)
    assert letters is None or typed_pairing_code(shown_code(letters)) == letters


def test_a_code_leads_to_its_display_once(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        pairing = agreed(house.pairings.start(None, "a"))
        other = agreed(house.pairings.start(None, "a"))
        claim = house.pairings.claim(pairing.code.lower())
        assert claim is not None
        assert claim.digest == handle_digest(pairing.secret)
        assert house.pairings.claim(pairing.code) is None
        assert house.pairings.waiting(pairing.secret) == pairing, "until it is settled, so that it does not begin anew"
        house.pairings.settle(claim)
        assert house.pairings.waiting(pairing.secret) is None
        assert house.pairings.waiting(other.secret) == other

    in_house(tmp_path, test)


def test_a_code_whose_use_failed_can_be_used_again(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        pairing = agreed(house.pairings.start(None, "a"))
        claim = house.pairings.claim(pairing.code)
        assert claim is not None
        house.pairings.put_back(claim)
        again = house.pairings.claim(pairing.code)
        assert again is not None
        house.pairings.settle(again)
        house.pairings.put_back(again)
        assert house.pairings.claim(pairing.code) is None, "what is in does not come back"

    in_house(tmp_path, test)


def test_a_code_ends_by_time_and_a_clock_set_back_revives_it_not(tmp_path: Path) -> None:
    hands = HandClock()

    async def test(house: House) -> None:
        pairing = agreed(house.pairings.start(None, "a"))
        hands.pass_s(house.config.pairing_age_s)
        hands.wall_ms -= 3_600_000
        assert house.pairings.waiting(pairing.secret) is None
        assert house.pairings.claim(pairing.code) is None

    in_house(tmp_path, test, hands=hands)


def test_a_display_that_asks_again_keeps_its_code_and_a_made_up_secret_is_not_taken_over(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        pairing = agreed(house.pairings.start(None, "a"))
        assert house.pairings.start(pairing.secret, "a") == pairing
        for made_up in ("A" * 43, "ä" * 43, ""):
            begun = agreed(house.pairings.start(made_up, "a"))
            assert begun.secret not in (made_up, pairing.secret)

    in_house(tmp_path, test)


def test_a_flood_is_bounded_by_address_and_in_all_and_leaves_nothing(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        one = [house.pairings.start(None, "flood") for _ in range(1000)]
        assert sum(isinstance(item, Pairing) for item in one) == 5
        assert {item.reason for item in one if isinstance(item, Refused)} == {RefusalReason.BUSY}
        agreed(house.pairings.start(None, "a quiet display"))
        many = [house.pairings.start(None, f"flood {number}") for number in range(1000)]
        assert sum(isinstance(item, Pairing) for item in many) == 12 - 6
        assert len(house.pairings._by_digest) == len(house.pairings._by_lookup) == 12
        house.hands.pass_s(house.config.pairing_age_s)
        agreed(house.pairings.start(None, "flood"))
        sizes = (
            house.pairings._by_digest,
            house.pairings._by_lookup,
            house.pairings._begun,
            house.pairings._by_address,
        )
        assert [len(held) for held in sizes] == [1, 1, 1, 1]

    in_house(tmp_path, test, pairings_count_max=12, pairings_per_address_count_max=5)


def test_displays_that_no_longer_ask_give_way_to_one_that_does(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        mine = agreed(house.pairings.start(None, "a"))
        lost = [agreed(house.pairings.start(None, "a")) for _ in range(4)]
        assert isinstance(house.pairings.start(None, "a"), Refused)
        for _ in range(4):  # mine asks for news, again and again
            assert house.pairings.waiting(mine.secret) == mine
            house.hands.pass_s(20)
        agreed(house.pairings.start(None, "a"))
        assert house.pairings.waiting(mine.secret) == mine
        assert [house.pairings.waiting(pairing.secret) for pairing in lost] == [None] * 4
        assert house.pairings.claim(lost[0].code) is None
        assert len(house.pairings._quiet_ms) == 2

    in_house(tmp_path, test, pairings_per_address_count_max=5, pairing_age_s=300)


def test_used_codes_count_on_so_the_bound_is_a_rate(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        for _ in range(3):
            claim = house.pairings.claim(agreed(house.pairings.start(None, "a")).code)
            assert claim is not None
            house.pairings.settle(claim)
        assert isinstance(house.pairings.start(None, "a"), Refused)

    in_house(tmp_path, test, pairings_per_address_count_max=3)


def test_neither_a_repr_nor_a_file_holds_a_code_or_secret(tmp_path: Path) -> None:
    async def test(house: House) -> list[str]:
        pairing = agreed(house.pairings.start(None, "a"))
        claim = house.pairings.claim(pairing.code)
        assert pairing.code not in f"{pairing} {claim}"
        assert pairing.secret not in f"{pairing} {claim}"
        waiting = agreed(house.pairings.start(None, "a"))
        return [text for item in (pairing, waiting) for text in (item.code, item.code.replace("-", ""), item.secret)]

    texts = in_house(tmp_path, test)
    octets = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir()).lower()
    assert not [text for text in texts if text.lower().encode() in octets]
