"""Files that hold a secret: closed to others, made whole, and said what mends them."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from curtilage.vault.secret_file import SECRET_BYTES_MAX, SecretFileUnusable, SecretKind, make_secret, read_secret

WHAT = "key of the test"
KIND = SecretKind(WHAT)


def test_it_is_made_closed_to_others_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "a.pem"
    make_secret(file, KIND, b"secret", secrets.token_bytes)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert read_secret(file, KIND) == b"secret"
    make_secret(file, KIND, b"another", secrets.token_bytes)
    assert read_secret(file, KIND) == b"secret", "who was first stays"
    assert [found.name for found in file.parent.iterdir()] == ["a.pem"]


def _open_to_others(file: Path) -> None:
    file.write_bytes(b"x")
    file.chmod(0o640)


def _a_folder(file: Path) -> None:
    file.mkdir()


def _a_pipe(file: Path) -> None:
    os.mkfifo(file, 0o600)


def _too_long(file: Path) -> None:
    file.write_bytes(bytes(SECRET_BYTES_MAX + 1))
    file.chmod(0o600)


def _somebody_elses(file: Path) -> None:
    file.write_bytes(b"x")
    file.chmod(0o600)
    os.chown(file, 12345, 12345)


UNUSABLE: tuple[tuple[Callable[[Path], None], str], ...] = (
    (lambda _file: None, "cannot be opened: No such file"),
    (_open_to_others, "Run: chmod 600"),
    (_a_folder, "is no plain file"),
    (_a_pipe, "is no plain file"),
    (_too_long, "too long"),
)


@pytest.mark.parametrize(("make", "words"), UNUSABLE)
def test_what_is_not_as_it_must_be_is_said_with_what_mends_it(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    file = tmp_path / "a.pem"
    make(file)
    with pytest.raises(SecretFileUnusable) as refused:
        read_secret(file, KIND)
    assert words in str(refused.value)
    assert WHAT in str(refused.value)


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SecretFileUnusable, match="cannot be made"):
        make_secret(tmp_path / "file" / "a.pem", KIND, b"x", secrets.token_bytes)


def test_another_persons_file_is_not_read_when_that_can_be_tried(tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    if os.geteuid() != 0:
        return  # only root can give a file away
    _somebody_elses(file)
    with pytest.raises(SecretFileUnusable, match="belongs to another"):
        read_secret(file, KIND)
