"""The OPRF against every vector of RFC 9497 for this suite, another implementation, and bytes that are none."""

import json
import pickle
import secrets
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voprf import ristretto

from curtilage.wire.discovery import oprf
from curtilage.wire.discovery.dleq import Proof
from curtilage.wire.discovery.oprf import Blinded, Evaluated, KeyPair, Mode, OprfProblem
from curtilage.wire.discovery.ristretto255 import (
    IDENTITY,
    ORDER,
    ZERO,
    Element,
    Scalar,
    decode_element,
    decode_scalar,
    hash_to_scalar,
    multiply_base,
    random_element,
    random_scalar,
    scalar_subtract,
)

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("rfc9497.vectors.json").read_text(encoding="utf-8"))
CASES = [(suite, vector) for suite in VECTORS["suites"] for vector in suite["vectors"]]
NAMES = [f"{Mode(suite['mode']).name}-batch-{vector['Batch']}-{index}" for index, (suite, vector) in enumerate(CASES)]
KEYS = oprf.derive_key_pair(Mode.VOPRF, b"k" * 32, b"tests")
OTHER_KEYS = oprf.derive_key_pair(Mode.VOPRF, b"o" * 32, b"tests")


def octets(joined: str) -> list[bytes]:
    return [bytes.fromhex(item) for item in joined.split(",")]


def scalar(hexadecimal: str) -> Scalar:
    decoded = decode_scalar(bytes.fromhex(hexadecimal))
    assert decoded is not None
    return decoded


def keys_of(suite: dict[str, Any]) -> KeyPair:
    return oprf.derive_key_pair(Mode(suite["mode"]), bytes.fromhex(suite["seed"]), bytes.fromhex(suite["keyInfo"]))


def blinded_of(mode: Mode, vector: dict[str, Any]) -> list[Blinded]:
    pairs = zip(octets(vector["Input"]), vector["Blind"].split(","), strict=True)
    blinded = [oprf.blind(mode, item, scalar(blind)) for item, blind in pairs]
    return [item for item in blinded if isinstance(item, Blinded)]


def blinded(*items: bytes) -> list[Blinded]:
    made = [oprf.blind(Mode.VOPRF, item, random_scalar(secrets.token_bytes)) for item in items]
    return [item for item in made if isinstance(item, Blinded)]


def evaluated(keys: KeyPair, items: list[Blinded], *others: Element) -> Evaluated:
    elements = [*(item.element for item in items), *others]
    reply = oprf.blind_evaluate_verifiably(keys, elements, random_scalar(secrets.token_bytes))
    assert isinstance(reply, Evaluated)
    return reply


@pytest.mark.parametrize("suite", VECTORS["suites"], ids=["OPRF", "VOPRF", "POPRF"])
def test_every_key_is_derived_as_in_the_rfc(suite: dict[str, Any]) -> None:
    keys = keys_of(suite)
    assert keys.secret.hex() == suite["skSm"]
    assert keys.public.hex() == suite.get("pkSm", keys.public.hex())
    assert (b"HashToGroup-" + Mode(suite["mode"]).context).hex() == suite["groupDST"]


@pytest.mark.parametrize(("suite", "vector"), CASES, ids=NAMES)
def test_every_vector_of_the_rfc_is_blinded_evaluated_proven_and_finalized(
    suite: dict[str, Any], vector: dict[str, Any]
) -> None:
    mode, keys = Mode(suite["mode"]), keys_of(suite)
    items = blinded_of(mode, vector)
    sent = [item.element for item in items]
    assert sent == octets(vector["BlindedElement"])
    outputs: tuple[bytes, ...] | OprfProblem
    if mode is Mode.OPRF:
        elements = oprf.blind_evaluate(keys.secret, sent)
        outputs = oprf.finalize(items, elements)
        alone = [oprf.evaluate(mode, keys.secret, item) for item in octets(vector["Input"])]
    elif mode is Mode.VOPRF:
        reply = oprf.blind_evaluate_verifiably(keys, sent, scalar(vector["Proof"]["r"]))
        assert isinstance(reply, Evaluated)
        elements, proof = reply.elements, reply.proof
        assert proof.encode().hex() == vector["Proof"]["proof"]
        outputs = oprf.finalize_verified(items, (), reply, keys.public)
        alone = [oprf.evaluate(mode, keys.secret, item) for item in octets(vector["Input"])]
    else:
        info = bytes.fromhex(vector["Info"])
        reply = oprf.blind_evaluate_public(keys, sent, info, scalar(vector["Proof"]["r"]))
        tweaked = oprf.tweaked_public(keys.public, info)
        assert isinstance(reply, Evaluated)
        assert not isinstance(tweaked, OprfProblem)
        elements, proof = reply.elements, reply.proof
        assert proof.encode().hex() == vector["Proof"]["proof"]
        outputs = oprf.finalize_public(items, reply, info, tweaked)
        alone = [oprf.evaluate_public(keys.secret, item, info) for item in octets(vector["Input"])]
    assert list(elements) == octets(vector["EvaluationElement"])
    assert outputs == tuple(octets(vector["Output"])) == tuple(alone)


@pytest.mark.parametrize("count", [1, 4, 64])
def test_another_implementation_believes_our_server(count: int) -> None:
    sent = [ristretto.Client.blind(b"+4915112345%03d" % index) for index in range(count)]
    elements = oprf.decode_elements(b"".join(element.serialize() for _, element in sent), count)
    assert isinstance(elements, tuple)
    reply = oprf.blind_evaluate_verifiably(KEYS, elements, random_scalar(secrets.token_bytes))
    assert isinstance(reply, Evaluated)
    theirs = ristretto.Client.finalize_batch(
        [client for client, _ in sent],
        ristretto.VerifiableBatchOutput.deserialize(_as_they_write_it(reply)),
        ristretto.PublicKey.deserialize(KEYS.public),
    )
    assert theirs == [oprf.evaluate(Mode.VOPRF, KEYS.secret, b"+4915112345%03d" % index) for index in range(count)]


@pytest.mark.parametrize("count", [1, 4, 64])
def test_we_believe_another_implementations_server(count: int) -> None:
    server = ristretto.Evaluator.from_seed(b"k" * 32, b"tests")
    assert server.public_key.serialize() == KEYS.public
    items = blinded(*(b"+4915112345%03d" % index for index in range(count)))
    reply = server.evaluate_batch([ristretto.BlindedInput.deserialize(item.element) for item in items]).serialize()
    outputs = oprf.finalize_verified(items, (), _as_we_read_it(bytes(reply), count), KEYS.public)
    assert outputs == tuple(server.evaluate_known_input(item.octets) for item in items)


def test_what_was_sent_beside_the_inputs_is_proven_and_left_out() -> None:
    items, others = blinded(b"+491511234567"), [random_element(secrets.token_bytes) for _ in range(3)]
    reply = evaluated(KEYS, items, *others)
    expected = (oprf.evaluate(Mode.VOPRF, KEYS.secret, b"+491511234567"),)
    assert oprf.finalize_verified(items, others, reply, KEYS.public) == expected
    swapped = Evaluated((*reply.elements[:3], others[0]), reply.proof)
    assert oprf.finalize_verified(items, others, swapped, KEYS.public) is OprfProblem.PROOF


def test_a_server_with_another_key_is_refused() -> None:
    items = blinded(b"one", b"two")
    reply = evaluated(OTHER_KEYS, items)
    assert oprf.finalize_verified(items, (), reply, KEYS.public) is OprfProblem.PROOF
    half = Evaluated((evaluated(KEYS, items).elements[0], reply.elements[1]), evaluated(KEYS, items).proof)
    assert oprf.finalize_verified(items, (), half, KEYS.public) is OprfProblem.PROOF


def test_replies_in_another_order_are_refused() -> None:
    items = blinded(b"one", b"two")
    reply = evaluated(KEYS, items)
    turned = Evaluated(reply.elements[::-1], reply.proof)
    assert oprf.finalize_verified(items, (), turned, KEYS.public) is OprfProblem.PROOF


def test_too_few_too_many_and_none_are_refused() -> None:
    items = blinded(b"one", b"two")
    reply = evaluated(KEYS, items)
    assert oprf.finalize_verified(items[:1], (), reply, KEYS.public) is OprfProblem.COUNT
    assert oprf.finalize(items, reply.elements[:1]) is OprfProblem.COUNT
    assert oprf.blind_evaluate_verifiably(KEYS, (), scalar("01".ljust(64, "0"))) is OprfProblem.COUNT
    assert oprf.blind_evaluate_public(KEYS, (), b"", scalar("01".ljust(64, "0"))) is OprfProblem.COUNT
    assert oprf.finalize_public(items[:1], reply, b"", KEYS.public) is OprfProblem.COUNT


TOO_LONG = bytes(oprf.INPUT_BYTES_MAX + 1)


def test_an_input_that_cannot_be_framed_is_refused() -> None:
    one = random_scalar(secrets.token_bytes)
    for mode in Mode:
        assert oprf.blind(mode, TOO_LONG, one) is OprfProblem.INPUT
    assert oprf.evaluate(Mode.OPRF, one, TOO_LONG) is OprfProblem.INPUT
    assert oprf.evaluate_public(one, TOO_LONG, b"") is OprfProblem.INPUT
    assert oprf.evaluate_public(one, b"", TOO_LONG) is OprfProblem.INPUT
    assert oprf.tweaked_public(KEYS.public, TOO_LONG) is OprfProblem.INPUT
    assert isinstance(oprf.blind(Mode.OPRF, TOO_LONG[1:], one), Blinded)


def test_a_public_input_that_takes_the_key_away_is_refused() -> None:
    tweak = hash_to_scalar(b"Info" + b"\x00\x01i", b"HashToScalar-" + Mode.POPRF.context)
    secret = scalar_subtract(ZERO, tweak)
    keys = KeyPair(secret, multiply_base(secret))
    assert oprf.tweaked_public(keys.public, b"i") is OprfProblem.KEY
    assert oprf.evaluate_public(keys.secret, b"", b"i") is OprfProblem.KEY
    assert oprf.blind_evaluate_public(keys, [KEYS.public], b"i", tweak) is OprfProblem.KEY


def test_a_wrong_public_input_is_refused() -> None:
    item = oprf.blind(Mode.POPRF, b"one", random_scalar(secrets.token_bytes))
    assert isinstance(item, Blinded)
    reply = oprf.blind_evaluate_public(KEYS, [item.element], b"a", random_scalar(secrets.token_bytes))
    tweaked = oprf.tweaked_public(KEYS.public, b"b")
    assert isinstance(reply, Evaluated)
    assert not isinstance(tweaked, OprfProblem)
    assert oprf.finalize_public([item], reply, b"b", tweaked) is OprfProblem.PROOF


NO_ELEMENTS = {
    "identity": IDENTITY,
    "odd": b"\x01" + bytes(31),
    "not below the prime": (2**255 - 19).to_bytes(32, "little"),
    "high bit": bytes(31) + b"\x80",
    "high bit of a good one": KEYS.public[:31] + bytes((KEYS.public[31] | 0x80,)),
    "minus one": (2**255 - 20).to_bytes(32, "little"),
    "all ones": b"\xff" * 32,
    "no square": b"\x26" + bytes(31),
}


@pytest.mark.parametrize("name", NO_ELEMENTS)
def test_what_is_no_element_is_refused(name: str) -> None:
    assert decode_element(NO_ELEMENTS[name]) is None
    assert oprf.decode_elements(KEYS.public + NO_ELEMENTS[name], 2) is OprfProblem.ELEMENT


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65])
def test_what_has_the_wrong_length_is_refused(length: int) -> None:
    assert oprf.decode_elements(bytes(length), 2) is OprfProblem.LENGTH
    assert decode_element(bytes(length)) is None
    assert decode_scalar(bytes(length)) is None
    assert Proof.decode(bytes(length)) is None


def test_a_proof_of_scalars_that_are_not_reduced_is_refused() -> None:
    whole = ORDER.to_bytes(32, "little")
    assert Proof.decode(whole + bytes(32)) is None
    assert Proof.decode(bytes(32) + whole) is None
    zeros = Proof.decode(bytes(64))
    assert zeros is not None
    items = blinded(b"one")
    reply = Evaluated(evaluated(KEYS, items).elements, zeros)
    assert oprf.finalize_verified(items, (), reply, KEYS.public) is OprfProblem.PROOF


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=4), st.data())
def test_a_changed_bit_of_a_reply_is_refused(inputs: list[bytes], data: st.DataObject) -> None:
    items = blinded(*inputs)
    reply = evaluated(KEYS, items)
    whole = bytearray(b"".join(reply.elements) + reply.proof.encode())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    elements = oprf.decode_elements(bytes(whole[:-64]), len(items))
    proof = Proof.decode(bytes(whole[-64:]))
    if isinstance(elements, tuple) and proof is not None:
        changed = Evaluated(elements, proof)
        assert oprf.finalize_verified(items, (), changed, KEYS.public) is OprfProblem.PROOF


@given(st.binary(max_size=200), st.integers(0, 5))
def test_any_bytes_are_elements_or_refused(junk: bytes, count: int) -> None:
    decoded = oprf.decode_elements(junk, count)
    if isinstance(decoded, tuple):
        assert b"".join(decoded) == junk


def test_secrets_do_not_show() -> None:
    shown = repr(KEYS) + repr(blinded(b"+491511234567"))
    assert str(KEYS.secret) not in shown
    assert "49151" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(KEYS)


def _as_they_write_it(reply: Evaluated) -> bytes:
    return reply.proof.encode() + b"".join(reply.elements)


def _as_we_read_it(octets: bytes, count: int) -> Evaluated:
    elements, proof = oprf.decode_elements(octets[64:], count), Proof.decode(octets[:64])
    assert isinstance(elements, tuple)
    assert proof is not None
    return Evaluated(elements, proof)
