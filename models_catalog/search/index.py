"""Keeps the index table up to date with the pages; builds it where it is missing."""

from django.db import DatabaseError, connections, router, transaction
from django.db.models.signals import post_delete, post_save

from models_catalog.models import ROWS
from models_catalog.search.documents import kinds, of_row
from models_catalog.search.postgres import PostgresEngine
from models_catalog.search.sqlite import SqliteEngine

_ENGINES = {"sqlite": SqliteEngine, "postgresql": PostgresEngine}


def engine_for(connection):
    """Return the engine for a database; KeyError for one that has none."""
    return _ENGINES[connection.vendor](connection)


def engine():
    """Return the engine for the database that holds the catalog."""
    return engine_for(connections[router.db_for_read(ROWS["models"])])


def rebuild():
    """Make the index anew from all there is; return how many documents are in it."""
    index, count = engine(), 0
    with transaction.atomic(using=index.connection.alias):
        index.create()
        index.clear()
        for kind in kinds().values():
            for document in kind.documents():
                index.put(document)
                count += 1
    return count


def use(work):
    """Return work(engine); where the table is missing it is made and filled first."""
    index = engine()
    try:
        with index.apart():
            return work(index)
    except DatabaseError:
        if not index.is_missing():
            raise
        rebuild()
        return work(index)


def follow_pages():
    """Keep the index up to date with every page that is saved or deleted."""
    for rows in ROWS.values():
        post_save.connect(_saved, sender=rows, dispatch_uid=f"search-{rows.__name__}")
        post_delete.connect(
            _deleted, sender=rows, dispatch_uid=f"search-{rows.__name__}"
        )


def _saved(sender, instance, **kwargs):
    document = of_row(instance)
    use(lambda index: index.put(document))


def _deleted(sender, instance, **kwargs):
    document = of_row(instance)
    use(lambda index: index.remove(document.kind, document.key))
