"""Copies a page as a new draft, so that a similar page need not begin empty."""

from itertools import count

from django.db import transaction

from models_catalog.history.version import save_version
from models_catalog.models import Claim, Server, ServerRole


@transaction.atomic
def clone(page):
    """Return a new draft with the content of a page, under a slug that is free."""
    kind = type(page)
    copy = kind.objects.get(pk=page.pk)
    copy.pk, copy.id, copy._state.adding = None, None, True
    copy.slug = _free(kind, "slug", page.slug, "-copy")
    copy.status, copy.publish_at, copy.synced_digest = kind.Status.DRAFT, None, ""
    if kind is Claim:
        copy.code = _free(kind, "code", page.code, "-")
    copy.skip_history_when_saving = True
    copy.save()
    _copy_relations(page, copy)
    del copy.skip_history_when_saving
    save_version(copy, is_new=True)
    return copy


def _copy_relations(page, copy):
    for field in copy._meta.many_to_many:
        if field.remote_field.through._meta.auto_created:
            getattr(copy, field.name).set(getattr(page, field.name).all())
    if isinstance(page, Server):
        _copy_roles(page, copy)


def _copy_roles(page, copy):
    ServerRole.objects.bulk_create(
        ServerRole(
            server=copy,
            concurrency_model_id=role.concurrency_model_id,
            role=role.role,
            order=role.order,
        )
        for role in page.server_roles.all()
    )


def _free(kind, name, value, mark):
    """Return a value of a unique column that is near `value` and not taken."""
    most = kind._meta.get_field(name).max_length
    for number in count(1):
        end = f"{mark}{number}" if mark == "-" or number > 1 else mark
        found = f"{value[: most - len(end)]}{end}"
        if not kind.objects.filter(**{name: found}).exists():
            return found
