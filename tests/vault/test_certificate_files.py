"""Certificates and authorities on disk."""

import secrets
from pathlib import Path

import pytest

from curtilage.vault.certificate import CertificateUnusable
from curtilage.vault.certificate_files import load_or_make_authority, read_files, signs_of_change
from curtilage.vault.household_authority import AuthorityUnusable, HouseholdAuthority
from curtilage.vault.secret_file import SecretFileUnusable
from tests.vault.certificates import NAME, NOW_MS, certificate

MADE = certificate()


def load(folder: Path, name: str = NAME, place: str = "keys/authority.pem") -> HouseholdAuthority:
    return load_or_make_authority(folder / place, folder / "data", name, (), NOW_MS, secrets.token_bytes)


def test_the_authority_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    made = load(tmp_path)
    file = tmp_path / "keys" / "authority.pem"
    assert file.stat().st_mode & 0o777 == 0o600
    assert load(tmp_path).fingerprint == made.fingerprint


def test_it_never_lies_in_the_data_folder(tmp_path: Path) -> None:
    with pytest.raises(AuthorityUnusable, match="inside the data folder"):
        load(tmp_path, place="data/authority.pem")
    assert not (tmp_path / "data").exists()


def test_one_for_another_name_is_said_with_what_to_do(tmp_path: Path) -> None:
    load(tmp_path)
    with pytest.raises(AuthorityUnusable) as refused:
        load(tmp_path, "birch.home.arpa")
    assert "made for another name" in refused.value.what
    assert "or remove" in refused.value.do


def test_one_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "keys" / "authority.pem").chmod(0o644)
    with pytest.raises(SecretFileUnusable, match="chmod 600"):
        load(tmp_path)


def given(folder: Path) -> tuple[Path, Path]:
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(MADE.chain_pem)
    key.write_bytes(MADE.key_pem)
    key.chmod(0o600)
    return chain, key


def test_given_files_are_read(tmp_path: Path) -> None:
    assert read_files(*given(tmp_path)) == MADE


def test_given_files_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    chain, key = given(tmp_path)
    with pytest.raises(CertificateUnusable, match="cannot be read: No such file"):
        read_files(tmp_path / "none.pem", key)
    key.chmod(0o644)
    with pytest.raises(SecretFileUnusable, match="chmod 600"):
        read_files(chain, key)
    chain.write_bytes(MADE.chain_pem * 100)
    with pytest.raises(CertificateUnusable, match="too long"):
        read_files(chain, key)


def test_a_renewal_is_a_sign_and_so_is_a_missing_file(tmp_path: Path) -> None:
    chain, key = given(tmp_path)
    before = signs_of_change(chain, key)
    assert signs_of_change(chain, key) == before
    beside = tmp_path / "beside.pem"
    beside.write_bytes(chain.read_bytes())
    beside.replace(chain)
    after = signs_of_change(chain, key)
    assert after != before
    chain.unlink()
    assert signs_of_change(chain, key) not in (before, after)
