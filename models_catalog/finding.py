"""One page by its slug, or a 404 that suggests the nearest."""

import difflib

from django.http import Http404


def find_or_404(kind, pages, slug):
    """Return the page with this slug; `kind` is what one is called."""
    page = pages.filter(slug=slug).first()
    if page is not None:
        return page
    known = pages.values_list("slug", flat=True)
    near = difflib.get_close_matches(slug, known, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise Http404(f"There is no {kind} {slug[:60]!r}{hint}")
