"""Both engines give the same, prove it, and refuse the same."""

import json
import secrets
from pathlib import Path

import pytest
from voprf import ristretto

from curtilage.messages.discovery.batch_engine import BatchEngine, OwnEngine, VoprfEngine, engine_of
from curtilage.wire.discovery.batch import SIZES, Batch, decode_reply
from curtilage.wire.discovery.dleq import verify_proof
from curtilage.wire.discovery.oprf import Evaluated, Mode, derive_key_pair
from tests.messages.discovery.evaluators import batch

SEED, INFO = b"s" * 32, b"tests"
KEYS = derive_key_pair(Mode.VOPRF, SEED, INFO)
OTHER = derive_key_pair(Mode.VOPRF, b"o" * 32, INFO)
ENGINES: tuple[BatchEngine, ...] = (OwnEngine(KEYS, secrets.token_bytes), VoprfEngine(ristretto, SEED, INFO))
NO_ELEMENTS = [
    bytes.fromhex(encoded)
    for encoded in json.loads(
        (Path(__file__).parents[2] / "wire" / "discovery" / "rfc9496.vectors.json").read_text(encoding="utf-8")
    )["invalid"]
]
ENGINE = pytest.mark.parametrize("engine", ENGINES, ids=["own", "voprf"])


@pytest.mark.parametrize("size", SIZES[:3])
def test_both_give_the_same_and_prove_it(size: int) -> None:
    octets = batch(size=size)
    asked = Batch.decode(octets)
    assert isinstance(asked, Batch)
    replies = []
    for engine in ENGINES:
        reply = decode_reply(engine.reply(octets) or b"", size)
        assert isinstance(reply, Evaluated)
        assert verify_proof(KEYS.public, asked.elements, reply.elements, reply.proof, Mode.VOPRF.context)
        replies.append(reply.elements)
    assert replies[0] == replies[1]


@ENGINE
@pytest.mark.parametrize("element", [bytes(32), bytes(31) + b"\x80", *NO_ELEMENTS], ids=lambda octets: octets.hex()[:8])
def test_both_refuse_what_is_no_element(engine: BatchEngine, element: bytes) -> None:
    assert engine.reply(batch()[:-32] + element) is None


@ENGINE
@pytest.mark.parametrize("octets", [b"", batch()[:-1], batch()[:-32], b"\x02" + batch()[1:]])
def test_both_refuse_what_is_no_batch(engine: BatchEngine, octets: bytes) -> None:
    assert engine.reply(octets) is None


def test_the_quick_one_is_taken_when_it_agrees_about_the_key() -> None:
    assert isinstance(engine_of(KEYS, SEED, INFO, secrets.token_bytes), VoprfEngine)
    assert isinstance(engine_of(OTHER, SEED, INFO, secrets.token_bytes), OwnEngine)
