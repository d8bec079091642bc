"""Numbered migrations: each runs once, whole or not at all, and the database remembers the last (``user_version``).

A database that is newer than this program, or that another program made (``application_id``), is left untouched.
There is no way back: an older program needs the backup made before the upgrade.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import apsw

from curtilage.store.store import StoreBroken

APPLICATION_ID = 0x43555254
"""In letters CURT: tells our files from other programs' (SQLite file format §1.3.16)."""
_NAME = re.compile(r"([0-9]{4})_([a-z0-9_]+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """From ``number`` - 1 to ``number``."""

    number: int
    name: str
    sql: str


def packaged_migrations(package: str = "curtilage.store") -> tuple[Migration, ...]:
    """Those that came with this program, in order: the server's, or those of another room with a database."""
    items = resources.files(package).joinpath("migrations").iterdir()
    found = [
        Migration(int(match.group(1)), match.group(2), item.read_text(encoding="utf-8"))
        for item in items
        if (match := _NAME.fullmatch(item.name))
    ]
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrate(connection: apsw.Connection, migrations: Sequence[Migration]) -> None:
    """Bring the database up to the last of ``migrations``. Raises StoreBroken; then nothing was changed.

    Foreign keys are off meanwhile, so that a table may be made anew under its children; they are checked before each
    commit.
    """
    if [migration.number for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise StoreBroken("The migrations of this program are incomplete.", do="Install Curtilage again.")
    _check_owner(connection)
    version = int(connection.pragma("user_version"))
    if version > len(migrations):
        raise StoreBroken(
            f"The database was made by a newer Curtilage (schema {version}; this one knows {len(migrations)}).",
            do="Install that version or a later one, or restore a backup made before the upgrade.",
        )
    connection.pragma("foreign_keys", False)
    for migration in migrations[version:]:
        _run(connection, migration)
    connection.pragma("foreign_keys", True)


def _check_owner(connection: apsw.Connection) -> None:
    application = int(connection.pragma("application_id"))
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").get == 0
    if application != APPLICATION_ID and not (application == 0 and empty):
        raise StoreBroken("The database file belongs to another program.", do="Choose another data folder.")


def _run(connection: apsw.Connection, migration: Migration) -> None:
    try:
        with connection:
            connection.execute(migration.sql)
            if connection.execute("PRAGMA foreign_key_check").fetchall():
                raise StoreBroken(f"Migration {migration.number} left rows that point nowhere.", do="Report this.")
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", migration.number)
    except apsw.Error as error:
        raise StoreBroken(
            f"Migration {migration.number} ({migration.name}) failed: {error}. The database is as it was.",
            do="Go back to the version you had, and report this.",
        ) from error
