"""The evaluator: what it gives, to whom, and how much."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curtilage.messages.discovery import exchange
from curtilage.messages.discovery.evaluator import Evaluator
from curtilage.messages.discovery.exchange import AccountBatch, EpochState, Kind, NumberInEpochs, Status
from curtilage.wire.discovery.batch import Batch, decode_reply
from curtilage.wire.discovery.oprf import OprfProblem, finalize_verified
from curtilage.wire.identifier import AccountId
from tests.held_clock import HeldClock
from tests.messages.discovery.evaluators import ADA, BO, NUMBER, OTHER, batch, blinded, config_in, evaluator_in

HOUR_MS = 3_600_000


def said(evaluator: Evaluator, kind: int, body: bytes = b"") -> tuple[Status, bytes]:
    frame = evaluator.answer(kind, body)
    assert int.from_bytes(frame[:4]) == len(frame) - 4
    return Status(frame[4]), frame[5:]


def begun(folder: Path, clock: HeldClock) -> tuple[Evaluator, EpochState]:
    evaluator = evaluator_in(folder, clock)
    status, body = said(evaluator, Kind.BEGIN, exchange.encode_begin(1, "9.0.42"))
    states = exchange.decode_states(body)
    assert status is Status.DONE
    assert states is not None
    return evaluator, states[0]


def asked(account: AccountId, octets: bytes) -> bytes:
    return AccountBatch(account.encode(), octets).encode()


def test_what_a_phone_computes_is_what_registration_stores(tmp_path: Path) -> None:
    evaluator, state = begun(tmp_path, HeldClock())
    items = [blinded(number) for number in (NUMBER, OTHER, NUMBER, NUMBER)]
    octets = Batch(1, tuple(item.element for item in items)).encode()
    status, body = said(evaluator, Kind.EVALUATE, asked(ADA, octets))
    reply = decode_reply(body, 4)
    assert status is Status.DONE
    assert not isinstance(reply, OprfProblem)
    found = finalize_verified(items, (), reply, state.public_key)
    stored = [said(evaluator, Kind.OUTPUTS, NumberInEpochs(number.octets, (1,)).encode()) for number in (NUMBER, OTHER)]
    assert found == (stored[0][1], stored[1][1], stored[0][1], stored[0][1])


def test_two_epochs_give_two_outputs(tmp_path: Path) -> None:
    evaluator, _ = begun(tmp_path, HeldClock())
    said(evaluator, Kind.BEGIN, exchange.encode_begin(2, "9.0.43"))
    both = said(evaluator, Kind.OUTPUTS, NumberInEpochs(NUMBER.octets, (1, 2)).encode())[1]
    assert both[:64] == said(evaluator, Kind.OUTPUTS, NumberInEpochs(NUMBER.octets, (1,)).encode())[1]
    assert both[64:] == said(evaluator, Kind.OUTPUTS, NumberInEpochs(NUMBER.octets, (2,)).encode())[1]
    assert both[:64] != both[64:]


def test_batches_are_charged_as_sent_to_their_account(tmp_path: Path) -> None:
    clock = HeldClock()
    evaluator, _ = begun(tmp_path, clock)
    for _ in range(8):
        assert said(evaluator, Kind.EVALUATE, asked(ADA, batch(size=256)))[0] is Status.DONE
    status, body = said(evaluator, Kind.EVALUATE, asked(ADA, batch()))
    assert (status, exchange.decode_later(body)) == (Status.LATER, HOUR_MS // 2)
    assert said(evaluator, Kind.EVALUATE, asked(BO, batch()))[0] is Status.DONE
    again = evaluator_in(tmp_path, clock)
    assert said(again, Kind.EVALUATE, asked(ADA, batch()))[0] is Status.LATER
    clock.pass_s(HOUR_MS / 1_000)
    assert said(again, Kind.EVALUATE, asked(ADA, batch()))[0] is Status.DONE


def test_a_batch_of_bad_elements_is_charged_and_refused(tmp_path: Path) -> None:
    evaluator, _ = begun(tmp_path, HeldClock())
    bad = batch(size=1_024)[:-32] + b"\xff" * 32
    assert [said(evaluator, Kind.EVALUATE, asked(ADA, bad))[0] for _ in range(3)] == [
        Status.BAD,
        Status.BAD,
        Status.LATER,
    ]


def test_a_batch_of_no_size_or_no_epoch_costs_nothing(tmp_path: Path) -> None:
    evaluator, _ = begun(tmp_path, HeldClock())
    for _ in range(3):
        assert said(evaluator, Kind.EVALUATE, asked(ADA, batch(epoch=2, size=1_024)))[0] is Status.UNKNOWN
        assert said(evaluator, Kind.EVALUATE, asked(ADA, batch(size=1_024)[:-32]))[0] is Status.BAD
    assert said(evaluator, Kind.EVALUATE, asked(ADA, batch(size=1_024)))[0] is Status.DONE


def test_registrations_have_an_allowance_of_their_own_all_together(tmp_path: Path) -> None:
    config = replace(config_in(tmp_path), discovery_numbers_burst_count=2, discovery_numbers_per_hour_count=1)
    evaluator = evaluator_in(tmp_path, HeldClock(), config)
    said(evaluator, Kind.BEGIN, exchange.encode_begin(1, "9.0.42"))
    number = NumberInEpochs(NUMBER.octets, (1,)).encode()
    assert [said(evaluator, Kind.OUTPUTS, number)[0] for _ in range(3)] == [Status.DONE, Status.DONE, Status.LATER]
    assert said(evaluator, Kind.EVALUATE, asked(ADA, batch()))[0] is Status.DONE


def test_epochs_begin_one_after_another_and_end(tmp_path: Path) -> None:
    clock = HeldClock()
    evaluator, _ = begun(tmp_path, clock)
    for epoch in (1, 0):
        status, _ = said(evaluator, Kind.BEGIN, exchange.encode_begin(epoch, "9.0.42"))
        assert status is not Status.DONE
    assert said(evaluator, Kind.BEGIN, exchange.encode_begin(2, "9.0.42"))[0] is Status.DONE
    assert said(evaluator, Kind.BEGIN, exchange.encode_begin(3, "9.0.42"))[0] is Status.UNKNOWN, "two at once"
    assert said(evaluator, Kind.END, exchange.encode_end(1))[0] is Status.DONE
    assert said(evaluator, Kind.END, exchange.encode_end(1))[0] is Status.UNKNOWN
    assert said(evaluator, Kind.EVALUATE, asked(ADA, batch(epoch=1)))[0] is Status.UNKNOWN
    assert said(evaluator, Kind.OUTPUTS, NumberInEpochs(NUMBER.octets, (2, 1)).encode())[0] is Status.UNKNOWN
    assert evaluator_in(tmp_path, clock).states() == evaluator.states()


def test_what_cannot_be_done_is_said_in_words(tmp_path: Path) -> None:
    evaluator, _ = begun(tmp_path, HeldClock())
    (tmp_path / "keys" / "epoch-2.key").mkdir()
    status, body = said(evaluator, Kind.BEGIN, exchange.encode_begin(2, "9.0.42"))
    assert status is Status.FAILED
    assert "epoch 2" in exchange.decode_words(body)


@pytest.mark.parametrize("kind", [*Kind, 0, 255])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(body=st.binary(max_size=60))
def test_any_request_is_answered(tmp_path: Path, kind: int, body: bytes) -> None:
    evaluator = evaluator_in(tmp_path, HeldClock())
    assert said(evaluator, kind, body)[0] in Status
