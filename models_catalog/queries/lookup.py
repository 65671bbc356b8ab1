"""One page by its slug, or a 404 that suggests the nearest."""

import difflib

from django.http import Http404

from models_catalog.models import Claim


def claims_about(**page):
    """Return the published claims about a page, as `servers=server`."""
    return Claim.objects.published().filter(**page)


def find_or_404(word, pages, slug, user=None):
    """Return the page with this slug that a user may see; without one, a visitor.

    `word` is what such a page is called.
    """
    wanted = pages.filter(slug=slug)
    # What is published needs no permission, and to ask for those takes two queries.
    page = wanted.published().first()
    if page is None and user is not None:
        page = wanted.visible_to(user).first()
    if page is not None:
        return page
    slugs = pages.published().values_list("slug", flat=True)
    near = difflib.get_close_matches(slug, slugs, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise Http404(f"There is no {word} {slug[:60]!r}{hint}")
