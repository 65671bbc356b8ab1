"""The index that search asks, as the database at hand keeps one.

It holds nothing that is not elsewhere: `manage.py catalog index` fills it.
"""

from django.db import migrations

from models_catalog.search.engine import TABLE
from models_catalog.search.index import engine_for


def create(apps, schema_editor):
    """Make the table: FTS5 on SQLite, tsvector on PostgreSQL."""
    engine_for(schema_editor.connection).create()


def drop(apps, schema_editor):
    """Take it away."""
    schema_editor.execute(f"DROP TABLE IF EXISTS {TABLE}")


class Migration(migrations.Migration):

    dependencies = [
        ("models_catalog", "0014_curators_and_teachers"),
    ]

    operations = [migrations.RunPython(create, drop)]
