"""The state that the catalog is in, as a word that every change replaces."""

from django.db import connection
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone

from models_catalog import hooks
from models_catalog.cache.remembered import for_a_second
from models_catalog.models import ROWS, Edition, ServerRole, edition


def current():
    """Return a word for the catalog's present state.

    Pages ask for it before anything else, and most for nothing else. A change made by
    this process is seen at once, by another one within a second.
    """
    return for_a_second(f"edition:{edition.generation}", _read)


def of(request):
    """Return the edition that a request is answered from, the same to its end."""
    if not hasattr(request, "catalog_edition"):
        request.catalog_edition = current()
    return request.catalog_edition


def of_page(request, page):
    """Return the same for what a page shows; empty, so that nothing of it is
    remembered, while the page is not for everybody.
    """
    return of(request) if page.is_published else ""


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


def watch(*kinds):
    """Renew the edition whenever a row of these kinds, or what it names, changes."""
    for kind in kinds:
        post_save.connect(changed, sender=kind)
        _watch_rest(kind)


def _watch_rest(kind):
    post_delete.connect(changed, sender=kind)
    for field in kind._meta.local_many_to_many:
        m2m_changed.connect(changed, sender=field.remote_field.through)


def changed(**_):
    """Renew the edition; a receiver of any signal."""
    edition.renew()


def watch_added():
    """Watch what other apps show on the catalog's pages (`Hooks.shown_rows`)."""
    for added in hooks.registered():
        for rows in added.shown_rows():
            _watch_shown(rows)


def _watch_shown(rows):
    def saved(instance, **_):
        if rows.is_shown(instance):
            edition.renew()

    # Nothing else refers to the function: a weak receiver would be gone at once.
    post_save.connect(saved, sender=rows.model, weak=False)
    _watch_rest(rows.model)


watch(*ROWS.values(), ServerRole)
