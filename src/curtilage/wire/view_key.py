"""Key delivery: an epoch key on its way to one view.

The key is wrapped to the view's ephemeral P-256 key by HPKE (RFC 9180, base mode, DHKEM(P-256, HKDF-SHA256),
HKDF-SHA256, AES-256-GCM) and the wrapping is signed by the sealer (ECDSA P-256, SHA-256), so that whatever carries it,
today this process and later a cloud, can neither read nor replace it. The ``info`` of HPKE binds stream, track, epoch
and view.
"""

import struct
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from curtilage.wire.sealed_part import EPOCH_ID_BYTES, KEY_BYTES, STREAM_ID_BYTES, EpochKey, Track

PUBLIC_KEY_BYTES = 65
"""Uncompressed point (SEC 1 §2.3.3), as WebCrypto's "raw" format has it."""
VIEW_ID_BYTES = 16
SIGNATURE_BYTES = 64
"""r and s, 32 bytes each, as WebCrypto has them (IEEE P1363)."""
_LABEL = b"curtilage view key v1"
_BINDING = struct.Struct(">21s16s16s16sB")
_WRAPPED_BYTES = PUBLIC_KEY_BYTES + KEY_BYTES + 16
_CURVE = ec.SECP256R1()


def _suite() -> Suite:
    return Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """One epoch key for one view, readable by that view only."""

    stream_id: bytes
    epoch_id: bytes
    view_id: bytes
    track: Track
    wrapped: bytes = field(repr=False)
    """HPKE's enc (65 bytes) and ciphertext (48 bytes)."""
    signature: bytes = field(repr=False)

    def encode(self) -> bytes:
        """Binding (70 bytes), enc and ciphertext (113), signature (64)."""
        return self.binding() + self.wrapped + self.signature

    def binding(self) -> bytes:
        """HPKE's ``info``; also the first part of what is signed."""
        return _BINDING.pack(_LABEL, self.stream_id, self.epoch_id, self.view_id, self.track)

    @staticmethod
    def decode(octets: bytes) -> "WrappedKey":
        """Raises ValueError when this is no wrapped key. The signature is not checked here."""
        if len(octets) != _BINDING.size + _WRAPPED_BYTES + SIGNATURE_BYTES:
            raise ValueError("not the length of a wrapped key")
        label, stream_id, epoch_id, view_id, track = _BINDING.unpack_from(octets)
        if label != _LABEL:
            raise ValueError("not a wrapped key")
        wrapped = octets[_BINDING.size : -SIGNATURE_BYTES]
        return WrappedKey(stream_id, epoch_id, view_id, Track(track), wrapped, octets[-SIGNATURE_BYTES:])


@dataclass(frozen=True, slots=True)
class ViewPublicKey:
    """A view's ephemeral key, made by the page for this view alone."""

    point: bytes

    def __post_init__(self) -> None:
        # Raises ValueError for a point not on the curve: checked once, at the edge.
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, self.point)
        if len(self.point) != PUBLIC_KEY_BYTES:
            raise ValueError("a view's key is an uncompressed P-256 point")


class SealerIdentity:
    """The sealer's signing key; lives as long as the sealing process. No repr shows it."""

    __slots__ = ("_private",)

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None) -> None:
        self._private = private or ec.generate_private_key(_CURVE)

    def public_point(self) -> bytes:
        """65 bytes: what a view checks signatures with."""
        return self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def wrap(self, key: EpochKey, track: Track, view_id: bytes, to: ViewPublicKey) -> WrappedKey:
        """Wrap ``key`` to one view (about 0.2 ms)."""
        binding = _BINDING.pack(_LABEL, key.stream_id, key.epoch_id, view_id, track)
        public = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, to.point)
        wrapped = _suite().encrypt(key.secret, public, info=binding)
        r, s = decode_dss_signature(self._private.sign(binding + wrapped, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return WrappedKey(key.stream_id, key.epoch_id, view_id, track, wrapped, signature)


def unwrap(key: WrappedKey, private: ec.EllipticCurvePrivateKey, sealer_point: bytes) -> EpochKey | None:
    """What a view does: check the sealer's signature, then open. None when either fails."""
    sealer = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sealer_point)
    r, s = int.from_bytes(key.signature[:32], "big"), int.from_bytes(key.signature[32:], "big")
    try:
        sealer.verify(encode_dss_signature(r, s), key.binding() + key.wrapped, ec.ECDSA(hashes.SHA256()))
        secret = _suite().decrypt(key.wrapped, private, info=key.binding())
    except (InvalidSignature, InvalidTag, ValueError):
        return None
    return EpochKey(key.stream_id, key.epoch_id, secret)


assert _BINDING.size == len(_LABEL) + STREAM_ID_BYTES + EPOCH_ID_BYTES + VIEW_ID_BYTES + 1
