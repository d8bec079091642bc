"""Olm: our wrapper with itself, and with libolm (python-olm), which nobody here wrote, both ways."""

import os

import olm as libolm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.phone.olm import BadPeerKey, Encrypted, NotOpened, OlmAccount, OlmSession, PickleBroken, session_id_of
from curtilage.wire.messages.envelope import OlmType
from curtilage.wire.messages.phone_public import signed_by
from tests.phone.libolm_phone import octets, unpadded

SECRET = bytes(range(32))


def pair() -> tuple[OlmAccount, OlmAccount, OlmSession, OlmSession]:
    """Two devices that have spoken."""
    ada, bo = OlmAccount.make(), OlmAccount.make()
    begun = ada.begin(bo.agreement_public, bo.make_one_time_keys(1)[0])
    answered = bo.answer(ada.agreement_public, begun.encrypt(b"first"))
    assert not isinstance(answered, NotOpened)
    assert begun.decrypt(answered[0].encrypt(b"second")) == b"second"
    return ada, bo, begun, answered[0]


def test_two_devices_speak_both_ways() -> None:
    _, _, ada, bo = pair()
    for number in range(20):
        assert bo.decrypt(ada.encrypt(b"%d" % number)) == b"%d" % number
        assert ada.decrypt(bo.encrypt(b"%d" % number)) == b"%d" % number


def test_libolm_begins_and_we_answer() -> None:
    theirs, ours = libolm.Account(), OlmAccount.make()
    session = libolm.OutboundSession(theirs, unpadded(ours.agreement_public), unpadded(ours.make_one_time_keys(1)[0]))
    first = session.encrypt("from libolm")
    agreement = octets(theirs.identity_keys["curve25519"])
    answered = ours.answer(agreement, Encrypted(OlmType(first.message_type), octets(first.ciphertext)))
    assert not isinstance(answered, NotOpened)
    mine, clear = answered
    assert clear == b"from libolm"
    for number in range(10):
        said = mine.encrypt(b"ours %d" % number)
        assert said.olm_type is OlmType.NORMAL
        assert session.decrypt(libolm.OlmMessage(unpadded(said.ciphertext))) == f"ours {number}"
        back = session.encrypt(f"theirs {number}")
        assert mine.decrypt(Encrypted(OlmType(back.message_type), octets(back.ciphertext))) == b"theirs %d" % number


@pytest.mark.parametrize("by_fallback_key", [False, True])
def test_we_begin_and_libolm_answers(by_fallback_key: bool) -> None:
    theirs, ours = libolm.Account(), OlmAccount.make()
    if by_fallback_key:
        theirs.generate_fallback_key()
    else:
        theirs.generate_one_time_keys(1)
    keys = (theirs.fallback_key if by_fallback_key else theirs.one_time_keys)["curve25519"]
    mine = ours.begin(octets(theirs.identity_keys["curve25519"]), octets(next(iter(keys.values()))))
    first = mine.encrypt(b"from us")
    message = libolm.OlmPreKeyMessage(unpadded(first.ciphertext))
    session = libolm.InboundSession(theirs, message, unpadded(ours.agreement_public))
    assert session.decrypt(message) == "from us"
    assert session.id == mine.session_id.decode()
    back = session.encrypt("from libolm")
    assert mine.decrypt(Encrypted(OlmType(back.message_type), octets(back.ciphertext))) == b"from libolm"


def test_libolm_and_everybody_else_verify_what_a_device_signs() -> None:
    ours = OlmAccount.make()
    signature = ours.sign(b"a text")
    assert signed_by(ours.signing_public, signature, b"a text")
    libolm.ed25519_verify(unpadded(ours.signing_public), "a text", unpadded(signature))


def test_what_was_saved_goes_on() -> None:
    ada, _, session, other = pair()
    again = OlmAccount.load(ada.save(SECRET), SECRET)
    assert (again.agreement_public, again.signing_public) == (ada.agreement_public, ada.signing_public)
    restored = OlmSession.load(session.save(SECRET), SECRET)
    assert other.decrypt(restored.encrypt(b"after")) == b"after"
    for load in (OlmAccount.load, OlmSession.load):
        for broken in (b"", b"garbage", session.save(bytes(32))):
            with pytest.raises(PickleBroken):
                load(broken, SECRET)


def test_one_time_keys_are_given_out_once_and_serve_once() -> None:
    ada, bo = OlmAccount.make(), OlmAccount.make()
    given_out = {*bo.make_one_time_keys(10), *bo.make_one_time_keys(10)}
    assert len(given_out) == 20
    key = given_out.pop()
    assert not isinstance(bo.answer(ada.agreement_public, ada.begin(bo.agreement_public, key).encrypt(b"1")), NotOpened)
    second = ada.begin(bo.agreement_public, key).encrypt(b"2")
    assert bo.answer(ada.agreement_public, second) is NotOpened.UNKNOWN_KEY


def test_a_fallback_key_serves_until_two_newer_ones_were_made() -> None:
    ada, bo = OlmAccount.make(), OlmAccount.make()
    key = bo.make_fallback_key()
    for _ in range(2):
        opened = bo.answer(ada.agreement_public, ada.begin(bo.agreement_public, key).encrypt(b"x"))
        assert not isinstance(opened, NotOpened)
        assert bo.make_fallback_key() != key
    late = ada.begin(bo.agreement_public, key).encrypt(b"x")
    assert bo.answer(ada.agreement_public, late) is NotOpened.UNKNOWN_KEY


def test_a_message_opens_once_and_only_as_it_was() -> None:
    _, _, ada, bo = pair()
    message = ada.encrypt(b"once")
    touched = Encrypted(message.olm_type, message.ciphertext[:-1] + bytes((message.ciphertext[-1] ^ 1,)))
    assert bo.decrypt(touched) is NotOpened.DOES_NOT_OPEN
    assert bo.decrypt(message) == b"once"
    assert bo.decrypt(message) is NotOpened.DOES_NOT_OPEN
    assert ada.decrypt(message) is NotOpened.DOES_NOT_OPEN


@pytest.mark.parametrize(("skipped", "opened"), [(40, 40), (60, 40)])
def test_forty_skipped_messages_of_a_chain_still_open(skipped: int, opened: int) -> None:
    _, _, ada, bo = pair()
    held = [ada.encrypt(b"%d" % number) for number in range(skipped)]
    assert bo.decrypt(ada.encrypt(b"last")) == b"last"
    assert sum(isinstance(bo.decrypt(message), bytes) for message in held) == opened


def test_five_chains_of_late_messages_still_open() -> None:
    _, _, ada, bo = pair()
    held = []
    for _ in range(8):
        held.append(ada.encrypt(b"late"))
        bo.decrypt(ada.encrypt(b"in time"))
        ada.decrypt(bo.encrypt(b"turn"))
    assert sum(isinstance(bo.decrypt(message), bytes) for message in held) == 5


def test_keys_that_are_none_begin_nothing() -> None:
    ada, bo = OlmAccount.make(), OlmAccount.make()
    one = bo.make_one_time_keys(1)[0]
    for agreement, key in ((b"short", one), (bo.agreement_public, b"")):
        with pytest.raises(BadPeerKey):
            ada.begin(agreement, key)
    first = ada.begin(bo.agreement_public, one).encrypt(b"x")
    assert bo.answer(b"short", first) is NotOpened.DOES_NOT_OPEN
    assert bo.answer(bo.agreement_public, first) is NotOpened.DOES_NOT_OPEN


@given(st.sampled_from(OlmType), st.binary(max_size=300))
def test_garbage_opens_nothing_and_breaks_nothing(olm_type: OlmType, garbage: bytes) -> None:
    ada, _, session, other = pair()
    message = Encrypted(olm_type, garbage)
    assert isinstance(ada.answer(os.urandom(32), message), NotOpened)
    assert isinstance(session.decrypt(message), NotOpened)
    session_id_of(message)
    assert other.decrypt(session.encrypt(b"still")) == b"still"


@given(st.data())
def test_a_damaged_first_message_uses_up_no_key_or_is_the_same_message(data: st.DataObject) -> None:
    """vodozemac writes a message anew before it checks its MAC: a field that says nothing may be called otherwise."""
    ada, bo = OlmAccount.make(), OlmAccount.make()
    first = ada.begin(bo.agreement_public, bo.make_one_time_keys(1)[0]).encrypt(b"x")
    octets_changed = bytearray(first.ciphertext)
    octets_changed[data.draw(st.integers(0, len(octets_changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    damaged = Encrypted(OlmType.PRE_KEY, bytes(octets_changed))
    outcome = bo.answer(ada.agreement_public, damaged)
    if isinstance(outcome, NotOpened):
        assert not isinstance(bo.answer(ada.agreement_public, first), NotOpened)
    else:
        assert outcome[1] == b"x"
        assert session_id_of(damaged) == session_id_of(first) == outcome[0].session_id


@given(st.data())
def test_a_damaged_message_opens_once_at_most(data: st.DataObject) -> None:
    _, _, ada, bo = pair()
    message = ada.encrypt(b"once")
    octets_changed = bytearray(message.ciphertext)
    octets_changed[data.draw(st.integers(0, len(octets_changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    opened = [bo.decrypt(candidate) for candidate in (Encrypted(OlmType.NORMAL, bytes(octets_changed)), message)]
    assert opened.count(b"once") == 1


def test_both_sides_name_a_session_alike() -> None:
    ada, bo = OlmAccount.make(), OlmAccount.make()
    begun = ada.begin(bo.agreement_public, bo.make_one_time_keys(1)[0])
    first = begun.encrypt(b"x")
    answered = bo.answer(ada.agreement_public, first)
    assert not isinstance(answered, NotOpened)
    assert begun.session_id == answered[0].session_id == session_id_of(first)
    assert session_id_of(answered[0].encrypt(b"y")) is None


def test_no_repr_shows_a_secret() -> None:
    ada, _, session, _ = pair()
    message = session.encrypt(b"x")
    assert message.ciphertext.hex() not in repr(message)
    assert "Session object" in repr(session)
    assert "Account object" in repr(ada)
