"""What the two processes say to each other, and what neither says."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.messages.discovery import exchange
from curtilage.messages.discovery.exchange import (
    AccountBatch,
    EpochState,
    EvaluatorSettings,
    Kind,
    NumberInEpochs,
    Status,
)
from tests.wire.discovery.outputs import public_key

SETTINGS = EvaluatorSettings("/a/folder", "/a/file", 2_048, 8, 100, 50, 1_000)
STATES = (EpochState(1, public_key(), "9.0.42"), EpochState(2, public_key(), "9.0.43"))
NUMBER = NumberInEpochs(b"+4915123456789", (1, 2))
BATCH = AccountBatch(b"mfrggzdfmztwq2lknnwg23tpoa", b"batch")


def test_everything_said_is_understood() -> None:
    assert EvaluatorSettings.decode(SETTINGS.encode()) == SETTINGS
    assert AccountBatch.decode(BATCH.encode()) == BATCH
    assert NumberInEpochs.decode(NUMBER.encode()) == NUMBER
    assert exchange.decode_states(exchange.encode_states(STATES)) == STATES
    assert exchange.decode_states(b"") == ()
    assert exchange.decode_begin(exchange.encode_begin(3, "9.0.42")) == (3, "9.0.42")
    assert exchange.decode_end(exchange.encode_end(3)) == 3
    assert exchange.decode_later(exchange.encode_later(5)) == 5
    assert exchange.decode_outputs(b"a" * 64 + b"b" * 64, 2) == (b"a" * 64, b"b" * 64)
    assert exchange.decode_words(exchange.encode_words("The disk is full.")) == "The disk is full."
    assert exchange.encode_frame(Kind.END, b"abc") == b"\0\0\0\4\5abc"
    assert exchange.encode_frame(Status.BAD) == b"\0\0\0\1\4"


@given(st.binary(max_size=200))
def test_any_bytes_are_understood_or_refused(octets: bytes) -> None:
    settings = EvaluatorSettings.decode(octets)
    assert settings is None or settings.encode() == octets
    batch = AccountBatch.decode(octets)
    assert batch is None or batch.encode() == octets
    number = NumberInEpochs.decode(octets)
    assert number is None or number.encode() == octets
    states = exchange.decode_states(octets)
    assert states is None or exchange.encode_states(states) == octets
    begin = exchange.decode_begin(octets)
    assert begin is None or exchange.encode_begin(*begin) == octets
    assert isinstance(exchange.decode_words(octets), str)
    exchange.decode_end(octets)
    exchange.decode_later(octets)
    exchange.decode_outputs(octets, 1)


NOT_SAID: Mapping[str, Callable[[], object]] = {
    "no account": lambda: AccountBatch.decode(b"\0batch"),
    "an account cut off": lambda: AccountBatch.decode(b"\x05abc"),
    "an account too long": lambda: AccountBatch.decode(b"\x41" + bytes(65)),
    "no epoch": lambda: NumberInEpochs.decode(b"\0+4915123456789"),
    "three epochs": lambda: NumberInEpochs.decode(b"\3" + bytes(12) + b"+49"),
    "no number": lambda: NumberInEpochs.decode(b"\1\0\0\0\1"),
    "a number too long": lambda: NumberInEpochs.decode(b"\1\0\0\0\1" + b"1" * 17),
    "three states": lambda: exchange.decode_states(exchange.encode_states((*STATES, STATES[0]))),
    "a state without its metadata": lambda: exchange.decode_states(exchange.encode_states(STATES)[:-1]),
    "an allowance of nothing": lambda: EvaluatorSettings.decode(bytes(20) + SETTINGS.encode()[20:]),
    "no epoch to begin": lambda: exchange.decode_begin(exchange.encode_begin(0, "9")),
    "no epoch to end": lambda: exchange.decode_end(bytes(4)),
    "metadata with a line feed": lambda: exchange.decode_begin(exchange.encode_begin(1, "9\n")),
    "too few outputs": lambda: exchange.decode_outputs(bytes(64), 2),
}


@pytest.mark.parametrize("name", NOT_SAID)
def test_what_is_never_said_is_refused(name: str) -> None:
    assert NOT_SAID[name]() is None


def test_numbers_accounts_and_places_do_not_show() -> None:
    shown = f"{NUMBER} {BATCH} {SETTINGS}"
    assert "49151" not in shown
    assert "mfrgg" not in shown
    assert "folder'" not in shown
