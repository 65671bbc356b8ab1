"""What the catalog's tests share: rows from the files, and no lab on this machine."""

import pytest
from django.apps import apps
from django.db import connection

from models_catalog import sync


@pytest.fixture(autouse=True)
def no_lab_here(monkeypatch, tmp_path):
    """Look for the lab root where there is none, so that no page starts a sandbox."""
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "no-labs"))


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash passwords quickly: no test here is about them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def seeded(db):
    """Fill the catalog from the site's own files; return the changes."""
    if not _FILLED:
        _FILLED["changes"] = sync.sync(sync.read())
        _FILLED["tables"] = {table: _rows_of(table) for table in _tables()}
    else:
        for table, rows in _FILLED["tables"].items():
            _put(table, rows)
    return _FILLED["changes"]


# What the first sync has put into the tables: to read and write every page again for
# each test would take most of the tests' time.
_FILLED = {}


def _tables():
    models = apps.get_app_config("models_catalog").get_models(include_auto_created=True)
    return [model._meta.db_table for model in models]


def _rows_of(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return cursor.fetchall()


def _put(table, rows):
    if rows:
        places = ", ".join(["%s"] * len(rows[0]))
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
