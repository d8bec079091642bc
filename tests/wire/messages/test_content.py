"""Contents: vectors, round trips, padding."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.messages.content import MESSAGES_COUNT_MAX, SIZES_BYTES, TEXT_BYTES_MAX, Content
from curtilage.wire.messages.envelope import Envelope, MessageKind, OlmType
from curtilage.wire.messages.opaque import MessageAccount, MessageId, PhoneId
from tests.wire.messages.samples import VECTORS, accounts, message_ids, name_of, octets, phone_ids

number = st.integers(0, 2**63 - 1)
heads = (accounts, phone_ids, accounts, phone_ids, accounts, message_ids, number, number)
texts = st.builds(Content, st.just(MessageKind.TEXT), *heads, st.text(min_size=1, max_size=300))
kinds = st.sampled_from((MessageKind.DELIVERED, MessageKind.READ, MessageKind.NOT_OPENED))
some = st.lists(message_ids, min_size=1, max_size=MESSAGES_COUNT_MAX).map(tuple)
contents = texts | st.builds(Content, kinds, *heads, st.just(""), some)
TEXT = Content.decode(octets(VECTORS["content"][0]))


def outcome(encoded: bytes) -> str:
    """In the words of the vectors."""
    try:
        Content.decode(encoded)
    except ValueError:
        return "malformed"
    return "decodes"


@pytest.mark.parametrize("case", VECTORS["content"], ids=name_of)
def test_every_vector_has_its_outcome(case: dict[str, str]) -> None:
    assert outcome(octets(case)) == case["outcome"]


@given(contents)
def test_what_is_encoded_decodes_and_has_one_of_a_few_sizes(content: Content) -> None:
    encoded = content.encode()
    assert Content.decode(encoded) == content
    assert len(encoded) in SIZES_BYTES


@given(st.binary(max_size=256).map(lambda start: start.ljust(256, b"\0")))
def test_bytes_nobody_encoded_are_refused_or_say_the_same_again(garbage: bytes) -> None:
    for candidate in (garbage, b"\x01\x01" + garbage[2:], b"\x01\x02" + garbage[2:]):
        if outcome(candidate) == "decodes":
            assert Content.decode(candidate).encode() == candidate


@pytest.mark.parametrize(
    ("length", "size"), [(1, 256), (138, 256), (139, 512), (200, 512), (2000, 4096), (TEXT_BYTES_MAX, 32768)]
)
def test_short_texts_look_alike(length: int, size: int) -> None:
    assert len(replace(TEXT, text="x" * length).encode()) == size


@pytest.mark.parametrize("text", ["x" * (TEXT_BYTES_MAX + 1), "x" * 100_000, "half a \ud800 pair"])
def test_what_is_no_text_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"at most|surrogates"):
        replace(TEXT, text=text).encode()


def test_a_text_has_words_and_receipts_have_messages() -> None:
    one = (MessageId(bytes(16)),)
    for kind, text, messages in (
        (MessageKind.TEXT, "", ()),
        (MessageKind.TEXT, "words", one),
        (MessageKind.READ, "words", one),
        (MessageKind.READ, "", ()),
        (MessageKind.READ, "", one * (MESSAGES_COUNT_MAX + 1)),
        (MessageKind.READ, "", (MessageId(b"short"),)),
    ):
        with pytest.raises(ValueError, match=r"text|receipts|names"):
            replace(TEXT, kind=kind, text=text, messages=messages)
    with pytest.raises(ValueError, match="number or time"):
        replace(TEXT, sent_ms=-1)


def test_the_envelope_must_say_the_same_outside() -> None:
    envelope = Envelope(
        TEXT.kind,
        OlmType.NORMAL,
        TEXT.sender,
        TEXT.sender_phone,
        TEXT.receiver,
        TEXT.receiver_phone,
        TEXT.message,
        b"x",
    )
    account, phone, message = MessageAccount(bytes(16)), PhoneId(bytes(16)), MessageId(bytes(16))
    assert TEXT.belongs_to(envelope)
    assert TEXT.belongs_to(replace(envelope, attempt=2))
    for other in (
        replace(envelope, sender=account),
        replace(envelope, sender_phone=phone),
        replace(envelope, receiver=account),
        replace(envelope, receiver_phone=phone),
        replace(envelope, message=message),
    ):
        assert not TEXT.belongs_to(other)
    assert not TEXT.belongs_to(replace(envelope, kind=MessageKind.READ))


def test_no_repr_shows_the_words() -> None:
    assert "Grüße" not in repr(TEXT)
