"""Keeps what is made of many rows for as long as the catalog stays as it is."""

import bisect

from django.core.cache import cache
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone

from models_catalog.models import ROWS, Claim, Edition, Page, ServerRole
from models_catalog.models.edition import renew


def current():
    """Return a word for the catalog's present state; one query."""
    token = Edition.objects.filter(pk=1).values_list("token", flat=True).first()
    if token is None:
        renew()
        return current()
    times = cache.get_or_set(f"catalog:{token}:times", _times)
    # A scheduled page that appears changes the catalog, and nobody writes a row.
    return f"{token}:{bisect.bisect(times, timezone.now())}"


def _times():
    """Return when scheduled pages appear, in order."""
    first, *others = (
        kind.objects.filter(status=Page.Status.SCHEDULED, publish_at__isnull=False)
        .order_by()
        .values_list("publish_at", flat=True)
        for kind in ROWS.values()
    )
    return sorted(first.union(*others, all=True))


def kept(edition, key, make):
    """Return `make()`, made once for this edition and key."""
    key = f"catalog:{edition}:{key}"
    if (found := cache.get(key)) is None:
        cache.set(key, found := make())
    return found


def watch():
    """Renew the edition whenever a row changes that pages are made of."""
    for kind in (*ROWS.values(), ServerRole):
        post_save.connect(_renew, sender=kind)
        post_delete.connect(_renew, sender=kind)
    for name in Claim.many_of:
        m2m_changed.connect(_renew, sender=getattr(Claim, name).through)


def _renew(**_):
    renew()
