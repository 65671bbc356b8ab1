"""What in the catalog needs a curator: drafts, what is scheduled, what is missing."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.conf import settings
from django.urls import Resolver404, resolve

from models_catalog import missing
from models_catalog.models import ROWS, Page

# Further functions (group, page) -> sentences; an app may add its own when it is ready.
ALSO = []
_NO_ADDRESS_OF_ITS_OWN = "terms"


@dataclass(frozen=True)
class Noticed:
    """A page, what it is called, and the sentences about it."""

    page: Page
    sentences: tuple[str, ...] = ()

    @property
    def word(self):
        """What such a page is called."""
        return self.page._meta.verbose_name


def known():
    """Return what pages may name, from the rows; one query for each kind."""
    addresses, slugs = {}, {}
    for group, kind in ROWS.items():
        rows = kind.objects.only("slug", "status", "publish_at").order_by()
        slugs[group] = {row.slug for row in rows}
        if group != _NO_ADDRESS_OF_ITS_OWN:
            addresses[f"/{group}/"] = True
            addresses |= {f"/{group}/{row.slug}/": row.is_published for row in rows}
    addresses["/glossary/"] = True
    diagrams = Path(settings.CATALOG_CONTENT_DIR, "diagrams").glob("*.svg")
    return missing.Known(
        addresses, slugs, _is_outside, {path.stem for path in diagrams}, tuple(ALSO)
    )


def _is_outside(path):
    """Tell whether a path is an address of the site that is none of the catalog's."""
    try:
        return resolve(path).app_name != "catalog"
    except Resolver404:
        return False


def group_of(kind):
    """Return the group of a kind of row in content files."""
    return next(group for group, rows in ROWS.items() if rows is kind)


def warnings_of(kind):
    """Return {number of a row: sentences} for the rows that have any."""
    return _warnings(kind, known())


def warnings_in(page, about=None):
    """Return the sentences about one page; `about` is `known()`, if it is at hand."""
    return missing.sentences(group_of(type(page)), page, about or known())


def _warnings(kind, about):
    group = group_of(kind)
    found = {
        page.pk: missing.sentences(group, page, about)
        for page in kind.objects.for_content()
    }
    return {pk: sentences for pk, sentences in found.items() if sentences}


class Attention:
    """What needs somebody who may see these kinds of pages."""

    def __init__(self, kinds):
        self._kinds = list(kinds)

    @cached_property
    def drafts(self):
        """Pages that nobody but the staff sees, the newest first."""
        return self._pages(status=Page.Status.DRAFT)

    @cached_property
    def scheduled(self):
        """Pages that will appear, the next first."""
        pages = self._pages(status=Page.Status.SCHEDULED)
        pages = [one for one in pages if not one.page.is_published]
        return sorted(pages, key=lambda one: one.page.publish_at)

    @cached_property
    def warned(self):
        """Pages that something is missing in, those with most first."""
        about = known()
        found = []
        for kind in self._kinds:
            warnings = _warnings(kind, about)
            rows = kind.objects.in_bulk(warnings)
            found += [Noticed(rows[pk], tuple(warnings[pk])) for pk in warnings]
        return sorted(found, key=lambda one: -len(one.sentences))

    def _pages(self, **which):
        pages = [page for kind in self._kinds for page in kind.objects.filter(**which)]
        pages.sort(key=lambda page: page.updated_at, reverse=True)
        return [Noticed(page) for page in pages]


def recent_changes(kinds, most=12):
    """Return the newest version of each page that changed last, the newest first."""
    versions = [
        version
        for kind in kinds
        for version in kind.history.select_related("history_user")
        .order_by("-history_date", "-history_id")
        .defer("body")[: 2 * most]
    ]
    versions.sort(key=lambda version: version.history_date, reverse=True)
    newest = {}
    for version in versions:
        newest.setdefault((version.instance_type, version.id), version)
    return list(newest.values())[:most]
