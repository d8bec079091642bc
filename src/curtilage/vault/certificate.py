"""A server's certificate with its key: reading what a person gives, and saying what browsers would find wrong with it.

Pure. Two kinds of trouble are kept apart on purpose. What cannot be served at all (no certificate in the file, a key
of another certificate) is CertificateUnusable. What can be served but browsers refuse (expired, not yet in force, for
another name) is a Finding: a server that stops because a certificate ran out overnight helps nobody.
"""

import enum
import hashlib
import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from curtilage.errors import PersonError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
MS_PER_DAY = 24 * 3600 * 1000
_PRIVATE_KEYS = (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey)
_CHAIN_COUNT_MAX = 10


class CertificateUnusable(PersonError):
    """It cannot be served; the message says what to change."""


class Finding(enum.Enum):
    """What browsers would find wrong with a certificate."""

    EXPIRED = "expired"
    NOT_YET = "not_yet"
    OTHER_NAME = "other_name"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its chain and its private key, ready to be served."""

    chain_pem: bytes = field(repr=False)
    key_pem: bytes = field(repr=False)
    not_before_ms: int
    not_after_ms: int
    names: tuple[str, ...]
    addresses: tuple[IpAddress, ...]
    fingerprint: str
    """SHA-256 of the whole certificate (DER), as browsers show it: ``AB:CD:…``."""

    def finding(self, name: str, now_ms: int) -> Finding | None:
        """What browsers would find wrong today, for a server of that name."""
        if now_ms > self.not_after_ms:
            return Finding.EXPIRED
        if now_ms < self.not_before_ms:
            return Finding.NOT_YET
        return None if any(_matches(known, name) for known in self.names) else Finding.OTHER_NAME


def read_certificate(chain_pem: bytes, key_pem: bytes) -> Certificate:
    """What was given as PEM, the server's own certificate first. Raises CertificateUnusable."""
    try:
        chain = x509.load_pem_x509_certificates(chain_pem)
    except ValueError as error:
        raise CertificateUnusable(
            "The certificate's file holds no certificate in PEM.",
            do="It begins with -----BEGIN CERTIFICATE-----; the server's own stands first, its chain after it.",
        ) from error
    if len(chain) > _CHAIN_COUNT_MAX:
        raise CertificateUnusable(
            "The certificate's file holds too many certificates.", do="Give it its own chain only."
        )
    own = chain[0]
    if _public_bytes(_read_key(key_pem)) != own.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    ):
        raise CertificateUnusable(
            "The key does not belong to the certificate.",
            do="Give the two files that were made together; after a renewal, both new ones.",
        )
    return describe(own, chain_pem, key_pem)


def describe(own: x509.Certificate, chain_pem: bytes, key_pem: bytes) -> Certificate:
    """``own`` as a Certificate; the caller knows that the key is its. Raises CertificateUnusable."""
    try:
        names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])  # RFC 9525 §6.3: the subject's common name counts for nothing
    except ValueError as error:
        raise CertificateUnusable("The certificate's names cannot be read.", do="Have it made anew.") from error
    return Certificate(
        chain_pem=chain_pem,
        key_pem=key_pem,
        not_before_ms=milliseconds(own.not_valid_before_utc),
        not_after_ms=milliseconds(own.not_valid_after_utc),
        names=tuple(name.lower() for name in names.get_values_for_type(x509.DNSName)),
        addresses=tuple(found for found in names.get_values_for_type(x509.IPAddress) if isinstance(found, IpAddress)),
        fingerprint=fingerprint(own),
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of its DER, in pairs of capitals: how phones and browsers show it."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest().hex(":").upper()


def milliseconds(at: datetime) -> int:
    """Since the Unix epoch."""
    return int(at.timestamp() * 1000)


def moment(at_ms: int) -> datetime:
    """The other way round, to the second: certificates know no more (RFC 5280 §4.1.2.5)."""
    return datetime.fromtimestamp(at_ms // 1000, UTC)


def _read_key(key_pem: bytes) -> "ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey":
    try:
        key = load_pem_private_key(key_pem, None)
    except TypeError as error:
        raise CertificateUnusable(
            "The certificate's key is locked with a passphrase.",
            do="Nobody is there to type it: store the key without one, in a file of mode 0600.",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateUnusable(
            "The key's file holds no private key in PEM.", do="It begins with -----BEGIN PRIVATE KEY-----."
        ) from error
    if not isinstance(key, _PRIVATE_KEYS):
        raise CertificateUnusable("A key of this kind is not served.", do="Use ECDSA P-256 or RSA.")
    return key


def _public_bytes(key: "ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey") -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _matches(known: str, name: str) -> bool:
    """RFC 9525 §6.3: a wildcard is the whole leftmost label and stands for exactly one."""
    if known.startswith("*."):
        first, _, rest = name.partition(".")
        return bool(first) and rest == known[2:]
    return known == name
