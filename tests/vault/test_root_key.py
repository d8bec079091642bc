"""The root key's file: who may read it, where it may lie, and that it is made once."""

import hmac
import os
import pickle
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from curtilage.errors import Blame
from curtilage.vault.root_key import ROOT_KEY_BYTES, RootKey, RootKeyNotMade, RootKeyUnusable

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "root.key"


def _load(file: Path, data: Path, *, may_create: bool = True) -> RootKey:
    return RootKey.load_or_create(file, data, secrets.token_bytes, may_create=may_create)


def _ready(file: Path, octets: bytes = bytes(32), mode: int = 0o600) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(octets)
    file.chmod(mode)


def test_a_key_is_made_once_and_found_again(file: Path, data: Path) -> None:
    first, second = _load(file, data), _load(file, data, may_create=False)
    assert first.derive("wrap") == second.derive("wrap")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["root.key"]


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_the_mode_does_not_depend_on_the_umask(tmp_path: Path, data: Path, umask: int) -> None:
    (tmp_path / "config").mkdir()
    before = os.umask(umask)
    try:
        _load(tmp_path / "config" / "root.key", data)
    finally:
        os.umask(before)
    assert (tmp_path / "config" / "root.key").stat().st_mode & 0o777 == 0o600


def test_two_keys_differ(tmp_path: Path, data: Path) -> None:
    assert _load(tmp_path / "a", data).derive("wrap") != _load(tmp_path / "b", data).derive("wrap")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o700, 0o644, 0o620])
def test_a_file_that_others_can_get_at_is_refused(file: Path, data: Path, mode: int) -> None:
    _ready(file, mode=mode)
    with pytest.raises(RootKeyUnusable) as refused:
        _load(file, data)
    assert refused.value.do == f"Run: chmod 600 '{file}'"
    assert refused.value.blame is Blame.PERSON
    file.chmod(0o600)
    _load(file, data)


def test_a_file_that_may_only_be_read_is_good(file: Path, data: Path) -> None:
    _ready(file, mode=0o400)
    _load(file, data)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 4096])
def test_a_file_of_another_length_is_refused_and_kept(file: Path, data: Path, length: int) -> None:
    _ready(file, bytes(length))
    with pytest.raises(RootKeyUnusable, match=f"{length} bytes"):
        _load(file, data)
    assert file.stat().st_size == length


def test_a_file_of_another_user_is_refused(file: Path, data: Path) -> None:
    if os.geteuid() == 0:
        _ready(file)
        os.chown(file, 12345, 12345)
        theirs = file
    else:
        theirs = Path("/etc/hostname")
    with pytest.raises(RootKeyUnusable, match="another user"):
        _load(theirs, data)


def test_a_key_inside_the_data_folder_is_refused(tmp_path: Path, data: Path) -> None:
    (tmp_path / "link").symlink_to(data)
    for inside in (data / "root.key", data / "deep" / "root.key", data / ".." / "data" / "k", tmp_path / "link" / "k"):
        with pytest.raises(RootKeyUnusable, match="inside the data folder"):
            _load(inside, data)
    assert list(data.iterdir()) == []


def test_a_folder_whose_name_only_begins_the_same_is_outside(tmp_path: Path, data: Path) -> None:
    _load(tmp_path / "data.keys" / "root.key", data)


def test_no_key_is_made_beside_data_that_needs_another(file: Path, data: Path) -> None:
    with pytest.raises(RootKeyUnusable, match="missing"):
        _load(file, data, may_create=False)
    assert not file.parent.exists()


def test_what_is_no_plain_file_is_refused(tmp_path: Path, data: Path) -> None:
    _ready(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "nowhere", "folder", "pipe"):
        with pytest.raises(RootKeyUnusable):
            _load(tmp_path / name, data)
    assert not (tmp_path / "missing").exists()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, data: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "root.key", Path("/proc/curtilage/root.key")):
        with pytest.raises((RootKeyNotMade, RootKeyUnusable)) as refused:
            _load(place, data)
        assert refused.value.do


def test_a_start_that_was_cut_short_leaves_no_half_key(file: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_short(descriptor: int) -> None:
        """Where the key is written and not yet safe."""
        assert os.fstat(descriptor).st_size == 32
        raise KeyboardInterrupt

    with monkeypatch.context() as cutting:
        cutting.setattr(os, "fsync", cut_short)
        with pytest.raises(KeyboardInterrupt):
            RootKey.load_or_create(file, data, secrets.token_bytes)
    assert list(file.parent.iterdir()) == []
    _load(file, data)


MAKES_ONE = """
import secrets, sys
from pathlib import Path
from curtilage.vault.root_key import RootKey
sys.stdin.readline()
key = RootKey.load_or_create(Path(sys.argv[1]), Path(sys.argv[2]), secrets.token_bytes)
print(key.derive("test").hex())
"""


@pytest.fixture
def starts(file: Path, data: Path) -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, "-c", MAKES_ONE, str(file), str(data)]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=REPOSITORY) for _ in range(4)]
    yield started
    for one in started:
        one.__exit__(None, None, None)


def test_two_starts_in_one_moment_get_one_key(starts: list[subprocess.Popen[str]]) -> None:
    for one in starts:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    derived = {one.communicate()[0] for one in starts}
    assert len(derived) == 1
    assert len(derived.pop().strip()) == 2 * ROOT_KEY_BYTES


def test_labels_give_unrelated_keys(file: Path, data: Path) -> None:
    key = _load(file, data)
    derived = {key.derive(label) for label in ("wrap", "lookup", "server-fields", "ledger", "")}
    assert len(derived) == 5
    assert all(len(one) == 32 for one in derived)


def test_a_derived_key_is_what_rfc_5869_says() -> None:
    secret = bytes(range(32))
    # §2.3 for one block: T(1) = HMAC(PRK, info | 0x01).
    expected = hmac.digest(secret, b"curtilage root key v1 wrap" + b"\x01", "sha256")
    assert RootKey(secret).derive("wrap") == expected


def test_a_key_is_never_shown_or_pickled() -> None:
    key = RootKey(b"S" * 32)
    assert "S" * 4 not in repr(key) + str(key) + f"{key!r}"
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        RootKey(bytes(31))
