"""A damaged database is found, and said in words, before anybody is shown it."""

import random
import sqlite3
from contextlib import closing

import pytest

from labs.execution import database_check
from labs.execution.database_check import DataFault

NOISE_BYTES = 4096


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE runs (id INTEGER PRIMARY KEY, text TEXT)")
        connection.execute("CREATE INDEX texts ON runs (text)")
        rows = ((f"run {number} {'x' * 200}",) for number in range(2000))
        connection.executemany("INSERT INTO runs (text) VALUES (?)", rows)
    return path


def test_a_whole_one_passes(database):
    database_check.check_quickly(database)
    database_check.check_in_full(database)


def test_one_that_is_not_there_yet_passes(tmp_path):
    database_check.check_quickly(tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("seed", range(12))
def test_4_kib_of_noise_are_found(database, seed):
    chance = random.Random(seed)
    page = chance.randrange(1, database.stat().st_size // NOISE_BYTES)
    with open(database, "r+b") as file:
        file.seek(page * NOISE_BYTES)
        file.write(chance.randbytes(NOISE_BYTES))
    with pytest.raises(DataFault, match=r"is damaged: .+ put a backup in its place"):
        database_check.check_quickly(database)


@pytest.mark.parametrize("content", [b"no database at all" * 900, b"\0" * 8192])
def test_so_is_another_file_in_its_place(database, content):
    database.write_bytes(content)
    with pytest.raises(DataFault, match="is damaged"):
        database_check.check_quickly(database)


def test_an_index_that_lacks_a_row_is_found_at_night(database):
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = 'CREATE INDEX texts ON runs (id)' "
            "WHERE name = 'texts'"
        )
    database_check.check_quickly(database)
    with pytest.raises(DataFault, match="is damaged"):
        database_check.check_in_full(database)


def test_it_takes_no_longer_than_it_may(database):
    database_check.check(database, ENDLESS, most_s=0.05)


ENDLESS = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
    "SELECT count(*) FROM n"
)
