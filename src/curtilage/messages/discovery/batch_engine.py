"""What computes the reply to a batch: our own code on libsodium, or, where it is installed, the library ``voprf``.

Both compute the same function (RFC 9497), and whoever asked checks the proof of either. ``voprf`` (Rust) needs less
than two thirds of the time. It is used only for an epoch whose public key it derives like our own code does.
"""

import contextlib
import importlib
from typing import Any, Protocol

from curtilage.wire.discovery.batch import Batch, decode_head, encode_reply
from curtilage.wire.discovery.dleq import PROOF_BYTES
from curtilage.wire.discovery.oprf import KeyPair, OprfProblem, blind_evaluate_verifiably
from curtilage.wire.discovery.ristretto255 import ELEMENT_BYTES, random_scalar
from curtilage.wire.identifier import Entropy


class BatchEngine(Protocol):
    """For one epoch's key."""

    def reply(self, batch: bytes) -> bytes | None:
        """To a batch as a phone sent it. None: it is none."""
        ...


class OwnEngine:
    """By wire/discovery/oprf.py."""

    __slots__ = ("_entropy", "_keys")

    def __init__(self, keys: KeyPair, entropy: Entropy) -> None:
        self._keys, self._entropy = keys, entropy

    def reply(self, batch: bytes) -> bytes | None:
        """See BatchEngine."""
        asked = Batch.decode(batch)
        if isinstance(asked, OprfProblem):
            return None
        evaluated = blind_evaluate_verifiably(self._keys, asked.elements, random_scalar(self._entropy))
        return encode_reply(evaluated) if not isinstance(evaluated, OprfProblem) else None


class VoprfEngine:
    """By the library voprf, which draws its own randomness."""

    __slots__ = ("_decode", "_evaluator")

    def __init__(self, ristretto: Any, seed: bytes, info: bytes) -> None:
        self._evaluator = ristretto.Evaluator.from_seed(seed, info)
        self._decode = ristretto.BlindedInput.deserialize

    @property
    def public_key(self) -> bytes:
        """As it derived it."""
        return bytes(self._evaluator.public_key.serialize())

    def reply(self, batch: bytes) -> bytes | None:
        """See BatchEngine."""
        head = decode_head(batch)
        if head is None:
            return None
        start = len(batch) - head.size * ELEMENT_BYTES
        try:
            elements = [self._decode(batch[at : at + ELEMENT_BYTES]) for at in range(start, len(batch), ELEMENT_BYTES)]
            octets = bytes(self._evaluator.evaluate_batch(elements).serialize())
        except ValueError:
            return None
        # It writes the proof first (RFC 9497 leaves the order to whoever uses it).
        return octets[PROOF_BYTES:] + octets[:PROOF_BYTES]


def engine_of(keys: KeyPair, seed: bytes, info: bytes, entropy: Entropy) -> BatchEngine:
    """The fastest there is for the key that was derived from ``seed`` and ``info``."""
    with contextlib.suppress(ImportError):
        quick = VoprfEngine(importlib.import_module("voprf").ristretto, seed, info)
        if quick.public_key == keys.public:
            return quick
    return OwnEngine(keys, entropy)
