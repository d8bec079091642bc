"""The text of the views and triggers that stand before a base table; see ``wall.py`` for what they are for.

Two views per table: the *screen*, under a name nobody can guess, is the only one that may read the base table; the
plain noun shows the screen. ``wall.py`` says why.

No value stands in these texts, only names from the schema, of the form that ``base_table.py`` admits: hence the S608s.
"""

from curtilage.store.base_table import HOME_COLUMN, BaseTable, Side


def screen_name(table: BaseTable, secret: str) -> str:
    """Of the view that reads the base table."""
    return f"screen_{secret}_{table.noun}"


def trigger_names(table: BaseTable, secret: str) -> tuple[str, str, str]:
    """As the authorizer meets them: insert, update, delete."""
    return (f"insert_{secret}_{table.noun}", f"update_{secret}_{table.noun}", f"delete_{secret}_{table.noun}")


def views(table: BaseTable, secret: str) -> str:
    """Rows of the tenant, or of the server while it is outside; without the home column.

    The key is named in the condition (always true): a query that uses no column at all (``count(*)``) would otherwise
    be reported to the authorizer as a read of the base table by nobody.
    """
    columns, screen = ", ".join(table.columns), screen_name(table, secret)
    return (
        f"CREATE TEMP VIEW {screen} AS SELECT {columns} FROM main.{table.name} "  # noqa: S608 - names from the schema
        f"WHERE {_guard(table)} AND {table.key[0]} = {table.key[0]};"
        f"CREATE TEMP VIEW {table.noun} AS SELECT {columns} FROM {screen};"
    )


def triggers(table: BaseTable, secret: str) -> str:
    """What happens in place of an insert, update or delete on the view: exactly one base row for each of its rows."""
    insert, update, delete = trigger_names(table, secret)
    sets = ", ".join(f"{column} = NEW.{column}" for column in table.columns)
    row = " AND ".join([_guard(table), *(f"{column} = OLD.{column}" for column in table.key)])
    return (
        f"CREATE TEMP TRIGGER {insert} INSTEAD OF INSERT ON {table.noun} BEGIN {_insert(table)}; END;"  # noqa: S608 - names from the schema
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
        return f"INSERT INTO {table.name} ({into}) VALUES (tenant(), {', '.join(news)})"  # noqa: S608 - names from the schema
    return f"INSERT INTO {table.name} ({', '.join(table.columns)}) SELECT {', '.join(news)} WHERE {_guard(table)}"


def _guard(table: BaseTable) -> str:
    return f"{HOME_COLUMN} = tenant()" if table.side is Side.INSIDE else "outside()"
