"""Short entries of pages of any kind: what it is, a title, an address."""

from dataclasses import dataclass

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast

from models_catalog.files.reader import GROUPS
from models_catalog.models import ROWS


@dataclass(frozen=True)
class Link:
    """A page in a list of links."""

    group: str
    slug: str
    title: str

    @property
    def word(self):
        """What a page of its kind is called."""
        return GROUPS[self.group].word

    @property
    def url(self):
        """Where it is."""
        return ROWS[self.group].address_of(self.slug)


def links_to(**querysets):
    """Return Links to the pages of several groups, in order, with one query."""
    found = sorted(_columns(querysets), key=lambda row: row[3])
    places = {group: number for number, group in enumerate(querysets)}
    found.sort(key=lambda row: places[row[0]])
    return [Link(group, slug, title) for group, slug, title, *_ in found]


def with_bodies(**querysets):
    """Return (Link, Markdown) for the pages of several groups, with one query."""
    return [
        (Link(group, slug, title), body)
        for group, slug, title, _, body in _columns(querysets, "body")
    ]


def _columns(querysets, *more):
    first, *others = (
        rows.order_by()
        .annotate(
            in_group=Value(group, CharField()),
            shown=Cast(F(rows.model.title_field), CharField()),
        )
        .values_list("in_group", "slug", "shown", "order", *more)
        for group, rows in querysets.items()
    )
    return list(first.union(*others))
