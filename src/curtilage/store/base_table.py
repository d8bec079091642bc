"""A base table as the wall sees it, read from the schema the migrations made.

The name says on which side of the wall it stands; a table that says neither gets no view, so nobody can reach it.
What breaks the form written at the head of ``0001_first_light.sql`` is refused here, before anything is opened.
"""

import enum
import re
from dataclasses import dataclass

import apsw

from curtilage.store.store import StoreBroken

HOME_COLUMN = "home"
_NAME = re.compile(r"(inside|outside)_([a-z][a-z_]*)")


class Side(enum.Enum):
    """Of the tenant wall."""

    INSIDE = "inside"
    """In a home: rows carry the home's id."""
    OUTSIDE = "outside"
    """The server's own."""


@dataclass(frozen=True, slots=True)
class BaseTable:
    """What is needed to put a view and triggers before it."""

    name: str
    noun: str
    """What the rooms call it."""
    side: Side
    columns: tuple[str, ...]
    """Without the home column of an inside table."""
    key: tuple[str, ...]
    """Primary key, likewise."""


def read_base_tables(connection: apsw.Connection) -> tuple[BaseTable, ...]:
    """Of the whole database. Raises StoreBroken when the schema breaks the form."""
    found = list(connection.execute("SELECT type, name FROM main.sqlite_schema ORDER BY name"))
    for kind, name in found:
        if kind not in {"table", "index"}:
            raise _broken(f"it has a {kind} named {name}")
    names = [name for kind, name in found if kind == "table"]
    return tuple(_read_table(connection, match) for name in names if (match := _NAME.fullmatch(name)))


def _read_table(connection: apsw.Connection, match: re.Match[str]) -> BaseTable:
    name, side = match.group(0), Side(match.group(1))
    rows = list(connection.execute("SELECT name, pk FROM pragma_table_xinfo($1)", (name,)))
    actions = connection.execute("SELECT on_update, on_delete FROM pragma_foreign_key_list($1)", (name,))
    if any(action != "NO ACTION" for pair in actions for action in pair):
        raise _broken(f"{name} has a foreign key with an action")
    columns = tuple(str(column) for column, _ in rows)
    key = tuple(str(column) for column, place in sorted(rows, key=lambda row: row[1]) if place)
    if side is Side.INSIDE:
        if key[:1] != (HOME_COLUMN,) or len(key) < 2:
            raise _broken(f"{name} is not keyed by home")
        columns = tuple(column for column in columns if column != HOME_COLUMN)
        key = key[1:]
    if not key:
        raise _broken(f"{name} has no key")
    return BaseTable(name, match.group(2), side, columns, key)


def _broken(why: str) -> StoreBroken:
    return StoreBroken(f"The database is not as Curtilage makes it: {why}.", do="Restore a backup.")
