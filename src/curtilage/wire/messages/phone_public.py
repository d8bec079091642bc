"""The public half of one device: its name and its two identity keys."""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from curtilage.wire.messages.octet_reader import OctetReader
from curtilage.wire.messages.opaque import OPAQUE_BYTES, PUBLIC_BYTES, PhoneId

PHONE_PUBLIC_BYTES = OPAQUE_BYTES + 2 * PUBLIC_BYTES


@dataclass(frozen=True, slots=True)
class PhonePublic:
    """What others must know of a device to encrypt to it. The device list says whose it is."""

    phone: PhoneId
    agreement_public: bytes
    """X25519: Olm's identity key."""
    signing_public: bytes
    """Ed25519: signs the device's one-time and fallback keys."""

    def __post_init__(self) -> None:
        lengths = len(self.phone), len(self.agreement_public), len(self.signing_public)
        if lengths != (OPAQUE_BYTES, PUBLIC_BYTES, PUBLIC_BYTES):
            raise ValueError("a device's name has 16 bytes, its keys 32 each")

    def encode(self) -> bytes:
        """80 bytes."""
        return self.phone + self.agreement_public + self.signing_public

    @staticmethod
    def read(reader: OctetReader) -> "PhonePublic":
        """The next 80 bytes. Raises ValueError."""
        return PhonePublic(PhoneId(reader.take(OPAQUE_BYTES)), reader.take(PUBLIC_BYTES), reader.take(PUBLIC_BYTES))


def signed_by(public: bytes, signature: bytes, text: bytes) -> bool:
    """Is this the Ed25519 signature of ``text`` by that key? False for keys and signatures that are none."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
