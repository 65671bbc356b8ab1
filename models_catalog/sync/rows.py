"""A page's plain values into its row: columns first, then what it says of others."""

from models_catalog.history.version import save_version
from models_catalog.models import (
    ConcurrencyModel,
    Load,
    Server,
    ServerRole,
    Source,
)

# Column <- value with slug(s): the relation's name on the row, and what it leads to.
_ONE = {
    "parent_slug": ("parent", ConcurrencyModel),
    "concurrency_model_slug": ("concurrency_model", ConcurrencyModel),
}
_MANY = {
    "model_slugs": ("concurrency_models", ConcurrencyModel),
    "server_slugs": ("servers", Server),
    "load_slugs": ("loads", Load),
    "source_slugs": ("sources", Source),
}
_MANY_NAMES = {*_MANY, "roles"}


def take(row, values, digest):
    """Give a row what a file holds, and remember the file by its digest."""
    set_columns(row, values)
    row.synced_digest = digest
    many = {name: values[name] for name in _MANY_NAMES & values.keys()}
    is_new = row.pk is None
    if is_new and not any(many.values()):
        row.save()
        return
    row.skip_history_when_saving = True
    if is_new:
        row.save()
    _take_many(row, many)
    del row.skip_history_when_saving
    save_version(row, is_new)


def set_columns(row, values):
    """Give a row those of the values that are columns of it; nothing is saved."""
    columns = {field.name for field in row._meta.concrete_fields} | {"position"}
    for name, value in values.items():
        if name in _ONE:
            relation, kind = _ONE[name]
            setattr(row, relation, kind.objects.get(slug=value) if value else None)
        elif name in columns:
            setattr(row, name, list(value) if isinstance(value, tuple) else value)


def _take_many(row, many):
    """Replace a row's relations to many others; the save after it tells the history."""
    for name, value in many.items():
        if name == "roles":
            _take_roles(row, value)
        else:
            relation, kind = _MANY[name]
            getattr(row, relation).set(kind.objects.filter(slug__in=value))


def _take_roles(server, roles):
    models = ConcurrencyModel.objects.in_bulk(field_name="slug")
    server.server_roles.all().delete()
    ServerRole.objects.bulk_create(
        ServerRole(
            server=server,
            concurrency_model=models[role["model"]],
            role=role["role"],
            order=number,
        )
        for number, role in enumerate(roles)
    )
