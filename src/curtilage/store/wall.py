"""The tenant wall inside SQLite: a connection that shows one home at a time, whatever it is asked.

What it guards: a room's mistake (a forgotten WHERE, a statement prepared for another home, a clever query) must yield
nothing or a refusal, never another home's row, nor a hint that there is one.

How:
* Rooms see temporary views under the plain nouns. A view of an inside table shows the rows whose home is ``tenant()``,
  a function of this connection that is asked *while the statement runs*: a statement prepared for one home and run for
  another shows the other's rows only. Of an outside table it shows rows only while ``outside()`` is true.
* Writes go through INSTEAD OF triggers on these views. They set the home on insert and touch only the tenant's rows.
  Views have no home column, so no row can be moved to another home.
* An authorizer refuses everything but reading and writing these views on the side the call is on. It is asked when a
  statement is *prepared*; since a cached statement is not prepared again, each side has its own texts (a prefix).
* The authorizer is told within which view a base table is read, but that is only a name: in
  ``WITH persons AS (SELECT * FROM inside_persons) …`` the name is the query's own, and the WHERE and RETURNING of an
  update of a view count as within it. So base tables are read by views (screens) and triggers whose names carry
  random digits, new for each connection, which no query can pose as.
* ``statement_form.py`` looks at the text before all this, by rules of its own.
Views and triggers are temporary, made anew on each connection: the file holds plain tables only, so a tampered file
brings no code of its own, and the wall is always this program's.

What it does not do: keep two homes' timings apart, or guard against code that holds the apsw connection itself.
"""

import enum
import secrets
from typing import Any

import apsw

from curtilage.store.base_table import read_base_tables
from curtilage.store.statement_form import check_form
from curtilage.store.store import Row, StoreRefused, Value
from curtilage.store.walled_view import screen_name, trigger_names, triggers, views
from curtilage.wire.identifier import Entropy, HomeId

TEXTS_COUNT_MAX = 512
"""Checked texts remembered; rooms have a few dozen."""
SECRET_BYTES = 16
FUNCTIONS = frozenset(
    ("abs", "coalesce", "count", "length", "like", "lower", "max", "min", "nullif", "substr", "sum", "upper")
)
"""What both engines have and what tells nothing of other homes (``total_changes()`` would)."""
_WALL_FUNCTIONS = ("tenant", "outside")
_WRITES = (apsw.SQLITE_INSERT, apsw.SQLITE_UPDATE, apsw.SQLITE_DELETE)
_OURS = (apsw.SQLITE_TRANSACTION, apsw.SQLITE_SAVEPOINT)


class _Context(enum.Enum):
    """On whose behalf the connection works this moment."""

    NOBODY = "nobody"
    INSIDE = "inside"
    OUTSIDE = "outside"
    OURSELVES = "ourselves"
    """Transactions and savepoints."""


class Wall:
    """Around one connection, for good: there is no way to take it off. For one thread at a time."""

    __slots__ = ("_connection", "_context", "_home", "_screens", "_sides", "_tables", "_texts", "_triggers")

    def __init__(self, connection: apsw.Connection, *, writes: bool, entropy: Entropy = secrets.token_bytes) -> None:
        """Make views (and triggers when ``writes``), then close. Raises StoreBroken for a schema of another form."""
        tables = read_base_tables(connection)
        secret = entropy(SECRET_BYTES).hex()
        self._connection = connection
        self._context = _Context.NOBODY
        self._home: HomeId | None = None
        self._texts: set[str] = set()
        self._sides = {table.noun: table.side for table in tables}
        self._tables = {table.name: table.noun for table in tables}
        self._screens = {screen_name(table, secret): table.noun for table in tables}
        names = {name: table.noun for table in tables for name in trigger_names(table, secret)}
        self._triggers = names if writes else {}
        connection.create_scalar_function("tenant", self._tenant, 0, deterministic=False)
        connection.create_scalar_function("outside", self._is_outside, 0, deterministic=False)
        for table in tables:
            connection.execute(views(table, secret))
            if writes:
                connection.execute(triggers(table, secret))
        connection.authorizer = self._authorize

    def inside(self, home: HomeId, sql: str, parameters: tuple[Value, ...]) -> list[Row]:
        """Run one statement in one home. Raises StoreRefused and apsw.Error."""
        if not isinstance(home, str) or not home:
            raise StoreRefused("A home must be named.")
        return self._run(_Context.INSIDE, home, sql, parameters)

    def outside(self, sql: str, parameters: tuple[Value, ...]) -> list[Row]:
        """Run one statement outside any home. Raises StoreRefused and apsw.Error."""
        return self._run(_Context.OUTSIDE, None, sql, parameters)

    def control(self, sql: str) -> None:
        """BEGIN, SAVEPOINT and their ends; never cached, so that no room's text can meet one prepared here."""
        self._context = _Context.OURSELVES
        try:
            self._connection.execute(sql, can_cache=False)
        finally:
            self._context = _Context.NOBODY

    def _run(self, context: _Context, home: HomeId | None, sql: str, parameters: tuple[Value, ...]) -> list[Row]:
        self._check(sql)
        self._context, self._home = context, home
        try:
            rows: list[Any] = self._connection.execute(f"/*{context.value}*/{sql}", parameters).fetchall()
        finally:
            self._context, self._home = _Context.NOBODY, None
        return rows

    def _check(self, sql: str) -> None:
        if sql in self._texts:
            return
        check_form(sql)
        if len(self._texts) >= TEXTS_COUNT_MAX:
            self._texts.clear()
        self._texts.add(sql)

    def _tenant(self, *_: Any) -> str | None:
        return self._home if self._context is _Context.INSIDE else None

    def _is_outside(self, *_: Any) -> int:
        return int(self._context is _Context.OUTSIDE)

    def _authorize(self, action: int, first: str | None, second: str | None, _: str | None, within: str | None) -> int:
        return apsw.SQLITE_OK if self._may(action, first or "", second or "", within) else apsw.SQLITE_DENY

    def _may(self, action: int, first: str, second: str, within: str | None) -> bool:
        if self._context is _Context.OURSELVES:
            return action in _OURS
        if self._context is _Context.NOBODY:
            return False
        if action == apsw.SQLITE_SELECT:
            return True
        if action == apsw.SQLITE_FUNCTION:
            return second in FUNCTIONS or (second in _WALL_FUNCTIONS and self._is_ours(within))
        if action == apsw.SQLITE_READ:
            return self._may_read(first, within)
        if action in _WRITES:
            return self._may_write(first, within)
        return False

    def _may_read(self, table: str, within: str | None) -> bool:
        noun = self._screens.get(table, table)
        if noun in self._sides:
            return self._on_this_side(noun)
        if table not in self._tables or within is None:
            return False
        # A trigger also reads the tables at the other end of its foreign keys. A screen reads its own table only.
        if within in self._triggers:
            return self._on_this_side(self._triggers[within])
        return self._screens.get(within) == self._tables[table] and self._on_this_side(self._tables[table])

    def _may_write(self, table: str, within: str | None) -> bool:
        if within is None:
            return bool(self._triggers) and self._on_this_side(table)
        noun = self._triggers.get(within)
        return noun is not None and self._tables.get(table) == noun and self._on_this_side(noun)

    def _on_this_side(self, noun: str) -> bool:
        side = self._sides.get(noun)
        return side is not None and side.value == self._context.value

    def _is_ours(self, within: str | None) -> bool:
        return within in self._screens or within in self._triggers
