"""Whether the SQLite database is whole: a quick look at start, all of it at night.

A damaged database often answers for weeks before somebody meets the damage, and by then
the backups have it, too.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

QUICK_S = 20.0  # for a database of some gigabytes; the rest is left for the night
NIGHT_S = 3600.0
HOW_TO_RESTORE = (
    "Stop the site, keep a copy of the damaged file, and put a backup in its place "
    "(docs/deployment.md, “A damaged database”)"
)


class DataFault(Exception):
    """The data cannot be used; the message is for people."""


def check_quickly(database: Path, most_s: float = QUICK_S) -> None:
    """Look through an SQLite database's pages, for so long at most.

    Raises DataFault if they are damaged.
    """
    if database.exists():
        check(database, "PRAGMA quick_check(3)", most_s)


def check_in_full(database: Path, most_s: float = NIGHT_S) -> None:
    """Look at every row and index too; DataFault if anything is wrong in them."""
    if database.exists():
        check(database, "PRAGMA integrity_check(10)", most_s)


def check(database: Path, pragma: str, most_s: float) -> None:
    """Run a check of SQLite's; DataFault for what it finds. One that takes longer than
    `most_s` is given up without a finding."""
    try:
        with closing(_open(database)) as connection:
            timer = threading.Timer(most_s, connection.interrupt)
            timer.start()
            try:
                found = [str(row[0]) for row in connection.execute(pragma)]
            finally:
                timer.cancel()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return
        raise _damaged(database, str(error)) from None
    except sqlite3.DatabaseError as error:
        raise _damaged(database, str(error)) from None
    if found != ["ok"]:
        raise _damaged(database, "; ".join(found)[:300])


def _open(database: Path) -> sqlite3.Connection:
    # Closed from the thread that opened it, interrupted from the timer's.
    return sqlite3.connect(database, timeout=20, check_same_thread=False)


def _damaged(database: Path, why: str) -> DataFault:
    why = " ".join(why.split())
    return DataFault(f"The database {database} is damaged: {why}. {HOW_TO_RESTORE}")
