"""The phone's own database: one SQLite file, WAL, synchronous=FULL, one process at a time.

Rules it guards:
* what belongs together is written together: ``transaction`` joins the one around it, so session state, plaintext and
  position stand in one commit, and a commit that returned survives kill -9 and power loss;
* every personal value is sealed for its place (table, column, row) and does not open in another;
* a row is found by a keyed hash of what it is about.

It blocks while it writes (a fraction of a millisecond with a disk that is well); its callers are one loop.
A copy of this file must never be put back: a session that goes back in time would encrypt two texts alike.
"""

import contextlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from curtilage.phone.phone_key import PHONE_KEY_NAME, load_or_create_phone_key
from curtilage.store.connection import open_for_writing
from curtilage.store.data_folder import DATABASE_NAME, LOCK_NAME, DataFolder
from curtilage.store.migration import migrate, packaged_migrations
from curtilage.store.sqlite_error import damages_the_file, in_our_words
from curtilage.store.store import StoreBroken
from curtilage.vault.root_key import RootKey
from curtilage.vault.sealing import SealingKey, encode_place
from curtilage.wire.identifier import Entropy

LOOKUP_BYTES = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands."""

    table: str
    column: str
    row: bytes


class PhoneStore:
    """Open until ``close``."""

    def __init__(
        self, folder: DataFolder, connection: apsw.Connection, key_file: Path, key: RootKey, entropy: Entropy
    ) -> None:
        self._folder = folder
        self._key_file = key_file
        self._connection = connection
        self._sealing = SealingKey(key.derive("phone sealing"))
        self._lookups = key.derive("phone lookups")
        self._entropy = entropy
        self._damaged = False
        self._inside = False
        self._failed = False
        self.rollbacks = 0
        """Counts transactions that did not happen: whoever keeps a copy of rows in memory drops it then."""
        self.pickle_secret = key.derive("phone pickles")
        """Under which vodozemac encrypts what it writes; sealed for its row besides."""

    @staticmethod
    def open(place: Path, entropy: Entropy, bytes_max: int, key_file: Path | None = None) -> "PhoneStore":
        """Make or open the database in folder ``place``. Raises StoreInUse, StoreBroken, PhoneKeyUnusable."""
        folder = DataFolder(place)
        try:
            file = key_file or place / PHONE_KEY_NAME
            key = load_or_create_phone_key(file, entropy, may_create=not folder.database.exists())
            folder.make_database_file()
            connection = open_for_writing(folder.database, bytes_max)
            migrate(connection, packaged_migrations("curtilage.phone"))
        except apsw.Error as error:
            folder.release()
            raise StoreBroken(f"The phone's database cannot be opened: {error}.") from error
        except BaseException:
            folder.release()
            raise
        return PhoneStore(folder, connection, file, key, entropy)

    def close(self) -> None:
        """Nothing is lost: every commit is on the disk already."""
        self._connection.close()
        self._folder.release()

    def empty_log(self) -> None:
        """Move what the write-ahead log holds into the database and cut it: keys that were used up go with it.

        For when nothing else is to be done. Raises as ``transaction``.
        """
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def erase(self) -> None:
        """Factory reset: first the key, after which the rest is noise, then the rest. Raises StoreBroken."""
        place = self._folder.folder
        self._connection.close()
        try:
            # SQLite's files and ours; the lock goes last, with whatever else nobody here put there left alone.
            self._key_file.unlink(missing_ok=True)
            for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm", LOCK_NAME):
                (place / name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreBroken(f"{place} cannot be emptied: {error.strerror}.", do="Delete it by hand.") from error
        finally:
            self._folder.release()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; one inside another is part of it, and takes it along when it fails.

        Raises StoreFull, StoreBusy, StoreBroken, Conflict, StoreRefused: then nothing was written.
        """
        if self._inside:
            with self._part():
                yield
            return
        if self._damaged:
            raise StoreBroken("The phone's database stopped after a failed write.", do="Start the phone again.")
        self.rows("BEGIN IMMEDIATE")
        self._inside, self._failed = True, False
        try:
            yield
            self._commit()
        except BaseException:
            self.rollbacks += 1
            raise
        finally:
            self._inside = False
            if self._connection.in_transaction:
                self.rows("ROLLBACK")

    def _commit(self) -> None:
        if self._failed:
            raise StoreBroken("A part of this write failed before.", do="Report this.")
        self.rows("COMMIT")

    @contextlib.contextmanager
    def _part(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._failed = True
            raise

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read or write; inside ``transaction`` when it writes. Raises as ``transaction``."""
        if self._inside and not self._connection.in_transaction:
            # On a full disk SQLite rolls all of it back by itself: what came after would be a write of its own.
            raise StoreBroken("This write was rolled back before.", do="Report this.")
        try:
            return self._connection.execute(sql, values).fetchall()
        except apsw.Error as error:
            # After a failed sync the system may believe lost pages are safe: nothing more is written.
            self._damaged = self._damaged or damages_the_file(error)
            raise in_our_words(error, self._connection) from error

    def seal(self, place: Place, clear: bytes) -> bytes:
        """For this place alone."""
        return self._sealing.seal(encode_place(place.table, place.column, place.row.hex()), clear, self._entropy)

    def open_sealed(self, place: Place, sealed: bytes) -> bytes:
        """Raises SealBroken."""
        return self._sealing.open(encode_place(place.table, place.column, place.row.hex()), sealed)

    def lookup(self, what: str, *octets: bytes) -> bytes:
        """16 bytes that only this phone can make from these."""
        # Each piece with its length before it, so that no two lists give the same bytes.
        text = b"".join([len(piece).to_bytes(2, "big") + piece for piece in (what.encode(), *octets)])
        return hmac.digest(self._lookups, text, "sha256")[:LOOKUP_BYTES]

    def own(self, name: str) -> bytes | None:
        """One of the phone's own values, or None."""
        found = self.rows("SELECT sealed FROM own WHERE name = ?", name)
        return self.open_sealed(_own(name), found[0][0]) if found else None

    def set_own(self, name: str, value: bytes) -> None:
        """Inside a transaction."""
        self.rows("INSERT OR REPLACE INTO own (name, sealed) VALUES (?, ?)", name, self.seal(_own(name), value))

    def own_number(self, name: str) -> int:
        """0 when there is none yet."""
        return int.from_bytes(self.own(name) or b"", "big")

    def set_own_number(self, name: str, value: int) -> None:
        """Inside a transaction."""
        self.set_own(name, value.to_bytes(8, "big"))


def _own(name: str) -> Place:
    return Place("own", "sealed", name.encode())
