"""Which state of the catalog this is: a token that every change replaces.

What is made of many rows (rendered texts, lists of who cites what) is remembered under
the token, so that nothing stale is shown and an unchanged page asks for little. A token
is never used twice, not even after a rollback.
"""

import uuid
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import models, transaction

# Another one whenever this process has changed the catalog. Whatever is remembered of
# an earlier state has the earlier one in its key, even if it is stored a moment later.
generation = uuid.uuid4().hex


class Edition(models.Model):
    """The one row that holds the token of the catalog's present state."""

    token = models.CharField(max_length=32)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.token


_POSTPONED = ContextVar("one renewal for several changes", default=False)


@contextmanager
def renewed_once():
    """Renew once, at the end, for all changes made inside."""
    before = _POSTPONED.set(True)
    try:
        yield
    finally:
        _POSTPONED.reset(before)
    renew()


def renew():
    """Say that the catalog is no longer what it was."""
    if _POSTPONED.get():
        return
    Edition.objects.bulk_create(
        [Edition(pk=1, token=uuid.uuid4().hex)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["token"],
    )
    transaction.on_commit(_begin_generation)


def _begin_generation():
    global generation
    generation = uuid.uuid4().hex
