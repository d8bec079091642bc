"""Certificates read from what a person gives, and what browsers would find wrong with them."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from curtilage.vault.certificate import CertificateUnusable, Finding, read_certificate
from tests.vault.certificates import DAY_MS, NAME, NOW_MS, certificate

MADE = certificate()
ANOTHER_KEY = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
LOCKED_KEY = load_pem_private_key(MADE.key_pem, None).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase")
)

UNUSABLE = (
    (b"", MADE.key_pem, "holds no certificate in PEM"),
    (b"\xff\x00", MADE.key_pem, "holds no certificate in PEM"),
    (MADE.chain_pem[:200], MADE.key_pem, "holds no certificate in PEM"),
    (MADE.chain_pem * 6, MADE.key_pem, "too many certificates"),
    (MADE.chain_pem, b"", "holds no private key"),
    (MADE.chain_pem, MADE.chain_pem, "holds no private key"),
    (MADE.chain_pem, ANOTHER_KEY, "does not belong to the certificate"),
    (MADE.chain_pem, LOCKED_KEY, "locked with a passphrase"),
)


def test_what_was_given_is_read_with_its_names_times_and_fingerprint() -> None:
    read = read_certificate(MADE.chain_pem, MADE.key_pem)
    assert read == MADE
    assert read.names == (NAME,)
    assert read.not_after_ms - read.not_before_ms == 90 * DAY_MS
    assert len(read.fingerprint) == 95
    assert "PRIVATE" not in repr(read)


@pytest.mark.parametrize(("chain", "key", "words"), UNUSABLE)
def test_what_cannot_be_served_is_said_with_what_to_do(chain: bytes, key: bytes, words: str) -> None:
    with pytest.raises(CertificateUnusable) as refused:
        read_certificate(chain, key)
    assert words in refused.value.what
    assert refused.value.do


FINDINGS = (
    (NAME, NOW_MS, None),
    (NAME, NOW_MS + 80 * DAY_MS, None),
    (NAME, NOW_MS + 90 * DAY_MS, Finding.EXPIRED),
    (NAME, NOW_MS - 2 * DAY_MS, Finding.NOT_YET),
    ("birch.home.arpa", NOW_MS, Finding.OTHER_NAME),
    (f"www.{NAME}", NOW_MS, Finding.OTHER_NAME),
    ("home.arpa", NOW_MS, Finding.OTHER_NAME),
)


@pytest.mark.parametrize(("name", "now_ms", "finding"), FINDINGS)
def test_what_browsers_would_find_wrong_is_found_first(name: str, now_ms: int, finding: Finding | None) -> None:
    assert MADE.finding(name, now_ms) is finding


@pytest.mark.parametrize(
    ("name", "fits"),
    [("rose.home.arpa", True), ("a.rose.home.arpa", False), ("home.arpa", False), (".home.arpa", False)],
)
def test_a_wildcard_stands_for_one_label(name: str, fits: bool) -> None:
    wild = replace(MADE, names=("*.home.arpa",))
    assert (wild.finding(name, NOW_MS) is None) is fits


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes_are_refused_with_words(chain: bytes, key: bytes) -> None:
    for pair in ((chain, key), (MADE.chain_pem, key), (b"-----BEGIN CERTIFICATE-----\n" + chain, MADE.key_pem)):
        with pytest.raises(CertificateUnusable):
            read_certificate(*pair)
