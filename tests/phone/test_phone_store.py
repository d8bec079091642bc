"""The phone's own database."""

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from curtilage.phone.phone_key import PhoneKeyUnusable
from curtilage.phone.phone_store import PhoneStore, Place
from curtilage.store.store import StoreBroken, StoreFull, StoreInUse, StoreRefused
from curtilage.vault.sealing import SealBroken
from tests.phone.people import BYTES_MAX


def opened(folder: Path, bytes_max: int = BYTES_MAX) -> PhoneStore:
    """Made when it is not there."""
    return PhoneStore.open(folder, os.urandom, bytes_max)


def test_what_was_committed_is_there_again(tmp_path: Path) -> None:
    store = opened(tmp_path / "phone")
    assert store.own("a") is None
    with store.transaction():
        store.set_own("a", b"private words")
        store.set_own_number("n", 7)
    store.close()
    again = opened(tmp_path / "phone")
    assert (again.own("a"), again.own_number("n"), again.own_number("other")) == (b"private words", 7, 0)
    again.close()
    for file in (tmp_path / "phone").iterdir():
        assert b"private" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_a_transaction_is_whole_or_did_not_happen(tmp_path: Path) -> None:
    store = opened(tmp_path)

    def fails_half_way() -> None:
        with store.transaction():
            store.set_own("a", b"1")
            with store.transaction():
                store.set_own("b", b"2")
            raise KeyError

    with pytest.raises(KeyError):
        fails_half_way()
    assert store.own("a") is store.own("b") is None
    store.close()


def test_a_value_opens_in_its_place_alone(tmp_path: Path) -> None:
    store = opened(tmp_path)
    sealed = store.seal(Place("t", "c", b"row"), b"value")
    assert store.open_sealed(Place("t", "c", b"row"), sealed) == b"value"
    for other in (Place("t", "c", b"other"), Place("t", "d", b"row"), Place("u", "c", b"row")):
        with pytest.raises(SealBroken):
            store.open_sealed(other, sealed)
    store.close()


def test_another_phone_makes_other_lookups(tmp_path: Path) -> None:
    one, two = opened(tmp_path / "1"), opened(tmp_path / "2")
    assert one.lookup("a", b"x") == one.lookup("a", b"x")
    others = (one.lookup("b", b"x"), one.lookup("a", b"y"), one.lookup("a", b"", b"x"), two.lookup("a", b"x"))
    assert one.lookup("a", b"x") not in others
    one.close()
    two.close()


def test_one_process_at_a_time_has_it(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with pytest.raises(StoreInUse):
        opened(tmp_path)
    store.close()
    opened(tmp_path).close()


def test_without_its_key_it_is_not_begun_anew(tmp_path: Path) -> None:
    opened(tmp_path).close()
    (tmp_path / "phone.key").unlink()
    with pytest.raises(PhoneKeyUnusable):
        opened(tmp_path)
    with pytest.raises(PhoneKeyUnusable):
        opened(tmp_path)


def test_the_key_may_lie_elsewhere(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "phone.key"
    PhoneStore.open(tmp_path / "data", os.urandom, BYTES_MAX, key).close()
    assert key.exists()
    assert not (tmp_path / "data" / "phone.key").exists()


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path: Path) -> None:
    store = opened(tmp_path, 256 * 1024)
    with store.transaction():
        store.set_own("small", b"kept")

    def too_much() -> None:
        with store.transaction():
            store.set_own("small", b"lost")
            store.set_own("large", bytes(1024 * 1024))

    with pytest.raises(StoreFull):
        too_much()
    assert store.own("small") == b"kept"
    with store.transaction():
        store.set_own("small", b"goes on")
    store.close()


def test_nothing_is_written_behind_a_failure_that_was_caught(tmp_path: Path) -> None:
    store = opened(tmp_path, 256 * 1024)

    def goes_on_after_full() -> None:
        with store.transaction():
            with contextlib.suppress(StoreFull):
                store.set_own("large", bytes(1024 * 1024))
            store.set_own("small", b"lost")

    def goes_on_after_a_part() -> None:
        with store.transaction():
            store.set_own("small", b"lost")
            with contextlib.suppress(StoreRefused), store.transaction():
                store.rows("INSERT INTO own VALUES (NULL, NULL)")

    for goes_on in (goes_on_after_full, goes_on_after_a_part):
        with pytest.raises(StoreBroken):
            goes_on()
        assert store.own("small") is None
    store.close()


def test_a_broken_statement_is_our_error(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with pytest.raises(StoreRefused):
        store.rows("SELECT nothing FROM nowhere")
    store.close()


def test_it_is_durable_by_its_settings(tmp_path: Path) -> None:
    store = opened(tmp_path)
    assert store.rows("PRAGMA synchronous") == [(2,)]
    assert store.rows("PRAGMA journal_mode") == [("wal",)]
    store.close()
    with sqlite3.connect(tmp_path / "curtilage.sqlite") as plain:
        names = {name for (name,) in plain.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    plain.close()
    assert {"own", "sessions", "contacts", "messages", "outgoing"} <= names


def test_a_reset_leaves_nothing(tmp_path: Path) -> None:
    store = PhoneStore.open(tmp_path / "phone", os.urandom, BYTES_MAX, tmp_path / "phone.key")
    with store.transaction():
        store.set_own("a", b"private")
    (tmp_path / "phone" / "of somebody else").write_text("stays")
    store.erase()
    left = [file.name for file in tmp_path.rglob("*") if file.is_file()]
    assert left == ["of somebody else"]
    opened(tmp_path / "phone").close()


def test_what_was_used_up_leaves_the_log(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(50):
        with store.transaction():
            store.set_own_number("n", number)
    log = tmp_path / "curtilage.sqlite-wal"
    assert log.stat().st_size > 0
    store.empty_log()
    assert log.stat().st_size == 0
    assert store.own_number("n") == 49
    store.close()
