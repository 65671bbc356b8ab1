"""How large the database is, table by table, and what is done to it at night."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection
from django.template.defaultfilters import filesizeformat


@dataclass(frozen=True)
class Table:
    """A table with its indexes."""

    name: str
    size_bytes: int


def tidy() -> str:
    """Renew the planner's figures, write SQLite's log back, and say how large it is."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA optimize")
            if not connection.in_atomic_block:
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        else:
            cursor.execute("ANALYZE")
    largest = ", ".join(
        f"{table.name} {filesizeformat(table.size_bytes)}" for table in tables()
    )
    return (
        f"{filesizeformat(size_bytes())}, of which {filesizeformat(reusable_bytes())} "
        f"to be filled again; largest tables: {largest or 'unknown'}"
    ).replace("\xa0", " ")


def size_bytes() -> int:
    """Return how large the database is, with what is free in it."""
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("SELECT pg_database_size(current_database())")
            return cursor.fetchone()[0]
        return _pragma(cursor, "page_count") * _pragma(cursor, "page_size")


def reusable_bytes() -> int:
    """Return how much of SQLite's file is free, to be filled by what comes next.

    PostgreSQL has no such figure.
    """
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        return _pragma(cursor, "freelist_count") * _pragma(cursor, "page_size")


def _pragma(cursor, name):
    cursor.execute(f"PRAGMA {name}")
    return cursor.fetchone()[0]


def tables(most: int = 8) -> list[Table]:
    """Return the largest tables, none where SQLite was built without its figures.

    SQLite reads its whole file for this.
    """
    query = _SQLITE_TABLES if connection.vendor == "sqlite" else _POSTGRESQL_TABLES
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, [most])
            return [Table(name, int(size)) for name, size in cursor.fetchall()]
    except OperationalError:
        return []


_SQLITE_TABLES = """
    SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) AS size
    FROM dbstat s LEFT JOIN sqlite_schema m ON m.name = s.name
    WHERE s.aggregate = TRUE GROUP BY 1 ORDER BY size DESC LIMIT %s
"""
_POSTGRESQL_TABLES = """
    SELECT relname, pg_total_relation_size(relid) AS size
    FROM pg_catalog.pg_statio_user_tables ORDER BY size DESC LIMIT %s
"""


def free_bytes() -> int:
    """Return what is free on the disk that has the site's data."""
    return shutil.disk_usage(Path(settings.DATA_DIR)).free
