"""What in the catalog needs a curator: drafts, what is scheduled, what is missing."""

from dataclasses import dataclass
from functools import cached_property

from models_catalog import hooks
from models_catalog.curation.warnings import diagram_of, known_pages, warnings_of
from models_catalog.models import Page


@dataclass(frozen=True)
class Noticed:
    """A page, what it is called, and the sentences about it."""

    page: Page
    sentences: tuple[str, ...] = ()

    @property
    def word(self):
        """What such a page is called."""
        return self.page._meta.verbose_name


class PageWarnings:
    """Warnings about pages; the link targets that all of them need are read once."""

    def __init__(self):
        self._known = known_pages()
        self._also = {}

    def sentences(self, page):
        """Return the sentences about a page."""
        found = warnings_of(page, self._known, diagram_of(page))
        return [*found, *self._further(type(page)).get(page.pk, ())]

    def of_kind(self, kind):
        """Return {number of a row: sentences} for the rows that have any."""
        found = {page.pk: self.sentences(page) for page in kind.objects.for_content()}
        return {pk: sentences for pk, sentences in found.items() if sentences}

    def _further(self, kind):
        if kind not in self._also:
            self._also[kind] = merged(
                added.attention_items(kind) for added in hooks.registered()
            )
        return self._also[kind]


def merged(answers):
    """Return several {number of a row: sentences} as one."""
    found = {}
    for answer in answers:
        for pk, sentences in answer.items():
            found.setdefault(pk, []).extend(sentences)
    return found


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
        about, found = PageWarnings(), []
        for kind in self._kinds:
            warnings = about.of_kind(kind)
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
