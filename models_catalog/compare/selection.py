"""Pages that a visitor has ticked in a list to compare them; the address has them."""

from models_catalog.compare.rows import MAX
from models_catalog.facets.base import Facets
from models_catalog.models import ROWS


class Picks:
    """What is ticked of one kind, "models" or "servers", among the rows of its list.

    `slugs` are the ticked ones; `elsewhere` are those of them that the list, as it is
    filtered now, does not show. One query where there are such, and else none.
    """

    most = MAX

    def __init__(self, kind, data, rows):
        self.kind = kind
        slugs = list(dict.fromkeys(data.getlist(Facets.PICKS)))[:MAX]
        shown = {row.slug for row in rows} if slugs else set()
        hidden = set(slugs) - shown
        pages = ROWS[kind].objects.published().filter(slug__in=hidden)
        self.elsewhere = list(pages) if hidden else []
        known = shown | {page.slug for page in self.elsewhere}
        self.slugs = [slug for slug in slugs if slug in known]
