"""Linking as two machines: the way it should go, and everything that stands between."""

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.phone.linking import (
    End,
    Join,
    LetIn,
    LinkCommand,
    LinkEnd,
    LinkEvent,
    NewDevice,
    OldDevice,
    Said,
    Send,
    Show,
)
from curtilage.phone.sas import SasEphemeral, SasNumbers
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.link_message import (
    LinkAnswer,
    LinkGrant,
    LinkMac,
    LinkMessage,
    LinkReveal,
    LinkStart,
    decode_link,
    encode_link,
)
from curtilage.wire.messages.opaque import LinkId, MessageAccount, PhoneId
from curtilage.wire.messages.phone_public import PhonePublic
from tests.phone.test_pin import TRUE

ADA = MessageAccount(b"ada".ljust(16, b"."))
IDENTITY = TRUE.public_key().public_bytes_raw()
LINK = LinkId(b"link".ljust(16))
NEW, OLD, EVE = (PhonePublic(PhoneId(d * 16), d * 32, d * 32) for d in (b"n", b"o", b"e"))
GRANT = LinkGrant(LINK, DeviceList.sign(ADA, 2, 0, (NEW, OLD), TRUE), b"sealed")


def new_device(phone: PhonePublic = NEW) -> NewDevice:
    """One that wants in."""
    return NewDevice(LINK, phone, b"1" * 32, SasEphemeral())


def old_device(phone: PhonePublic = OLD) -> OldDevice:
    """One that may let it in."""
    return OldDevice(ADA, IDENTITY, phone, SasEphemeral())


def sent(commands: list[LinkCommand]) -> LinkMessage:
    """The message among them, as it comes out of the wire."""
    (message,) = [command.message for command in commands if isinstance(command, Send)]
    return decode_link(encode_link(message))


def shown(commands: list[LinkCommand]) -> SasNumbers:
    """The numbers among them."""
    (numbers,) = [command.numbers for command in commands if isinstance(command, Show)]
    return numbers


def ended(commands: list[LinkCommand]) -> LinkEnd:
    """Nothing but an end."""
    (end,) = commands
    assert isinstance(end, End)
    return end.why


def compared(new: NewDevice, old: OldDevice) -> tuple[SasNumbers, SasNumbers]:
    """Both screens show their numbers."""
    answer = sent(old.on(sent(new.begin())))
    on_new = new.on(answer)
    on_old = old.on(sent(on_new))
    return shown(on_new), shown(on_old)


def test_two_devices_that_see_the_same_become_one_persons() -> None:
    new, old = new_device(), old_device()
    on_new, on_old = compared(new, old)
    assert on_new == on_old
    from_new = new.on(Said.SAME)
    assert old.on(Said.SAME)[1:] == []
    (let_in,) = old.on(sent(from_new))
    assert isinstance(let_in, LetIn)
    assert let_in.reveal.phone == NEW
    assert old.ended


@pytest.mark.parametrize("order", ["person first", "mac first", "grant first"])
def test_the_new_device_joins_when_person_mac_and_grant_agree(order: str) -> None:
    new, old = new_device(), old_device()
    compared(new, old)
    mac = sent(old.on(Said.SAME))
    events: dict[str, list[LinkEvent]] = {
        "person first": [Said.SAME, mac, GRANT],
        "mac first": [mac, Said.SAME, GRANT],
        "grant first": [GRANT, mac, Said.SAME],
    }
    answers = [new.on(event) for event in events[order]]
    joins = [command for commands in answers for command in commands if isinstance(command, Join)]
    assert [join.grant for join in joins] == [GRANT]
    assert any(isinstance(command, Join) for command in answers[-1])
    assert new.on(GRANT) == new.on(Said.SAME) == []


def test_nothing_is_let_in_or_joined_without_all_three() -> None:
    for left_out in range(3):
        new, old = new_device(), old_device()
        compared(new, old)
        mac = sent(old.on(Said.SAME))
        events: list[LinkEvent] = [Said.SAME, mac, GRANT]
        del events[left_out]
        commands = [command for event in events for command in new.on(event)]
        assert not any(isinstance(command, Join) for command in commands)
    new, old = new_device(), old_device()
    compared(new, old)
    assert old.on(sent(new.on(Said.SAME))) == []


def test_a_man_in_the_middle_makes_the_numbers_differ() -> None:
    """Eve speaks with each side as the other: both accept her keys, and the two screens disagree."""
    for _ in range(20):
        new, old = new_device(), old_device()
        eve_new, eve_old = new_device(EVE), old_device(EVE)
        to_new, _ = compared(new, eve_old)
        _, to_old = compared(eve_new, old)
        assert to_new != to_old


def test_an_answer_that_was_changed_on_its_way_makes_the_numbers_differ() -> None:
    for change in ("ephemeral_public", "account", "identity_public", "phone"):
        new, old = new_device(), old_device()
        answer = sent(old.on(sent(new.begin())))
        assert isinstance(answer, LinkAnswer)
        changes = {
            "ephemeral_public": replace(answer, ephemeral_public=SasEphemeral().public),
            "account": replace(answer, account=MessageAccount(bytes(16))),
            "identity_public": replace(answer, identity_public=bytes(32)),
            "phone": replace(answer, phone=EVE),
        }
        on_new = new.on(changes[change])
        assert shown(on_new) != shown(old.on(sent(on_new)))


def test_a_person_who_agrees_too_quickly_is_still_saved_by_the_macs() -> None:
    new, old = new_device(), old_device()
    answer = sent(old.on(sent(new.begin())))
    assert isinstance(answer, LinkAnswer)
    old.on(sent(new.on(replace(answer, phone=EVE))))
    from_new, from_old = new.on(Said.SAME), old.on(Said.SAME)
    assert ended(old.on(sent(from_new))) is LinkEnd.BAD_MAC
    assert ended(new.on(sent(from_old))) is LinkEnd.BAD_MAC


@pytest.mark.parametrize("what", ["ephemeral_public", "phone", "one_time_public"])
def test_keys_that_were_not_promised_end_it(what: str) -> None:
    new, old = new_device(), old_device()
    reveal = sent(new.on(sent(old.on(sent(new.begin())))))
    assert isinstance(reveal, LinkReveal)
    changes = {
        "ephemeral_public": replace(reveal, ephemeral_public=SasEphemeral().public),
        "phone": replace(reveal, phone=EVE),
        "one_time_public": replace(reveal, one_time_public=bytes(32)),
    }
    assert ended(old.on(changes[what])) is LinkEnd.NOT_WHAT_WAS_PROMISED
    assert old.on(reveal) == old.on(Said.SAME) == []


def test_a_swapped_commitment_shows_in_the_numbers_or_ends_it() -> None:
    new, old, eve = new_device(), old_device(), new_device(EVE)
    start = sent(new.begin())
    assert isinstance(start, LinkStart)
    hers = sent(eve.begin())
    on_new = new.on(sent(old.on(hers)))
    assert ended(old.on(sent(on_new))) is LinkEnd.NOT_WHAT_WAS_PROMISED


def test_a_second_attempt_under_one_code_ends_the_first() -> None:
    new, old, eve = new_device(), old_device(), new_device(EVE)
    old.on(sent(new.begin()))
    assert ended(old.on(sent(eve.begin()))) is LinkEnd.OUT_OF_TURN
    assert old.on(sent(new.begin())) == []
    new, old = new_device(), old_device()
    first = sent(old.on(sent(new.begin())))
    assert isinstance(first, LinkAnswer)
    new.on(first)
    assert ended(new.on(replace(first, ephemeral_public=SasEphemeral().public))) is LinkEnd.OUT_OF_TURN


def test_what_comes_twice_changes_nothing() -> None:
    new, old = new_device(), old_device()
    start = sent(new.begin())
    answer = sent(old.on(start))
    assert old.on(start) == []
    reveal = sent(new.on(answer))
    assert new.on(answer) == []
    old.on(reveal)
    assert old.on(reveal) == []
    assert isinstance(new.on(Said.SAME)[0], Send)
    assert new.on(Said.SAME) == []


def test_messages_of_another_attempt_are_passed_over() -> None:
    new, old = new_device(), old_device()
    answer = sent(old.on(sent(new.begin())))
    assert isinstance(answer, LinkAnswer)
    replayed = replace(answer, link=LinkId(bytes(16)))
    assert new.on(replayed) == []
    on_new = new.on(answer)
    reveal = sent(on_new)
    assert isinstance(reveal, LinkReveal)
    assert old.on(replace(reveal, link=LinkId(bytes(16)))) == []
    assert shown(old.on(reveal)) == shown(on_new)


def test_a_mac_sent_back_is_no_mac() -> None:
    new, old = new_device(), old_device()
    compared(new, old)
    own = sent(new.on(Said.SAME))
    assert ended(new.on(own)) is LinkEnd.BAD_MAC
    own = sent(old.on(Said.SAME))
    assert ended(old.on(own)) is LinkEnd.BAD_MAC


def test_macs_of_an_earlier_attempt_are_none() -> None:
    new, old = new_device(), old_device()
    compared(new, old)
    earlier = sent(new.on(Said.SAME))
    new, old = new_device(), old_device()
    compared(new, old)
    old.on(Said.SAME)
    assert ended(old.on(earlier)) is LinkEnd.BAD_MAC


@pytest.mark.parametrize(("said", "why"), [(Said.DIFFERENT, LinkEnd.DIFFERENT), (Said.TIME_IS_UP, LinkEnd.TOO_LATE)])
def test_a_no_is_for_good(said: Said, why: LinkEnd) -> None:
    new, old = new_device(), old_device()
    compared(new, old)
    from_new = sent(new.on(Said.SAME))
    assert ended(old.on(said)) is why
    assert old.on(Said.SAME) == old.on(from_new) == []
    assert ended(new.on(said)) is why
    assert new.on(GRANT) == []


def test_out_of_turn_ends_it() -> None:
    mac = LinkMac(LINK, bytes(32), bytes(32))
    for early in (mac, GRANT):
        assert ended(new_device().on(early)) is LinkEnd.OUT_OF_TURN
    old = old_device()
    assert old.on(mac) == []
    old.on(sent(new_device().begin()))
    assert ended(old.on(mac)) is LinkEnd.OUT_OF_TURN
    assert new_device().on(Said.SAME) == old_device().on(Said.SAME) == []


def test_a_key_of_low_order_ends_it() -> None:
    new, old = new_device(), old_device()
    answer = sent(old.on(sent(new.begin())))
    assert isinstance(answer, LinkAnswer)
    commands = new.on(replace(answer, ephemeral_public=bytes(32)))
    assert commands[-1:] == [End(LinkEnd.BAD_KEY)]


messages: st.SearchStrategy[LinkEvent] = st.sampled_from(Said) | st.sampled_from(
    [
        LinkStart(LINK, bytes(32)),
        LinkAnswer(LINK, SasEphemeral().public, ADA, IDENTITY, EVE),
        LinkReveal(LINK, SasEphemeral().public, EVE, bytes(32)),
        LinkMac(LINK, bytes(32), os.urandom(32)),
        GRANT,
    ]
)


@given(st.lists(messages, max_size=8))
def test_no_order_of_a_strangers_messages_links_anything(events: list[LinkEvent]) -> None:
    for machine in (new_device(), old_device()):
        commands = [command for event in events for command in machine.on(event)]
        assert not any(isinstance(command, (LetIn, Join)) for command in commands)
        assert sum(isinstance(command, End) for command in commands) <= 1
