"""What differs between two states of a page, field by field and line by line.

A state is a row, or a version of it from its history: both have the same columns, and
both reach the rows of their relations. django-simple-history compares two versions
only, as raw values; pages also compare a row with a version, and show words for both.
"""

import difflib
import json
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ObjectDoesNotExist
from django.utils.text import capfirst
from simple_history.models import HistoricalChanges
from simple_history.utils import get_m2m_reverse_field_name

# The site sets these itself; they are no part of what a curator writes.
_NOT_SHOWN = {"id", "created_at", "updated_at", "synced_digest"}
_CONTEXT = 2


@dataclass(frozen=True)
class DiffLine:
    """One line of a difference: `sign` is "+", "-", " ", or "…" for lines left out."""

    sign: str
    text: str

    @property
    def kind(self):
        """A word for the sign, which names its class in the style sheet."""
        return {"+": "added", "-": "removed", "…": "gap"}.get(self.sign, "same")


@dataclass(frozen=True)
class FieldDifference:
    """A field that differs, as lines."""

    label: str
    lines: tuple[DiffLine, ...]


def between(old, new):
    """Return what differs from one {label: text} to another, in the order of new."""
    labels = [*new, *(label for label in old if label not in new)]
    return [
        FieldDifference(label, lines(old.get(label, ""), new.get(label, "")))
        for label in labels
        if old.get(label, "") != new.get(label, "")
    ]


def lines(old, new):
    """Return DiffLines of two texts, with a little of what is equal around changes."""
    before, after = old.splitlines(), new.splitlines()
    found, end = [], 0
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        if group[0][1] > end:
            found.append(DiffLine("…", ""))
        for kind, start, stop, first, last in group:
            found += _lines_of(kind, before[start:stop], after[first:last])
        end = group[-1][2]
    if found and end < len(before):
        found.append(DiffLine("…", ""))
    return tuple(found)


def _lines_of(kind, before, after):
    if kind == "equal":
        return [DiffLine(" ", text) for text in before]
    removed = [DiffLine("-", text) for text in before]
    return removed + [DiffLine("+", text) for text in after]


def shown(state):
    """Return what a curator sees of a row, or of a version of it: {label: text}."""
    return columns_of(state) | _relations_of(state)


def columns_of(state):
    """Return what a curator sees of the columns of a row or version: {label: text}."""
    return {
        label_of(field): _column(state, field)
        for field in _kind_of(state)._meta.concrete_fields
        if field.name not in _NOT_SHOWN
    }


def _relations_of(state):
    texts = {}
    for field in _kind_of(state)._meta.many_to_many:
        rows = through_rows(state, field)
        texts[label_of(field)] = "\n".join(sorted(_other(row, field) for row in rows))
    return texts


def _kind_of(state):
    """Return the model of a row, or of the row that this is a version of."""
    is_version = isinstance(state, HistoricalChanges)
    return state.instance_type if is_version else type(state)


def label_of(field):
    """Return what a field is called on pages."""
    return capfirst(field.verbose_name)


def through_rows(state, field):
    """Return the rows of a many-to-many relation, of a row or of a version of it."""
    if isinstance(state, HistoricalChanges):
        return getattr(state, field.name).all()
    through = field.remote_field.through
    return through.objects.filter(**{field.m2m_field_name(): state.pk})


def _column(state, field):
    if field.is_relation:
        return _name_of(state, field.name, getattr(state, field.attname))
    value = getattr(state, field.attname)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return text_of(value)


def _other(row, field):
    name = get_m2m_reverse_field_name(field)
    other = _name_of(row, name, getattr(row, f"{name}_id"))
    return f"{other}: {row.role}" if hasattr(row, "role") else other


def _name_of(row, relation, pk):
    """Name the row at the other end, which a version may have outlived."""
    if pk is None:
        return ""
    try:
        other = getattr(row, relation)
    except ObjectDoesNotExist:
        other = None
    return other.slug if other else f"deleted, number {pk}"


def text_of(value):
    """Return a plain value as text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, list | tuple | dict):
        if not value:
            return ""
        return json.dumps(value, indent=1, ensure_ascii=False)
    return str(value).replace("\r\n", "\n")
