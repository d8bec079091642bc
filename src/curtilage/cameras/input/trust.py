"""What Curtilage trusts a camera by when it speaks under TLS: known authorities, or the one key it showed at first.

Home cameras certify themselves, so their key is kept when it is first seen (trust on first use), and from then on no
other key is taken for that camera. The trust stands at the end of the camera's address, so that it is sealed, kept and
forgotten together with it: ``rtsps://porch.lan/stream1#trust=sha256:3f9a…``.

Rules: pure; a kept key is compared by the SHA-256 of its SubjectPublicKeyInfo (as RFC 7858 §4.2 pins), so a certificate
that is renewed with the same key is still the camera's. Its dates and names then say nothing more (RFC 7671 §5.1). A
key that was seen once is not proved to be the camera's: it only cannot change unseen.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from curtilage.errors import PersonError

_AUTHORITIES = "authorities"
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")
_AT_END = re.compile(r"#trust=(authorities|sha256:[0-9a-f]{64})$")


class NoFingerprint(PersonError):
    """The text is no fingerprint of a key."""

    def __init__(self) -> None:
        do = "It is sha256: and 64 hexadecimal digits, as camera status shows it."
        super().__init__("This is no fingerprint of a camera's key.", do=do)


@dataclass(frozen=True, slots=True)
class Trust:
    """By what a camera is known again."""

    fingerprint: str
    """``sha256:`` and 64 hexadecimal digits of the camera's public key; empty: certified by a known authority."""

    @property
    def by_authorities(self) -> bool:
        """The machine's certificate store vouches, now and at each connection."""
        return not self.fingerprint

    @staticmethod
    def in_key(text: str) -> "Trust":
        """What a person typed as a fingerprint. Raises NoFingerprint."""
        fingerprint = text.strip().lower()
        if not _FINGERPRINT.fullmatch(fingerprint):
            raise NoFingerprint
        return Trust(fingerprint)

    def __str__(self) -> str:
        return self.fingerprint or _AUTHORITIES


def split_trust(address: str) -> tuple[str, Trust | None]:
    """An address without its trust, and the trust; None: nothing was trusted yet."""
    found = _AT_END.search(address)
    if found is None:
        return address, None
    named = found[1]
    return address[: found.start()], Trust("" if named == _AUTHORITIES else named)


def with_trust(address: str, trust: Trust) -> str:
    """The address with this trust in place of any other."""
    return f"{split_trust(address)[0]}#trust={trust}"


class CertificateBroken(ValueError):
    """A certificate that cannot be read."""


def fingerprint_of(certificate: bytes) -> str:
    """Of the public key in a DER certificate. Raises CertificateBroken."""
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
        octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateBroken("its certificate cannot be read") from error
    return f"sha256:{hashlib.sha256(octets).hexdigest()}"


def out_of_date(certificate: bytes, now_ms: int) -> str:
    """Words about a DER certificate whose time is over or has not come; empty: it is in force.

    Raises CertificateBroken.
    """
    try:
        read = x509.load_der_x509_certificate(certificate)
        begins, ends = read.not_valid_before_utc, read.not_valid_after_utc
    except (ValueError, TypeError) as error:
        raise CertificateBroken("its certificate cannot be read") from error
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    if now > ends:
        return f"its certificate ended on {ends:%Y-%m-%d}"
    return f"its certificate begins on {begins:%Y-%m-%d} only" if now < begins else ""


class CameraMemory(Protocol):
    """What is kept of one camera beyond one connection to it."""

    async def trust(self, trust: Trust) -> None:
        """Keep what the camera is known by. Raises what the store raises: then it is not trusted."""
        ...

    async def describe(self, model: str, firmware: str) -> None:
        """Keep what the camera says it is; does nothing when that is known. Raises what the store raises."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """A source that learns something worth keeping: it is given a memory before it runs."""

    def remember_in(self, memory: CameraMemory) -> None:
        """Keep what is learned there."""
        ...
