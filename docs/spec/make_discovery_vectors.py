"""Writes discovery.vectors.json: numbers, a key, a batch with its reply, a filter, from fixed inputs.

Run: ``python docs/spec/make_discovery_vectors.py``. Everything in it is always the same.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.wire.discovery.batch import Batch, encode_reply
from curtilage.wire.discovery.filter import FilterBuilder
from curtilage.wire.discovery.oprf import (
    Blinded,
    Evaluated,
    Mode,
    blind,
    blind_evaluate_verifiably,
    derive_key_pair,
    evaluate,
)
from curtilage.wire.discovery.ristretto255 import Scalar, random_element, random_scalar
from curtilage.wire.discovery.shard import place_of, prefix_of
from curtilage.wire.number import PhoneNumber, read_number

FILE = Path(__file__).with_name("discovery.vectors.json")
SEED = hashlib.sha256(b"discovery key of the vectors").digest()
INFO = b"curtilage discovery v1"
SIGNING_SEED = hashlib.sha256(b"signing key of the vectors").digest()
METADATA = "9.0.42"
MADE_MS = 1_795_000_000_000
TEXTS = (
    ("+49 151 23456789", None),
    ("0151 23456789", "DE"),
    ("011 15-2345-6789", "AR"),
    ("06 6982 1234", "IT"),
    ("1-800-FLOWERS", "US"),
    ("0151 23456789", None),
    ("112", "DE"),
    ("+52 1 55 1234 5678", None),
    ("+1 212 555 0123 ext. 5", None),
    ("+1 123 456 7890", None),
    ("Ada", "DE"),
)
NUMBERS = ("+4915123456789", "+5491123456789", "+390669821234")


def drawn(name: str) -> bytes:
    """64 bytes that look random."""
    return hashlib.sha512(f"of the vectors: {name}".encode()).digest()


def scalar(name: str) -> Scalar:
    """A fixed blind or nonce; for vectors only."""
    return random_scalar(lambda _: drawn(name))


def numbers() -> list[dict[str, str | None]]:
    """Texts, and what they are."""
    cases: list[dict[str, str | None]] = []
    for text, region in TEXTS:
        number = read_number(text, region)
        outcome = number.e164 if isinstance(number, PhoneNumber) else number.name.lower()
        cases.append({"text": text, "region": region, "outcome": outcome})
    return cases


def batch() -> dict[str, Any]:
    """Three numbers and one element of nobody, to an evaluator and back."""
    keys = derive_key_pair(Mode.VOPRF, SEED, INFO)
    made = [blind(Mode.VOPRF, number.encode(), scalar(number)) for number in NUMBERS]
    blinded = [item for item in made if isinstance(item, Blinded)]
    other = random_element(lambda _: drawn("nobody"))
    elements = (*(item.element for item in blinded), other)
    reply = blind_evaluate_verifiably(keys, elements, scalar("nonce"))
    assert isinstance(reply, Evaluated)
    outputs = [evaluate(Mode.VOPRF, keys.secret, number.encode()) for number in NUMBERS]
    return {
        "seed": SEED.hex(),
        "info": INFO.decode(),
        "public_key": keys.public.hex(),
        "numbers": list(NUMBERS),
        "blinds": [scalar(number).hex() for number in NUMBERS],
        "nonce": scalar("nonce").hex(),
        "batch": Batch(1, elements).encode().hex(),
        "reply": encode_reply(reply).hex(),
        "outputs": [output.hex() for output in outputs if isinstance(output, bytes)],
    }


def filter_case() -> dict[str, Any]:
    """Two numbers of the batch and some accounts of nobody; the third number is not in."""
    keys = derive_key_pair(Mode.VOPRF, SEED, INFO)
    key = Ed25519PrivateKey.from_private_bytes(SIGNING_SEED)
    outputs = [bytes.fromhex(output) for output in batch()["outputs"]]
    others = [drawn(f"account {number}") for number in range(20)]
    built = FilterBuilder([*outputs[:2], *others], shards_count=1).build(1, MADE_MS, keys.public, METADATA)
    places = [place_of(prefix_of(output), 992) for output in outputs]
    return {
        "signer": key.public_key().public_bytes_raw().hex(),
        "accounts": [output.hex() for output in (*outputs[:2], *others)],
        "metadata": METADATA,
        "made_ms": MADE_MS,
        "filter": built.encode(built.manifest.sign(key)).hex(),
        "holds": [built.holds(output) for output in outputs],
        "places_in_992_shards": [[place.shard, place.bucket, place.value] for place in places],
    }


def vectors() -> dict[str, Any]:
    """The whole file."""
    return {"numbers": numbers(), "batch": batch(), "filter": filter_case()}


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="utf-8")
