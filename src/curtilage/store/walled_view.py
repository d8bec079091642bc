"""The text of the views and triggers that stand before a base table; see ``wall.py`` for what they are for.

No value stands in these texts, only names from the schema, of the form that ``base_table.py`` admits: hence the S608s.
"""

from curtilage.store.base_table import HOME_COLUMN, BaseTable, Side


def view(table: BaseTable) -> str:
    """Rows of the tenant, or of the server while it is outside; without the home column.

    The key is named in the condition (always true): a query that uses no column at all (``count(*)``) would otherwise
    be reported to the authorizer as a read of the base table by nobody.
    """
    return (
        f"CREATE TEMP VIEW {table.noun} AS SELECT {', '.join(table.columns)} "  # noqa: S608
        f"FROM main.{table.name} WHERE {_guard(table)} AND {table.key[0]} = {table.key[0]}"
    )


def trigger_names(table: BaseTable) -> tuple[str, str, str]:
    """As the authorizer meets them."""
    return (f"{table.noun}_insert", f"{table.noun}_update", f"{table.noun}_delete")


def triggers(table: BaseTable) -> str:
    """What happens in place of an insert, update or delete on the view: exactly one base row for each of its rows."""
    insert, update, delete = trigger_names(table)
    sets = ", ".join(f"{column} = NEW.{column}" for column in table.columns)
    row = " AND ".join([_guard(table), *(f"{column} = OLD.{column}" for column in table.key)])
    return (
        f"CREATE TEMP TRIGGER {insert} INSTEAD OF INSERT ON {table.noun} BEGIN {_insert(table)}; END;"  # noqa: S608
        f"CREATE TEMP TRIGGER {update} INSTEAD OF UPDATE ON {table.noun} BEGIN "
        f"UPDATE {table.name} SET {sets} WHERE {row}; END;"
        f"CREATE TEMP TRIGGER {delete} INSTEAD OF DELETE ON {table.noun} BEGIN "
        f"DELETE FROM {table.name} WHERE {row}; END;"
    )


def _insert(table: BaseTable) -> str:
    news = [f"NEW.{column}" for column in table.columns]
    if table.side is Side.INSIDE:
        # With no tenant the home is NULL, which the column refuses.
        into = ", ".join((HOME_COLUMN, *table.columns))
        return f"INSERT INTO {table.name} ({into}) VALUES (tenant(), {', '.join(news)})"  # noqa: S608
    return f"INSERT INTO {table.name} ({', '.join(table.columns)}) SELECT {', '.join(news)} WHERE {_guard(table)}"


def _guard(table: BaseTable) -> str:
    return f"{HOME_COLUMN} = tenant()" if table.side is Side.INSIDE else "outside()"
