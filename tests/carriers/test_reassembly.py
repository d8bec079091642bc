"""Parts become texts again."""

import random

from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers.concatenation import Concatenation
from curtilage.carriers.reassembly import GAP, Assembled, Reassembly, ReassemblyLimits, ReceivedPart
from curtilage.carriers.splitter import Alphabet, TextRefused, split

_LIMITS = ReassemblyLimits(age_ms=1000, texts_count_max=8, texts_per_sender_count_max=3)
_LONG = "Grüße € " * 60
_SENDER = "+4915100000001"


def _received(text: str, reference: int = 1, at_ms: int = 0, sender: str = _SENDER) -> list[ReceivedPart]:
    parts = split(text, reference, 255)
    assert not isinstance(parts, TextRefused)
    return [
        ReceivedPart(sender, "", part.concatenation, part.alphabet, part.octets, at_ms)
        for part in parts
        if part.concatenation is not None
    ]


def _part(number: int, octets: bytes, alphabet: Alphabet = Alphabet.UCS2, total: int = 2) -> ReceivedPart:
    return ReceivedPart(_SENDER, "", Concatenation(1, total, number), alphabet, octets, 0)


@given(st.text(alphabet="a€я😀", min_size=161, max_size=900), st.randoms(use_true_random=False))
def test_in_any_order_and_repeated(text: str, chance: random.Random) -> None:
    parts = _received(text)
    sent = parts + chance.choices(parts, k=3)
    chance.shuffle(sent)
    reassembly, given_out = Reassembly(_LIMITS), list[Assembled]()
    for part in sent:
        given_out += reassembly.add(part, 0).given
        if given_out:
            break
    assert [(item.text, item.missing) for item in given_out] == [(text, ())]


def test_texts_of_several_senders_and_references_do_not_mix() -> None:
    reassembly, given_out = Reassembly(_LIMITS), list[Assembled]()
    one, two, three = _received(_LONG), _received(_LONG.lower(), 2), _received(_LONG.upper(), 1, sender="+33")
    for parts in zip(one, two, three, strict=True):
        for part in parts:
            given_out += reassembly.add(part, 0).given
    assert [item.text for item in given_out] == [_LONG, _LONG.lower(), _LONG.upper()]


def test_a_part_that_is_there_already_changes_nothing() -> None:
    reassembly, parts = Reassembly(_LIMITS), _received(_LONG)
    assert reassembly.add(parts[0], 0).waits
    again = reassembly.add(parts[0], 5)
    assert (again.given, again.waits) == ((), False)


def test_a_reference_that_is_used_again_gives_the_old_text_out() -> None:
    reassembly = Reassembly(_LIMITS)
    old, new = _received(_LONG), _received("Neu " * 120)
    assert len(old) == len(new)
    reassembly.add(old[0], 0)
    added = reassembly.add(new[0], 10)
    assert added.waits
    assert [item.missing for item in added.given] == [tuple(range(2, len(old) + 1))]
    rest = [item for part in new[1:] for item in reassembly.add(part, 20).given]
    assert [item.text for item in rest] == ["Neu " * 120]


def test_what_waited_too_long_is_shown_with_its_gap() -> None:
    reassembly, parts = Reassembly(_LIMITS), _received(_LONG)
    reassembly.add(parts[0], 0)
    reassembly.add(parts[-1], 500)
    assert reassembly.expire(1000) == []
    (text,) = reassembly.expire(1001)
    assert text.missing == tuple(range(2, len(parts)))
    assert text.text.count(GAP) == 1
    assert _LONG.startswith(text.text.split(GAP)[0])
    assert _LONG.endswith(text.text.split(GAP)[1])
    assert reassembly.expire(10**12) == []


def test_one_sender_pushes_out_only_its_own_while_it_has_any() -> None:
    reassembly = Reassembly(_LIMITS)
    reassembly.add(_received(_LONG, sender="+33")[0], 0)
    given_out = [item for number in range(10) for item in reassembly.add(_received(_LONG, number)[0], 0).given]
    assert len(given_out) == 7
    assert {item.parts[0].sender for item in given_out} == {_SENDER}


def test_so_many_texts_wait_and_none_vanishes() -> None:
    reassembly = Reassembly(_LIMITS)
    given_out = [item for n in range(20) for item in reassembly.add(_received(_LONG, sender=f"+33{n}")[0], 0).given]
    assert len(given_out) == 20 - _LIMITS.texts_count_max


def test_pairs_that_a_sender_cut_through_are_joined_before_they_are_read() -> None:
    reassembly = Reassembly(_LIMITS)
    emoji = "a😀".encode("utf-16-be")
    reassembly.add(_part(2, emoji[4:]), 0)
    assert [item.text for item in reassembly.add(_part(1, emoji[:4]), 0).given] == ["a😀"]
    reassembly.add(_part(1, b"a\x1b", Alphabet.GSM), 0)
    assert [item.text for item in reassembly.add(_part(2, b"\x65", Alphabet.GSM), 0).given] == ["a€"]


def test_parts_of_several_alphabets_are_one_text() -> None:
    reassembly = Reassembly(_LIMITS)
    reassembly.add(_part(1, b"a", Alphabet.GSM), 0)
    assert [item.text for item in reassembly.add(_part(2, "я".encode("utf-16-be")), 0).given] == ["aя"]


def test_what_could_not_be_recorded_waits_again() -> None:
    reassembly, parts = Reassembly(_LIMITS), _received(_LONG)
    for part in parts[:-1]:
        reassembly.add(part, 0)
    (whole,) = reassembly.add(parts[-1], 0).given
    reassembly.put_back(whole, parts[-1])
    assert [item.text for item in reassembly.add(parts[-1], 1).given] == [_LONG]
    reassembly.add(parts[0], 2)
    reassembly.forget(parts[0])
    assert reassembly.expire(10**12) == []
    reassembly.forget(parts[0])


def test_no_text_and_no_number_stands_in_a_repr() -> None:
    parts = _received(_LONG)
    shown = repr(parts) + repr(Assembled(tuple(parts)))
    assert "Gr" not in shown
    assert "4915" not in shown
