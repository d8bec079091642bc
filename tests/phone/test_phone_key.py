"""The phone's key file."""

import os
from pathlib import Path

import pytest

from curtilage.phone.phone_key import PhoneKeyNotMade, PhoneKeyUnusable, load_or_create_phone_key


def test_it_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    file = tmp_path / "phone.key"
    key = load_or_create_phone_key(file, os.urandom, may_create=True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_or_create_phone_key(file, os.urandom, may_create=False).derive("x") == key.derive("x")
    assert file.read_bytes().hex() not in repr(key)


def test_none_is_made_beside_messages_that_it_could_not_open(tmp_path: Path) -> None:
    with pytest.raises(PhoneKeyUnusable, match="missing"):
        load_or_create_phone_key(tmp_path / "phone.key", os.urandom, may_create=False)


def test_an_open_or_damaged_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "phone.key"
    file.write_bytes(bytes(31))
    file.chmod(0o600)
    with pytest.raises(PhoneKeyUnusable, match="damaged"):
        load_or_create_phone_key(file, os.urandom, may_create=True)
    file.write_bytes(bytes(32))
    file.chmod(0o644)
    with pytest.raises(PhoneKeyUnusable, match="Others"):
        load_or_create_phone_key(file, os.urandom, may_create=True)


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PhoneKeyNotMade):
        load_or_create_phone_key(tmp_path / "file" / "phone.key", os.urandom, may_create=True)
