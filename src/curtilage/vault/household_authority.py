"""The household authority: a home's own root, which can vouch for nothing but this one server.

Who installs a root on a phone trusts whoever holds its key, for every name of the Internet. So this one is made to be
worth little to a thief:

* name constraints, critical, permit the server's one name and, when given, its addresses (RFC 5280 §4.2.1.10); where
  no address is given, all addresses are excluded, because a list of names says nothing about them;
* whether constraints of a trust anchor itself count is left open by RFC 5280 (§6.1.1 takes only its name and key), and
  programs differ. So the root signs one *issuing* certificate with the same constraints, which stands in the chain and
  counts everywhere, and the root's own private key is forgotten in the moment after. It is never stored;
* both are for servers only (extended key usage), so neither can sign mail or programs.

Pure: bytes, names and times in, bytes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from curtilage.errors import PersonError
from curtilage.vault.certificate import MS_PER_DAY, Certificate, IpAddress, describe, fingerprint, milliseconds, moment
from curtilage.wire.identifier import Entropy

AUTHORITY_AGE_DAYS = 3650
"""Ten years: making a new root means walking to every device again."""
BACKDATED_MS = MS_PER_DAY
"""A device whose clock is behind by less finds everything in force."""
_SERIAL_BYTES = 19
"""RFC 5280 §4.1.2.2: at most 20 octets, and positive."""
_OLDEST_NOW_MS = 1_767_225_600_000
"""2026-01-01: a clock that says less was never set (a board without a battery)."""
_COMMON_NAME_LENGTH_MAX = 64
"""RFC 5280, upper bound ub-common-name."""
_EVERYWHERE: tuple[IPv4Network | IPv6Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


class AuthorityUnusable(PersonError):
    """The household authority's file cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class HouseholdAuthority:
    """What a home's devices trust, and the key that vouches for its server."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    """Of ``issuing``; the root's own does not exist any more."""
    issuing: x509.Certificate
    root: x509.Certificate

    @property
    def not_after_ms(self) -> int:
        """Until when devices that trust it do so."""
        return milliseconds(self.root.not_valid_after_utc)

    @property
    def fingerprint(self) -> str:
        """Of the root, to compare."""
        return fingerprint(self.root)

    @property
    def root_pem(self) -> bytes:
        """What devices install."""
        return self.root.public_bytes(Encoding.PEM)

    @property
    def root_der(self) -> bytes:
        """The same, as phones want it."""
        return self.root.public_bytes(Encoding.DER)

    def serves(self, name: str, addresses: Sequence[IpAddress]) -> bool:
        """Was it made for this name and (at least) these addresses?"""
        permitted, _ = _subtrees(self.root)
        wanted = {x509.DNSName(name), *(x509.IPAddress(ip_network(address)) for address in addresses)}
        return wanted <= set(permitted)

    def encode(self) -> bytes:
        """For its file: key, issuing certificate, root; PEM."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return key + self.issuing.public_bytes(Encoding.PEM) + self.root_pem


def decode_authority(octets: bytes) -> HouseholdAuthority:
    """What ``encode`` wrote. Raises AuthorityUnusable."""
    try:
        key = load_pem_private_key(octets, None)
        issuing, root = x509.load_pem_x509_certificates(octets)
        issuing.verify_directly_issued_by(root)
        _subtrees(root)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound, UnsupportedAlgorithm) as error:
        raise _unusable() from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != issuing.public_key():
        raise _unusable()
    return HouseholdAuthority(key, issuing, root)


def make_authority(name: str, addresses: Sequence[IpAddress], now_ms: int, entropy: Entropy) -> HouseholdAuthority:
    """A new one. The root's private key lives as long as this call. Raises AuthorityUnusable: the clock is wrong."""
    if now_ms < _OLDEST_NOW_MS:
        raise AuthorityUnusable(
            f"This machine's clock says {moment(now_ms):%Y-%m-%d}: no certificate made now would be believed.",
            do="Set the clock, then start again.",
        )
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    constraints = _constraints(name, addresses)
    # The fingerprint's worth of randomness keeps two roots of one name apart in a device's list.
    told_apart = entropy(3).hex()
    root_name, issuing_name = _called(f"{name} household root {told_apart}"), _called(f"{name} household {told_apart}")
    until_ms = now_ms + AUTHORITY_AGE_DAYS * MS_PER_DAY
    made = []
    for subject, own_key, path_length in ((root_name, root_key, 1), (issuing_name, key, 0)):
        builder = _builder(root_name, root_key, own_key.public_key(), now_ms, until_ms, entropy)
        builder = (
            builder.subject_name(subject)
            .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(constraints, critical=True)
        )
        made.append(builder.sign(root_key, SHA256()))
    root, issuing = made
    return HouseholdAuthority(key, issuing, root)


def make_certificate(
    authority: HouseholdAuthority,
    name: str,
    addresses: Sequence[IpAddress],
    age_days: int,
    now_ms: int,
    entropy: Entropy,
) -> Certificate:
    """A new key and the authority's certificate for it, for that name and these addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    until_ms = min(now_ms + age_days * MS_PER_DAY - BACKDATED_MS, authority.not_after_ms)
    names = x509.SubjectAlternativeName([x509.DNSName(name), *map(x509.IPAddress, addresses)])
    own = (
        _builder(authority.issuing.subject, authority.key, key.public_key(), now_ms, until_ms, entropy)
        .subject_name(_called(name))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(names, critical=False)
        .sign(authority.key, SHA256())
    )
    chain = own.public_bytes(Encoding.PEM) + authority.issuing.public_bytes(Encoding.PEM)
    return describe(own, chain, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _builder(
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePublicKey,
    now_ms: int,
    until_ms: int,
    entropy: Entropy,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(int.from_bytes(b"\x01" + entropy(_SERIAL_BYTES - 1)))
        .not_valid_before(moment(now_ms - BACKDATED_MS))
        .not_valid_after(moment(until_ms))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )


def _constraints(name: str, addresses: Sequence[IpAddress]) -> x509.NameConstraints:
    """A DNS name permits itself and what is below it; an address is permitted with a full mask."""
    permitted = [x509.DNSName(name), *(x509.IPAddress(ip_network(address)) for address in addresses)]
    versions = {4 if isinstance(address, IPv4Address) else 6 for address in addresses}
    excluded = [x509.IPAddress(network) for network in _EVERYWHERE if network.version not in versions]
    return x509.NameConstraints(permitted, excluded or None)


def _subtrees(certificate: x509.Certificate) -> tuple[Sequence[x509.GeneralName], Sequence[x509.GeneralName]]:
    found = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    return found.permitted_subtrees or (), found.excluded_subtrees or ()


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _called(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[-_COMMON_NAME_LENGTH_MAX:])])


def _unusable() -> AuthorityUnusable:
    return AuthorityUnusable(
        "The household authority's file is damaged.",
        do="Put it back from where you keep it; or remove it: a new one is made, which every device has to trust anew.",
    )
