"""Saves the values of a content file in a row: its columns, then its relations."""

from models_catalog.history.diff import label_of
from models_catalog.history.version import save_version
from models_catalog.models import ConcurrencyModel, Load, Server, ServerRole, Source

# A value that is a slug, or several: the row's relation, and the rows it leads to.
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


def save_content(row, values, digest):
    """Save a row with a file's values, as one version; remember the file's digest."""
    set_columns(row, values)
    _set_foreign_keys(row, values)
    row.synced_digest = digest
    many = {name: values[name] for name in _MANY_NAMES & values.keys()}
    is_new = row.pk is None
    if is_new and not any(many.values()):
        row.save()
        return
    row.skip_history_when_saving = True
    if is_new:
        row.save()
    for name, value in many.items():
        _replace_related(row, name, value)
    del row.skip_history_when_saving
    save_version(row, is_new)


def set_columns(row, values):
    """Give a row those values that are columns of its own; nothing is saved."""
    columns = {field.name for field in row._meta.concrete_fields} | {"position"}
    for name in values.keys() & columns:
        value = values[name]
        setattr(row, name, list(value) if isinstance(value, tuple) else value)


def clean(row, values):
    """Give a row its values as far as columns hold them; refuse what does not fit."""
    set_columns(row, values)
    _set_foreign_keys(row, values)
    row.full_clean()


def _set_foreign_keys(row, values):
    for name in values.keys() & _ONE.keys():
        relation, kind = _ONE[name]
        slug = values[name]
        setattr(row, relation, kind.objects.get(slug=slug) if slug else None)


def texts_of_relations(kind, values):
    """Return what `history.diff` would say of the relations of a row: {label: text}."""
    texts = {}
    for name, value in values.items():
        if name in _ONE:
            texts[_ONE[name][0]] = value
        elif name == "roles":
            lines = [f"{role['model']}: {role['role']}" for role in value]
            texts["role_models"] = "\n".join(sorted(lines))
        elif name in _MANY:
            texts[_MANY[name][0]] = "\n".join(sorted(value))
    return {label_of(kind._meta.get_field(name)): text for name, text in texts.items()}


def _replace_related(row, name, value):
    if name == "roles":
        _replace_roles(row, value)
    else:
        relation, kind = _MANY[name]
        getattr(row, relation).set(kind.objects.filter(slug__in=value))


def _replace_roles(server, roles):
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
