"""One page by its slug, or a 404 that suggests the nearest."""

import difflib

from django.http import Http404

from models_catalog.cache.edition import kept
from models_catalog.models import Claim


def claims_about(**page):
    """Return the published claims about a page, as `servers=server`."""
    return Claim.objects.published().filter(**page)


def find_or_404(kind, pages, slug, edition):
    """Return the page with this slug; `kind` is what one is called."""

    def find():
        return pages.filter(slug=slug).first()

    page = kept(edition, f"page:{pages.model._meta.model_name}:{slug}", find)
    if page is not None:
        return page
    known = pages.values_list("slug", flat=True)
    near = difflib.get_close_matches(slug, known, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise Http404(f"There is no {kind} {slug[:60]!r}{hint}")
