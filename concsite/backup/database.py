"""The database as one file, while the site runs, and back again."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from concsite.backup.errors import BackupError

SQLITE, POSTGRESQL = "database.sqlite3", "database.pgdump"


def member_name() -> str:
    """Return what the database of this site is called in an archive."""
    return SQLITE if connection.vendor == "sqlite" else POSTGRESQL


def sqlite_path() -> Path:
    """Return SQLite's file."""
    return Path(connection.settings_dict["NAME"])


def dump(path: Path) -> None:
    """Write a copy of the database, of one moment, into a new file."""
    if connection.vendor == "sqlite":
        _copy_sqlite(sqlite_path(), path)
    else:
        _run("pg_dump", "--format=custom", f"--file={path}", _words())


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise BackupError(f"There is no database at {source}")
    try:
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            # In one go: between two steps a writer would make it begin again.
            live.backup(copy)
            # A single file, without a log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BackupError(f"The database cannot be copied: {error}") from error
    check(target)


def check(path: Path) -> None:
    """Raise BackupError for a copy that is damaged."""
    if path.name == POSTGRESQL:
        _run("pg_restore", "--list", str(path))
        return
    try:
        with closing(sqlite3.connect(path)) as copy:
            faults = [row[0] for row in copy.execute("PRAGMA integrity_check(5)")]
    except sqlite3.DatabaseError as error:
        faults = [str(error)]
    if faults != ["ok"]:
        raise BackupError(f"The database is damaged: {'; '.join(faults[:5])}")


def is_empty() -> bool:
    """Whether this site has no database yet."""
    if connection.vendor == "sqlite":
        return not sqlite_path().exists()
    return not connection.introspection.table_names()


def migrations() -> list[list[str]]:
    """Return the migrations that have made this database."""
    loader = MigrationLoader(connection)
    return sorted(list(name) for name in loader.applied_migrations)


def unknown_migrations(applied: list[list[str]]) -> list[str]:
    """Return which migrations of a backup this site's code does not have."""
    known = MigrationLoader(None).disk_migrations.keys()
    return [".".join(name) for name in applied if tuple(name) not in known]


def load_postgresql(path: Path) -> None:
    """Replace what is in the database by a dump, all of it or nothing."""
    _run(
        *("pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error"),
        *("--single-transaction", f"--dbname={_words()}", str(path)),
    )


def _words() -> str:
    return settings.DATABASE


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise BackupError(
            f"{command[0]} is not installed: it comes with PostgreSQL's client"
        ) from None
    if done.returncode:
        raise BackupError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
