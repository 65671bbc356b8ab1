"""Pages of what texts refer to: sources, and the glossary."""

from itertools import groupby

from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from models_catalog.cache import edition as editions
from models_catalog.cache.remembered import for_edition
from models_catalog.cache.whole_page import whole_page
from models_catalog.models import GlossaryTerm, Source
from models_catalog.queries.citations import citing, uses
from models_catalog.queries.lookup import find_or_404
from models_catalog.queries.texts import text_of


@require_safe
@whole_page
def source_detail(request, slug):
    """Show a source, and what cites it."""
    source = find_or_404("source", Source.objects.all(), slug, request.user)
    edition = editions.of_page(request, source)
    context = {
        "source": source,
        "staff_notice": source.staff_notice,
        "body": text_of(source.body, edition),
        "links": citing(source, edition),
    }
    return render(request, "models_catalog/source_detail.html", context)


@require_safe
@whole_page
def glossary(request):
    """Show every term with its definition, letter by letter."""
    edition = editions.of(request)
    context = {"letters": for_edition(edition, "glossary", lambda: _letters(edition))}
    return render(request, "models_catalog/glossary.html", context)


def _letters(edition):
    """Return (letter, HTML of its terms) for each letter that has any."""
    terms = [
        {
            "row": term,
            "body": text_of(term.body, edition, f"{term.slug}-"),
            "links": uses(edition)["terms"].get(term.slug, []),
        }
        for term in GlossaryTerm.objects.published()
    ]
    return [
        (
            letter,
            render_to_string("models_catalog/includes/_terms.html", {"terms": group}),
        )
        for letter, group in _by_letter(terms)
    ]


def _by_letter(terms):
    def letter(term):
        first = term["row"].term[0].upper()
        return first if first.isalpha() else "0–9"

    terms.sort(key=lambda term: (letter(term), term["row"].term.lower()))
    return [(key, list(group)) for key, group in groupby(terms, key=letter)]
