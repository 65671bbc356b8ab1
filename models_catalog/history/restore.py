"""Brings a version of a page back into its row, as a new version in its history."""

from django.core.exceptions import ValidationError
from django.db import transaction
from simple_history.utils import get_m2m_reverse_field_name

from models_catalog.history.diff import through_rows
from models_catalog.history.version import save_version

_NOT_RESTORED = {"id", "created_at", "updated_at", "synced_digest"}
# Whether readers see a page is no part of its text, and does not come back with it.
PUBLISHING = ("status", "publish_at")


@transaction.atomic
def restore(version, row, user):
    """Give a row the content of one of its versions; return it.

    `row` is None for a page that was deleted: it comes back under its number, and as a
    draft. Any other stays as visible as it is.
    ValidationError where the version does not fit the catalog any more.
    """
    kind = version.instance_type
    restored = row or kind(pk=version.instance.pk)
    if row is None:
        restored.status = kind.Status.DRAFT
    for field in kind._meta.concrete_fields:
        if field.name not in (*_NOT_RESTORED, *PUBLISHING):
            setattr(restored, field.attname, getattr(version, field.attname))
    restored.full_clean()
    restored._history_user = user
    restored._change_reason = f"Restored from {version.history_date:%Y-%m-%d %H:%M} UTC"
    restored.skip_history_when_saving = True
    if row is None:
        restored.save(force_insert=True)
    for field in kind._meta.many_to_many:
        _restore_relation(restored, version, field)
    del restored.skip_history_when_saving
    save_version(restored, is_new=row is None)
    return restored


def _restore_relation(row, version, field):
    """Replace the rows of a relation by those of a version."""
    through = field.remote_field.through
    this_side, other_side = field.m2m_field_name(), get_m2m_reverse_field_name(field)
    columns = [
        column.attname
        for column in through._meta.concrete_fields
        if column.name not in ("id", this_side)
    ]
    past_rows = list(through_rows(version, field))
    _check_there(field, {getattr(one, f"{other_side}_id") for one in past_rows})
    through.objects.filter(**{this_side: row}).delete()
    through.objects.bulk_create(
        through(**{this_side: row}, **{name: getattr(one, name) for name in columns})
        for one in past_rows
    )


def _check_there(field, numbers):
    there = field.related_model.objects.filter(pk__in=numbers).count()
    if gone := len(numbers) - there:
        word = field.related_model._meta.verbose_name
        raise ValidationError(
            f"{gone} {word} that it names {'was' if gone == 1 else 'were'} deleted"
        )
