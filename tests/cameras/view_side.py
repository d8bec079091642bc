"""The viewer's side of a view in Python: what the page does, for tests that need no browser."""

import secrets

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from curtilage.cameras.sealed.sealer import KeyDelivery
from curtilage.wire.sealed_part import EpochKey, SealedPart
from curtilage.wire.view_key import ViewPublicKey, WrappedKey, unwrap


class ViewSide:
    """Holds a view's private key and the epoch keys it was given."""

    def __init__(self, keys: KeyDelivery) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public_key = ViewPublicKey(point)
        self.view_id = secrets.token_bytes(16)
        self.sealer_point = keys.sealer_point()
        self.epochs: dict[bytes, EpochKey] = {}

    def take_key(self, wrapped: WrappedKey | None) -> None:
        """Fails the test when the key is not for this view."""
        assert wrapped is not None
        key = unwrap(wrapped, self.private, self.sealer_point)
        assert key is not None
        self.epochs[key.epoch_id] = key

    def open(self, part: SealedPart) -> bytes | None:
        """The clear part, or None when it is not for this view."""
        key = self.epochs.get(part.header.epoch_id)
        return None if key is None else key.open(part)
