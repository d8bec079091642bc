"""The evaluator's key files: closed to others, one for each epoch, gone at its end."""

import os
import secrets
from pathlib import Path

import pytest

from curtilage.messages.discovery.epoch_key import KeyFolder, KeyNotMade
from curtilage.vault.secret_file import SecretFileUnusable


def folder(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "keys", secrets.token_bytes)


def test_a_key_is_made_once_and_stays(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    assert keys.load() == {}
    made = keys.make(1, "9.0.42")
    assert keys.make(1, "9.0.43") == made, "what is there is never overwritten"
    assert folder(tmp_path).load() == {1: made}
    assert made.state.metadata == "9.0.42"
    assert keys.make(2, "9.0.43").keys != made.keys
    assert list(keys.load()) == [1, 2]


def test_files_and_folder_are_closed_to_others(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    keys.make(1, "9.0.42")
    keys.spent_key()
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()} == {0o600}
    (tmp_path / "keys" / "epoch-1.key").chmod(0o640)
    with pytest.raises(SecretFileUnusable, match="chmod 600"):
        keys.load()


def test_a_destroyed_key_is_gone(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    keys.make(1, "9.0.42")
    keys.destroy(1)
    keys.destroy(1)
    assert keys.load() == {}
    assert not list((tmp_path / "keys").iterdir())


def test_the_spent_files_key_stays(tmp_path: Path) -> None:
    assert folder(tmp_path).spent_key() == folder(tmp_path).spent_key()


@pytest.mark.parametrize("octets", [b"", b"k" * 31, b"k" * 32, b"k" * 32 + b"9\n", b"k" * 32 + b"\xff", b"k" * 100])
def test_a_file_that_is_no_key_is_said_without_its_content(tmp_path: Path, octets: bytes) -> None:
    keys = folder(tmp_path)
    keys.make(1, "9.0.42")
    (tmp_path / "keys" / "epoch-1.key").write_bytes(octets)
    with pytest.raises(SecretFileUnusable) as raised:
        keys.load()
    assert "kkk" not in str(raised.value)


def test_a_link_is_no_key(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    keys.make(1, "9.0.42")
    (tmp_path / "keys" / "epoch-2.key").symlink_to(tmp_path / "keys" / "epoch-1.key")
    with pytest.raises(SecretFileUnusable):
        keys.load()


def test_more_keys_than_epochs_are_said(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    for epoch in (1, 2, 3):
        keys.make(epoch, "9.0.42")
    with pytest.raises(SecretFileUnusable, match="never more than 2"):
        keys.load()


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    keys = folder(tmp_path)
    keys.make(1, "9.0.42")
    for name in ("epoch-0.key", "epoch-01.key", "epoch-x.key", "epoch-2.key.new", "notes"):
        (tmp_path / "keys" / name).write_text("")
    assert list(keys.load()) == [1]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keys = KeyFolder(tmp_path / "file" / "keys", secrets.token_bytes)
    with pytest.raises(KeyNotMade):
        keys.make(1, "9.0.42")
    with pytest.raises(KeyNotMade):
        keys.destroy(1)
    assert os.path.lexists(tmp_path / "file")
