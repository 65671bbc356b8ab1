"""Digests are of what is there: empty values are left out from now on.

A row that was as in its file must be so afterwards, or every page would count as changed
by a curator. Both digests are written down here as they were at this point.
"""

import hashlib
import json

from django.db import migrations

_MODEL = ("slug", "title", "parent_slug", "summary", "unit_of_concurrency", "io_style",
          "limit", "order", "body")
_SERVER = ("slug", "name", "concurrency_model_slug", "summary", "homepage", "order",
           "body")


def renew(apps, schema_editor):
    """Replace the digest of every row that is as its file was."""
    for name, fields, relation in (
        ("ConcurrencyModel", _MODEL, "parent"),
        ("Server", _SERVER, "concurrency_model"),
    ):
        kind = apps.get_model("models_catalog", name)
        for row in kind.objects.select_related(relation).exclude(synced_digest=""):
            values = _values(row, fields)
            if row.synced_digest == _digest(values):
                there = {key: value for key, value in values.items() if value != ""}
                kind.objects.filter(pk=row.pk).update(synced_digest=_digest(there))


def _values(row, fields):
    values = {}
    for name in fields:
        if name.endswith("_slug"):
            other = getattr(row, name.removesuffix("_slug"))
            values[name] = other.slug if other else ""
        else:
            values[name] = getattr(row, name)
    return values


def _digest(values):
    plain = {k: v.strip() if isinstance(v, str) else v for k, v in values.items()}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.replace("\\r\\n", "\\n").encode()).hexdigest()


class Migration(migrations.Migration):

    dependencies = [
        ("models_catalog", "0009_claims"),
    ]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
