"""What the wall refuses to stand before."""

import apsw
import pytest

from curtilage.store.base_table import BaseTable, Side, read_base_tables
from curtilage.store.store import StoreBroken

PERSONS = "CREATE TABLE inside_persons (home TEXT NOT NULL, id TEXT NOT NULL, name TEXT, PRIMARY KEY (home, id));"
ACCOUNTS = "CREATE TABLE outside_accounts (id TEXT NOT NULL PRIMARY KEY);"


def _tables(schema: str) -> tuple[BaseTable, ...]:
    connection = apsw.Connection(":memory:")
    connection.execute(schema)
    return read_base_tables(connection)


def test_a_table_is_read_with_its_side_columns_and_key() -> None:
    assert _tables(PERSONS + ACCOUNTS) == (
        BaseTable("inside_persons", "persons", Side.INSIDE, ("id", "name"), ("id",)),
        BaseTable("outside_accounts", "accounts", Side.OUTSIDE, ("id",), ("id",)),
    )


def test_the_key_is_read_in_its_own_order() -> None:
    schema = "CREATE TABLE inside_x (b TEXT, a TEXT, home TEXT, PRIMARY KEY (home, a, b))"
    assert _tables(schema)[0].key == ("a", "b")


def test_a_table_of_no_side_gets_no_view() -> None:
    assert _tables("CREATE TABLE persons (id PRIMARY KEY); CREATE TABLE Inside_X (home, id)") == ()


BROKEN = (
    "CREATE TABLE inside_x (id TEXT PRIMARY KEY)",
    "CREATE TABLE inside_x (home TEXT, id TEXT PRIMARY KEY)",
    "CREATE TABLE inside_x (home TEXT PRIMARY KEY)",
    "CREATE TABLE inside_x (home TEXT, id TEXT, PRIMARY KEY (id, home))",
    "CREATE TABLE inside_x (home TEXT, id TEXT)",
    "CREATE TABLE outside_x (id TEXT)",
    ACCOUNTS + "CREATE VIEW spy AS SELECT 1",
    PERSONS + "CREATE TRIGGER spy AFTER INSERT ON inside_persons BEGIN SELECT 1; END",
    ACCOUNTS + "CREATE TABLE outside_x (id TEXT PRIMARY KEY REFERENCES outside_accounts (id) ON DELETE CASCADE)",
    ACCOUNTS + "CREATE TABLE outside_x (id TEXT PRIMARY KEY REFERENCES outside_accounts (id) ON UPDATE SET NULL)",
)


@pytest.mark.parametrize("schema", BROKEN)
def test_a_schema_of_another_form_is_refused(schema: str) -> None:
    with pytest.raises(StoreBroken, match="Restore a backup"):
        _tables(schema)
