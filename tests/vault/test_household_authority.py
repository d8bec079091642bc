"""The household authority vouches for one server, and cannot be made to vouch for anything else.

What verifiers make of it is asked of OpenSSL by real handshakes in tests/web/test_https.py; here it is what stands in
the certificates.
"""

import secrets
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from curtilage.vault.certificate import IpAddress
from curtilage.vault.household_authority import (
    AUTHORITY_AGE_DAYS,
    AuthorityUnusable,
    HouseholdAuthority,
    decode_authority,
    make_authority,
    make_certificate,
)
from tests.vault.certificates import DAY_MS, NAME, NOW_MS, authority, certificate

MADE = authority()
V4, V6 = ip_address("192.0.2.10"), ip_address("2001:db8::10")


def constraints(of: x509.Certificate) -> tuple[set[str], set[str]]:
    found = of.extensions.get_extension_for_class(x509.NameConstraints)
    assert found.critical, "RFC 5280 §4.2.1.10: conforming CAs MUST mark this extension as critical"
    permitted = {str(name.value) for name in found.value.permitted_subtrees or ()}
    return permitted, {str(name.value) for name in found.value.excluded_subtrees or ()}


PERMITTED: tuple[tuple[tuple[IpAddress, ...], set[str], set[str]], ...] = (
    ((), {NAME}, {"0.0.0.0/0", "::/0"}),
    ((V4,), {NAME, "192.0.2.10/32"}, {"::/0"}),
    ((V6,), {NAME, "2001:db8::10/128"}, {"0.0.0.0/0"}),
    ((V4, V6), {NAME, "192.0.2.10/32", "2001:db8::10/128"}, set()),
)


@pytest.mark.parametrize(("addresses", "permitted", "excluded"), PERMITTED)
def test_it_is_constrained_to_its_name_and_addresses(
    addresses: tuple[IpAddress, ...], permitted: set[str], excluded: set[str]
) -> None:
    made = authority(NAME, *addresses)
    for one in (made.root, made.issuing):
        assert constraints(one) == (permitted, excluded)
        usage = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH], "neither mail nor programs"
    assert made.root.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 1
    assert made.issuing.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_the_key_that_is_kept_is_not_the_roots() -> None:
    assert MADE.key.public_key() == MADE.issuing.public_key()
    assert MADE.key.public_key() != MADE.root.public_key()
    assert MADE.encode().count(b"PRIVATE KEY-----") == 2, "one key: its begin and its end"
    MADE.issuing.verify_directly_issued_by(MADE.root)


def test_it_comes_out_of_its_file_as_it_went_in() -> None:
    again = decode_authority(MADE.encode())
    assert again.encode() == MADE.encode()
    assert again.fingerprint == MADE.fingerprint
    assert again.serves(NAME, ())
    assert again.not_after_ms == NOW_MS + AUTHORITY_AGE_DAYS * DAY_MS
    assert "PRIVATE" not in repr(again)


@pytest.mark.parametrize(("name", "addresses"), [("birch.home.arpa", ()), (NAME, (V4,)), (f"www.{NAME}", ())])
def test_it_says_for_whom_it_was_not_made(name: str, addresses: tuple[IpAddress, ...]) -> None:
    assert not MADE.serves(name, addresses)


def test_its_certificate_is_for_the_name_and_ends_in_time() -> None:
    made = certificate(NAME, V4)
    assert made.names == (NAME,)
    assert made.addresses == (V4,)
    assert made.not_after_ms - made.not_before_ms == 90 * DAY_MS <= 398 * DAY_MS
    own, issuing = x509.load_pem_x509_certificates(made.chain_pem)
    own.verify_directly_issued_by(issuing)
    assert not own.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    another = certificate(NAME, V4)
    assert made.key_pem != another.key_pem


def test_no_certificate_outlives_its_authority() -> None:
    late_ms = MADE.not_after_ms - 3 * DAY_MS
    made = make_certificate(MADE, NAME, (), 90, late_ms, secrets.token_bytes)
    assert made.not_after_ms == MADE.not_after_ms


def test_a_clock_that_was_never_set_makes_none() -> None:
    with pytest.raises(AuthorityUnusable, match="clock says 1970-01-01"):
        make_authority(NAME, (), 0, secrets.token_bytes)


OTHER = authority()
DAMAGED = (
    b"",
    b"no PEM",
    MADE.encode()[:-200],
    MADE.encode() + MADE.root_pem,
    MADE.encode().replace(MADE.root_pem, OTHER.root_pem),
    OTHER.encode().partition(b"-----BEGIN CERT")[0] + b"".join(MADE.encode().partition(b"-----BEGIN CERT")[1:]),
    MADE.encode().partition(b"-----BEGIN CERT")[0] + certificate().chain_pem,
)


@pytest.mark.parametrize("octets", DAMAGED)
def test_a_damaged_file_is_said(octets: bytes) -> None:
    with pytest.raises(AuthorityUnusable, match="damaged"):
        decode_authority(octets)


@given(st.binary(max_size=600), st.integers(0, 1500))
def test_any_bytes_are_an_authority_or_damaged(octets: bytes, at: int) -> None:
    for text in (octets, MADE.encode()[:at] + octets):
        with pytest.raises(AuthorityUnusable):
            decode_authority(text)


def test_two_roots_of_one_name_are_told_apart() -> None:
    assert MADE.root.subject != OTHER.root.subject
    with pytest.raises(InvalidSignature):
        MADE.root.verify_directly_issued_by(HouseholdAuthority(OTHER.key, OTHER.issuing, _renamed(MADE)).root)


def _renamed(made: HouseholdAuthority) -> x509.Certificate:
    """A root of the same subject, with another key."""
    builder = x509.CertificateBuilder().subject_name(made.root.subject).issuer_name(made.root.subject)
    builder = builder.public_key(OTHER.key.public_key()).serial_number(1)
    builder = builder.not_valid_before(made.root.not_valid_before_utc).not_valid_after(made.root.not_valid_after_utc)
    signed = builder.sign(OTHER.key, made.root.signature_hash_algorithm)  # type: ignore[arg-type] # a hash stands there
    assert signed.public_bytes(Encoding.DER)
    return signed
