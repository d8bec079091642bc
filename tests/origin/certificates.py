"""Certificates as cameras show them: made by themselves, by an authority of the test, or out of date."""

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """For a server of the test."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.certificate, self.key)
        return made

    def der(self) -> bytes:
        """The certificate as it goes over the wire."""
        return x509.load_pem_x509_certificate(self.certificate.read_bytes()).public_bytes(Encoding.DER)


def make(
    folder: Path,
    name: str,
    *,
    days_from: int = -1,
    days_until: int = 30,
    like: Shown | None = None,
    by: Shown | None = None,
    host: str = "127.0.0.1",
    authority: bool = False,
) -> Shown:
    """A certificate in force from and until so many days from now.

    ``like``: with its key; ``by``: certified by that authority, else by itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = _key(like) if like is not None else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = x509.load_pem_x509_certificate(by.certificate.read_bytes()).subject if by is not None else subject
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days_from * _DAY)
        .not_valid_after(now + days_until * _DAY)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(_key(by) if by is not None else key, hashes.SHA256())
    )
    shown = Shown(folder / f"{name}.crt", folder / f"{name}.key")
    shown.certificate.write_bytes(built.public_bytes(Encoding.PEM))
    shown.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return shown


def _key(shown: Shown) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(shown.key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key
