"""Keeps what is made of many rows for as long as the catalog stays as it is."""

import time

from django.core.cache import cache
from django.db import connection
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone

from models_catalog.models import ROWS, Claim, Edition, ServerRole
from models_catalog.models import edition


_AT_MOST_S = 1.0  # how long a process may take to see what another one changed


def current():
    """Return a word for the catalog's present state.

    Pages ask for it before anything else, and most for nothing else. In a transaction
    it is read anew: nobody else may ever see what is seen there.
    """
    if connection.in_atomic_block:
        return _read()
    known, until_s = edition.known
    if time.monotonic() >= until_s:
        known = _read()
        edition.known = known, time.monotonic() + _AT_MOST_S
    return known


def _read():
    """Ask for the token, and for how many scheduled pages are due: one that appears
    changes the catalog though nobody writes a row. Plain SQL, for it is asked often.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, [now] * len(ROWS))
        found = cursor.fetchone()
    if found is None:
        edition.renew()
        return _read()
    return "{}:{}".format(*found)


_DUE = "(SELECT COUNT(*) FROM {} WHERE status = 'scheduled' AND publish_at <= %s)"
_QUERY = "SELECT token, {} FROM {} WHERE id = 1".format(
    " + ".join(_DUE.format(kind._meta.db_table) for kind in ROWS.values()),
    Edition._meta.db_table,
)


def kept(word, key, make):
    """Return `make()`, made once for an edition's word and a key; None is not kept."""
    key = f"catalog:{word}:{key}"
    if (found := cache.get(key)) is None and (found := make()) is not None:
        cache.set(key, found)
    return found


def watch():
    """Renew the edition whenever a row changes that pages are made of."""
    for kind in (*ROWS.values(), ServerRole):
        post_save.connect(_renew, sender=kind)
        post_delete.connect(_renew, sender=kind)
    for name in Claim.many_of:
        m2m_changed.connect(_renew, sender=getattr(Claim, name).through)


def _renew(**_):
    edition.renew()
