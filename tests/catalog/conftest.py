"""What the catalog's tests share: rows from the files, and no lab on this machine."""

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.utils import ConnectionHandler

from concsite.settings import postgresql
from models_catalog import content, sync
from models_catalog.models import ConcurrencyModel
from tests.catalog import bundle
from tests.catalog.postgres import Postgres


@pytest.fixture(autouse=True)
def no_lab_here(monkeypatch, tmp_path):
    """Look for the lab root where there is none, so that no page starts a sandbox."""
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "no-labs"))


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash passwords quickly: no test here is about them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def seeding(django_db_setup, django_db_blocker):
    """What sync does to an empty catalog: its changes, and the statements it writes."""
    written = []

    def note(execute, sql, params, many, context):
        if sql.split(None, 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            written.append((sql, params, many))
        return execute(sql, params, many, context)

    with django_db_blocker.unblock(), transaction.atomic():
        with connection.execute_wrapper(note):
            changes = sync.sync(sync.read())
        transaction.set_rollback(True)
    return changes, written


@pytest.fixture
def seeded(db, seeding):
    """Fill the empty catalog from the site's own files."""
    return plant(seeding)


def plant(seeding):
    """Write the rows that sync made again, statement by statement: much quicker.

    Only SQLite gives them their numbers again.
    """
    assert connection.vendor == "sqlite"
    assert not ConcurrencyModel.objects.exists()
    changes, written = seeding
    with connection.cursor() as cursor:
        for sql, params, many in written:
            (cursor.executemany if many else cursor.execute)(sql, params)
    return changes


@pytest.fixture
def small(db, tmp_path):
    """Fill the catalog from a small bundle, with one or two pages of each kind."""
    folder = bundle.write(tmp_path / "bundle")
    return sync.sync(content.read_all(folder, folder / "none"))


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of the tests' own."""
    server = Postgres()
    yield server
    server.end()


@pytest.fixture(scope="session")
def on_postgres(postgres, django_db_setup, django_db_blocker):
    """A connection to it, with all tables made."""
    words = postgresql(f"{postgres.words} dbname=postgres")
    connection = ConnectionHandler({"default": words})["default"]
    with django_db_blocker.unblock():
        sqlite, connections["default"] = connections["default"], connection
        try:
            call_command("migrate", verbosity=0)
        finally:
            connections["default"] = sqlite
        yield connection
        connection.close()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.sandbox)]
)
def database(request, db):
    """Each database in turn, as the site's own, emptied again."""
    if request.param == "sqlite":
        yield connections["default"]
        return
    connection = request.getfixturevalue("on_postgres")
    sqlite, connections["default"] = connections["default"], connection
    try:
        with transaction.atomic():
            yield connection
            transaction.set_rollback(True)
    finally:
        connections["default"] = sqlite
