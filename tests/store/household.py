"""A real store with two homes in it, and the few statements the tests of this room write with."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from curtilage.config import Config
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import Statement
from curtilage.wire.identifier import HomeId

ANNES = HomeId("annes")
BERTS = HomeId("berts")
HOMES = (ANNES, BERTS)


def config(**changes: int) -> Config:
    return replace(Config(), **changes)  # type: ignore[arg-type]  # settings by name; each is a number


@contextlib.asynccontextmanager
async def opened(folder: Path, settings: Config | None = None) -> AsyncIterator[SqliteStore]:
    store = SqliteStore.open(folder, settings or Config())
    try:
        yield store
    finally:
        await store.close()


def with_store(folder: Path, scene: Callable[[SqliteStore], Coroutine[Any, Any, None]], **changes: int) -> None:
    """Run ``scene`` with a store that has two homes, each with one person and one camera of its own."""

    async def run() -> None:
        async with opened(folder, config(**changes)) as store:
            for home in HOMES:
                await move_in(store, home)
            await scene(store)

    asyncio.run(run())


async def move_in(store: SqliteStore, home: HomeId) -> None:
    await store.write(
        home,
        person(f"{home}-person"),
        device(f"{home}-camera"),
        camera(f"{home}-camera"),
        server=[new_home(home), account(home)],
    )


def new_home(home: HomeId) -> Statement:
    return Statement("INSERT INTO homes (id, home_key, made_ms) VALUES ($1, $2, $3)", (home, b"wrapped", 1), 1)


def account(name: str) -> Statement:
    return Statement(
        "INSERT INTO accounts (id, name, name_lookup) VALUES ($1, $2, $3)",
        (f"{name}-account", b"sealed", name.encode()),
        1,
    )


def person(name: str, role: str = "owner") -> Statement:
    return Statement(
        "INSERT INTO persons (id, name, role, joined_ms) VALUES ($1, $2, $3, $4)", (name, b"sealed", role, 1), 1
    )


def device(name: str) -> Statement:
    return Statement(
        "INSERT INTO devices (id, kind, name, name_lookup, model, firmware, added_ms) "
        "VALUES ($1, 'camera', $2, $3, '', '', $4)",
        (name, b"sealed", name.encode(), 1),
        1,
    )


def camera(name: str) -> Statement:
    return Statement("INSERT INTO cameras (device, address) VALUES ($1, $2)", (name, b"sealed"), 1)


def entry(position: int, size: int = 100) -> Statement:
    return Statement(
        "INSERT INTO ledger_entries (position, at_ms, salt, payload, leaf) VALUES ($1, $2, $3, $4, $5)",
        (position, 1, b"salt", bytes(size), b"leaf"),
        1,
    )


async def persons(store: SqliteStore, home: HomeId) -> list[tuple[Any, ...]]:
    return await store.read(home, "SELECT id, name, role FROM persons ORDER BY id")


async def positions(store: SqliteStore, home: HomeId) -> list[int]:
    rows = await store.read(home, "SELECT position FROM ledger_entries ORDER BY position")
    return [position for (position,) in rows if isinstance(position, int)]
