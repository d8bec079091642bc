"""Short authentication strings by vodozemac: what two screens show so that a person can compare them.

Its ``Sas`` is an X25519 agreement from which numbers and MACs are derived (HKDF-SHA256 and HMAC-SHA256). It commits to
nothing by itself: without the hash that linking.py wants first, whoever stands between could try keys until the numbers
of both sides agree.
"""

import base64

from vodozemac import Curve25519PublicKey, EstablishedSas, Sas

SasNumbers = tuple[int, int, int]
"""Each from 1000 to 9191: 39 bits together."""


class SasAgreed:
    """What both sides hold once each knows the other's ephemeral key. No repr shows it."""

    __slots__ = ("_agreed",)

    def __init__(self, agreed: EstablishedSas) -> None:
        self._agreed = agreed

    def numbers(self, info: str) -> SasNumbers:
        """To be shown and compared."""
        first, second, third = self._agreed.bytes(info).decimals
        return first, second, third

    def mac(self, text: str, info: str) -> bytes:
        """32 bytes."""
        tag = self._agreed.calculate_mac(text, info)
        return base64.b64decode(tag + "=" * (-len(tag) % 4))

    def is_mac(self, text: str, info: str, mac: bytes) -> bool:
        """Was it made over this by the other side? In constant time."""
        try:
            self._agreed.verify_mac(text, info, base64.b64encode(mac).decode().rstrip("="))
        except ValueError:
            return False
        return True


class SasEphemeral:
    """One side's key for one attempt; ``agree`` uses it up. No repr shows it."""

    __slots__ = ("_sas", "public")

    def __init__(self) -> None:
        self._sas = Sas()
        self.public = self._sas.public_key.to_bytes()
        """X25519."""

    def agree(self, their_public: bytes) -> SasAgreed | None:
        """Once. None for a key that is none (a point of low order)."""
        try:
            return SasAgreed(self._sas.diffie_hellman(Curve25519PublicKey.from_bytes(their_public)))
        except ValueError:
            return None
