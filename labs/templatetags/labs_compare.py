"""What the pages that compare, and the embedded cards, show of the labs."""

from django import template
from django.utils.safestring import mark_safe

from labs.claims import evaluation
from labs.claims.cards import cards as cards_of
from labs.claims.cards import standings
from labs.comparison import captions, queries
from labs.presentation.source_diff import difference
from models_catalog.markdown.render import highlighted

register = template.Library()


@register.inclusion_tag("labs/includes/_figures.html")
def measured_figures(servers, hide_equal=False):
    """Show what was measured of catalog servers under the same conditions."""
    names = {server.slug: server.name for server in servers}
    measured = queries.measured(names)
    return {
        "measured": measured,
        "shown": captions.of_tables(measured.tables),
        "hide_equal": hide_equal,
    }


@register.simple_tag
def claims_with_standing(rows):
    """Pair each row of a comparison's claims with a card of how it stands."""
    rows = list(rows)
    cards = standings(row.claim for row in rows)
    return list(zip(rows, cards, strict=True))


@register.simple_tag
def claim_card(claim):
    """Return a claim with its newest evidence."""
    (card,) = cards_of([claim])
    return card


@register.inclusion_tag("labs/includes/_source_difference.html")
def source_difference(pages):
    """Show how the sources of two teaching servers differ; nothing for any others."""
    paths = [evaluation.source_of(page.slug) for page in pages]
    if len(paths) != 2 or None in paths:
        return {"found": None, "pages": pages}
    left, right = (path.read_text(encoding="utf-8") for path in paths)
    return {"found": difference(left, right, _coloured), "pages": pages}


def _coloured(text):
    """Return each line of a program as HTML; spans do not cross lines."""
    lines = highlighted(text, "python").split("\n")
    return [mark_safe(line) for line in lines]
