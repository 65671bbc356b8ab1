"""What the catalog's tests share: rows from the files, and no lab on this machine."""

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.utils import ConnectionHandler

from concsite.settings import postgresql
from models_catalog.files import reader
from models_catalog.models import ConcurrencyModel
from models_catalog.sync import sync
from tests.catalog import bundle
from tests.catalog.forms import address, opened
from tests.catalog.postgres import Postgres
from tests.shared_rows import shared_rows

SEARCH = "models_catalog_search"


@pytest.fixture(autouse=True)
def no_lab_here(monkeypatch, tmp_path):
    """Look for the lab root where there is none, so that no page starts a sandbox."""
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "no-labs"))


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash passwords quickly: no test here is about them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def seeding(open_rows, django_db_blocker):
    """What sync does to an empty catalog: its changes, and the rows that it makes."""
    open_rows.take_away()
    with django_db_blocker.unblock(), transaction.atomic():
        changes = sync.sync(sync.read())
        rows = {table: _rows(table) for table in _tables()}
        transaction.set_rollback(True)
    return changes, {table: found for table, found in rows.items() if found[1]}


def _tables():
    tables = connection.introspection.table_names()
    own = [name for name in tables if name.startswith("models_catalog_")]
    # SQLite keeps the index of the search in tables with its name at their beginning.
    return [name for name in own if not name.startswith(f"{SEARCH}_")]


def _rows(table):
    """Return its columns, and its rows as SQLite keeps them: `+` says so."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
        names = [f'"{column.name}"' for column in described]
        names += ["rowid"] if table == SEARCH else []
        cursor.execute(f"SELECT +{', +'.join(names)} FROM {table}")
        return names, cursor.fetchall()


@shared_rows
def seeded(seeding):
    """Fill the empty catalog from the site's own files."""
    return plant(seeding)


def plant(seeding):
    """Write the rows that sync made again, under their numbers: much quicker."""
    assert connection.vendor == "sqlite"
    assert not ConcurrencyModel.objects.exists()
    changes, tables = seeding
    with connection.cursor() as cursor:
        for table, (names, rows) in tables.items():
            marks = ", ".join(["%s"] * len(names))
            into = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
            cursor.executemany(into, rows)
    return changes


@shared_rows
def small(tmp_path_factory):
    """Fill the catalog from a small bundle, with one or two pages of each kind."""
    folder = bundle.write(tmp_path_factory.mktemp("small") / "bundle")
    return sync.sync(reader.read_all(folder, folder / "none"))


@pytest.fixture
def save(admin_client, small):
    """Open a row's form, change fields in it, and send it; return the answer."""

    def save(row, client=admin_client, data=None, **changes):
        kind = type(row)
        data = data or opened(client, kind, row.pk)
        return client.post(address(kind, "change", row.pk), data | changes)

    return save


@pytest.fixture
def other(client, django_user_model):
    """Return the client of a second administrator."""
    client.force_login(django_user_model.objects.create_superuser("ben"))
    return client


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
