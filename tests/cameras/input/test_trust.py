"""What a camera under TLS is known by: read, written, and taken from certificates."""

import contextlib
import hashlib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.input.trust import (
    CertificateBroken,
    NoFingerprint,
    Trust,
    fingerprint_of,
    out_of_date,
    split_trust,
    with_trust,
)
from tests.origin.certificates import make

KEY = "sha256:" + "0a" * 32
NOW_MS = 1_795_262_400_000


@pytest.mark.parametrize(
    ("text", "address", "trust"),
    [
        ("rtsps://porch/x", "rtsps://porch/x", None),
        (f"rtsps://porch/x#trust={KEY}", "rtsps://porch/x", Trust(KEY)),
        ("rtsps://porch/x#trust=authorities", "rtsps://porch/x", Trust("")),
        ("rtsps://porch/x#trust=nobody", "rtsps://porch/x#trust=nobody", None),
        ("rtsps://porch/a#b", "rtsps://porch/a#b", None),
        (f"rtsps://porch/x#trust={KEY}0", f"rtsps://porch/x#trust={KEY}0", None),
    ],
)
def test_an_address_carries_its_trust_at_its_end(text: str, address: str, trust: Trust | None) -> None:
    assert split_trust(text) == (address, trust)


@pytest.mark.parametrize("trust", [Trust(KEY), Trust("")])
def test_a_new_trust_takes_the_place_of_the_old(trust: Trust) -> None:
    once = with_trust("rtsps://porch/x", trust)
    assert with_trust(with_trust(once, Trust("sha256:" + "ff" * 32)), trust) == once
    assert split_trust(once) == ("rtsps://porch/x", trust)
    assert trust.by_authorities is (not trust.fingerprint)


@pytest.mark.parametrize(
    "text", ["", "authorities", "sha256:", KEY[:-1], KEY + "0", KEY.replace("0", "g"), "md5:" + "0" * 64]
)
def test_what_is_no_fingerprint_is_refused_in_words(text: str) -> None:
    with pytest.raises(NoFingerprint, match="64 hexadecimal"):
        Trust.in_key(text)


def test_a_fingerprint_is_read_as_people_type_it() -> None:
    assert Trust.in_key(f" {KEY.upper()} ") == Trust(KEY)


def test_the_fingerprint_is_the_keys_and_not_the_certificates(tmp_path: Path) -> None:
    first, other = make(tmp_path, "first"), make(tmp_path, "other")
    renewed = make(tmp_path, "renewed", like=first, days_until=900)
    key = x509.load_der_x509_certificate(first.der()).public_key()
    octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (
        fingerprint_of(first.der()) == fingerprint_of(renewed.der()) == f"sha256:{hashlib.sha256(octets).hexdigest()}"
    )
    assert fingerprint_of(first.der()) != fingerprint_of(other.der())


@pytest.mark.parametrize(("days_from", "days_until", "words"), [(-9, -2, "ended on"), (2, 9, "begins on"), (-2, 2, "")])
def test_a_certificate_out_of_force_is_named(tmp_path: Path, days_from: int, days_until: int, words: str) -> None:
    shown = make(tmp_path, "shown", days_from=days_from, days_until=days_until)
    now_ms = int(
        x509.load_der_x509_certificate(make(tmp_path, "now", days_from=0).der()).not_valid_before_utc.timestamp()
    )
    said = out_of_date(shown.der(), now_ms * 1000)
    assert words in said
    assert bool(said) is bool(words)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_certificate_or_refused(octets: bytes) -> None:
    with contextlib.suppress(CertificateBroken):
        fingerprint_of(octets)
    with contextlib.suppress(CertificateBroken):
        out_of_date(octets, NOW_MS)


@given(st.text())
def test_any_text_has_a_trust_or_none(text: str) -> None:
    address, trust = split_trust(text)
    assert trust is not None or address == text
