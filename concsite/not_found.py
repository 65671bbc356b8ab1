"""The page for an address that is not one of ours: what it may have meant."""

import re

from django.db import DatabaseError
from django.shortcuts import render

from models_catalog import search

# Where a wrong word may be that of a page.
_CATALOG = re.compile(
    r"/(models|servers|loads|glossary|sources|claims|compare|labs)/(?P<words>.+)"
)
_MAX_WORDS = 8


def not_found(request, exception):
    """Answer 404, with the nearest pages of the catalog and the search at hand."""
    inside = _CATALOG.match(request.path)
    # Elsewhere nothing of the address: a run that is somebody else's must look like one
    # that there is not.
    words = re.findall(r"[^\W_]+", inside["words"]) if inside else []
    words = " ".join(words[:_MAX_WORDS])
    context = {
        "sentence": _sentence(exception),
        "words": words,
        "nearest": _nearest(words) if inside else [],
    }
    return render(request, "404.html", context, status=404)


def _nearest(words):
    try:
        return search.nearest(words)
    except DatabaseError:
        return []  # this page must not fail too


def _sentence(exception):
    """Return what a view has said; the resolver's own words are not for people."""
    message = exception.args[0] if exception.args else ""
    if not isinstance(message, str) or not 0 < len(message) < 300:
        return ""
    return message if message.endswith(("?", ".")) else f"{message}."
