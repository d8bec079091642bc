"""The embedded store: one SQLite file, one writer, one reader, one server.

It joins the parts of this room: the locked folder, the migrations, two walled connections and their threads. The rules
stand where they are kept: durability in ``connection.py``, isolation in ``wall.py``, groups in ``writer.py``.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

import apsw

from curtilage.config import Config
from curtilage.store.connection import open_for_reading, open_for_writing
from curtilage.store.data_folder import DATABASE_NAME, DataFolder
from curtilage.store.migration import Migration, migrate, packaged_migrations
from curtilage.store.reader import Read, Reader
from curtilage.store.sqlite_error import in_our_words
from curtilage.store.store import Row, Statement, StoreBroken, StoreRefused, StoreUnknown, Value
from curtilage.store.wall import Wall
from curtilage.store.writer import Write, Writer
from curtilage.wire.identifier import HomeId


class SqliteStore:
    """See the port, ``store.Store``. Used from any event loop; made by ``open``."""

    __slots__ = ("_folder", "_reader", "_wait_s", "_writer")

    def __init__(self, folder: DataFolder, writer: Writer, reader: Reader, wait_s: float) -> None:
        self._folder = folder
        self._writer = writer
        self._reader = reader
        self._wait_s = wait_s

    @staticmethod
    def exists(folder: Path) -> bool:
        """True when ``folder`` holds a database: a root key must then not be made anew."""
        return os.path.lexists(folder / DATABASE_NAME)

    @staticmethod
    def open(folder: Path, config: Config, migrations: Sequence[Migration] | None = None) -> "SqliteStore":
        """Make or open the database in ``folder`` and bring it up to date; blocks for as long as that takes.

        Raises StoreInUse when another server has the folder; StoreBroken when the database is damaged, of another
        program, or newer than this one; StoreFull. ``migrations``: the packaged ones unless given.
        """
        held = DataFolder(folder)
        try:
            return _open(held, config, packaged_migrations() if migrations is None else migrations)
        except BaseException:
            held.release()
            raise

    async def read(self, home: HomeId, sql: str, *parameters: Value) -> list[Row]:
        """See Store."""
        if not home:
            raise StoreRefused("A home must be named.")
        return await self._read(home, sql, parameters)

    async def read_server(self, sql: str, *parameters: Value) -> list[Row]:
        """See Store."""
        return await self._read(None, sql, parameters)

    async def write(self, home: HomeId, *statements: Statement, server: Sequence[Statement] = ()) -> None:
        """See Store."""
        if not home:
            raise StoreRefused("A home must be named.")
        await self._write(home, statements, tuple(server))

    async def write_server(self, *statements: Statement) -> None:
        """See Store."""
        await self._write(None, (), statements)

    async def close(self) -> None:
        """See Store. Frees the data folder for another server."""
        await asyncio.to_thread(self._close)

    async def _read(self, home: HomeId | None, sql: str, parameters: tuple[Value, ...]) -> list[Row]:
        told: asyncio.Future[list[Row]] = asyncio.get_running_loop().create_future()
        self._reader.put(Read(home, sql, parameters, time.monotonic() + self._wait_s, told))
        try:
            async with asyncio.timeout(self._wait_s):
                return await told
        except TimeoutError:
            raise StoreUnknown("The database did not answer in time.", do="Try again.", definite=True) from None

    async def _write(self, home: HomeId | None, statements: Sequence[Statement], server: Sequence[Statement]) -> None:
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writer.put(Write(home, statements, server, time.monotonic() + self._wait_s, told))
        try:
            async with asyncio.timeout(self._wait_s):
                await told
        except TimeoutError:
            raise StoreUnknown(
                "The database did not answer in time; it may have been written.",
                do="Look, then try again.",
                definite=False,
            ) from None

    def _close(self) -> None:
        # The reader first: the writer, closing last, then folds the write-ahead log into the file.
        self._reader.close()
        self._writer.close()
        self._folder.release()


def _open(held: DataFolder, config: Config, migrations: Sequence[Migration]) -> SqliteStore:
    held.make_database_file()
    connections: list[apsw.Connection] = []
    try:
        connections.append(open_for_writing(held.database, config.store_bytes_max))
        migrate(connections[0], migrations)
        writing_wall = Wall(connections[0], writes=True)
        connections.append(open_for_reading(held.database))
        reading_wall = Wall(connections[1], writes=False)
    except (apsw.Error, StoreBroken) as error:
        ours = (
            in_our_words(error, connections[0])
            if connections
            else StoreBroken(f"The database cannot be opened: {error}.")
        )
        for connection in connections:
            connection.close()
        raise ours from error
    writer = Writer(connections[0], writing_wall, config)
    return SqliteStore(held, writer, Reader(connections[1], reading_wall, config), config.store_wait_s)
