"""Keeps two people who edit one page at once from overwriting each other.

A form carries a digest of what was there when it was opened. The transaction that
saves computes the digest again: if it differs, somebody else has saved in between.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from models_catalog.history.diff import DiffLine, lines, text_of

# The site sets these itself: times, and what `catalog sync` remembers of a file.
_NOT_EDITED = {"created_at", "updated_at", "synced_digest"}


@dataclass(frozen=True)
class ConflictingField:
    """A field whose saved and typed values differ, with the difference line by line."""

    label: str
    saved: str
    typed: str
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True)
class Conflict:
    """Who saved in between and when, and the fields that differ from what was typed."""

    author: str
    saved_at: datetime | None
    fields: list[ConflictingField]


def digest_of(row, inlines):
    """Return a digest of all that a row's form can change, the rows below it too.

    `inlines` are functions that return such rows.
    """
    state = [_columns(row)]
    for field in row._meta.many_to_many:
        others = getattr(row, field.name).order_by("pk").values_list("pk", flat=True)
        state.append([field.name, *others])
    for rows_of in inlines:
        state.append([_columns(one) for one in rows_of(row).order_by("pk")])
    text = json.dumps(state, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _columns(row):
    return {
        field.attname: str(value) if (value := getattr(row, field.attname)) else value
        for field in row._meta.concrete_fields
        if field.name not in _NOT_EDITED
    }


def conflict_of(form, row):
    """Return the Conflict between what was typed in a form and the row as it is now."""
    newest = row.history.select_related("history_user").first()
    return Conflict(
        author=str(newest.history_user or "the site") if newest else "somebody",
        saved_at=newest.history_date if newest else None,
        fields=list(_conflicting_fields(form)),
    )


def _conflicting_fields(form):
    for name, field in form.fields.items():
        if name not in form.changed_data or name == "seen":
            continue
        saved = _text(field, form.get_initial_for_field(field, name))
        typed = _text(field, form.cleaned_data.get(name, form[name].data))
        if saved != typed:
            label = str(form[name].label)
            yield ConflictingField(label, saved, typed, lines(saved, typed))


def _text(field, value):
    """Return a value of a form's field as text, whether a row or its number."""
    if hasattr(field, "queryset") and value not in (None, ""):
        many = value if isinstance(value, list | tuple) else [value]
        if hasattr(value, "model"):
            many = value
        return "\n".join(sorted(_name(field, one) for one in many))
    return text_of(value)


def _name(field, value):
    if isinstance(value, Model):
        return str(value)
    row = field.queryset.filter(pk=value).first()
    return str(row or value)
