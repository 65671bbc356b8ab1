"""Which pages cite a source or use a term, from their texts."""

from models_catalog.cache.remembered import for_edition
from models_catalog.markdown.references import cited_slugs, term_slugs
from models_catalog.models import ROWS, Claim
from models_catalog.queries.links import links_to, with_bodies


def citing(source, edition):
    """Return Links to the published pages that cite a source, kind after kind."""
    claims = links_to(claims=Claim.objects.published().filter(sources=source))
    texts = uses(edition)["sources"].get(source.slug, [])
    return [*texts, *(link for link in claims if link not in texts)]


def using(term, edition):
    """Return Links to the published pages that lead to a term."""
    return uses(edition)["terms"].get(term.slug, [])


def uses(edition):
    """Return {"sources": {slug: Links}, "terms": {slug: Links}} over all texts."""
    return for_edition(edition, "uses", _uses)


def _uses():
    found = {"sources": {}, "terms": {}}
    pages = {group: kind.objects.published() for group, kind in ROWS.items()}
    places = list(ROWS)
    texts = with_bodies(**pages)
    texts.sort(key=lambda text: (places.index(text[0].group), text[0].title))
    for link, body in texts:
        for slug in cited_slugs(body):
            found["sources"].setdefault(slug, []).append(link)
        for slug in term_slugs(body):
            found["terms"].setdefault(slug, []).append(link)
    return found
