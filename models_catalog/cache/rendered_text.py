"""Pages' Markdown as finished HTML with its list of sources, kept while it lasts."""

from hashlib import sha256

from django.db.models import CharField, Value
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from models_catalog.cache.edition import kept
from models_catalog.markdown.references import (
    CITATION,
    TERM,
    Notes,
    SourceNote,
    TermNote,
)
from models_catalog.markdown.render import clean, render
from models_catalog.models import GlossaryTerm, Source

_CITED = '<div class="cited">'  # begins the list of sources


def text_of(markdown, edition, prefix=""):
    """Return Markdown as safe HTML that ends with the list of sources it cites.

    `prefix` begins the ids in it, where a page shows several texts.
    """
    digest = sha256(f"{prefix}\0{markdown}".encode()).hexdigest()
    return kept(edition, f"text:{digest}", lambda: made(markdown, edition, prefix))


def parts_of(markdown, edition):
    """Return the same in two parts, for what stands between them: text and sources."""
    text, cited, sources = text_of(markdown, edition).rpartition(_CITED)
    return (
        (mark_safe(text), mark_safe(cited + sources))
        if cited
        else (mark_safe(sources), "")
    )


def made(markdown, edition, prefix):
    """Return the same as `text_of`, without keeping it."""
    if not CITATION.search(markdown) and not TERM.search(markdown):
        return render(markdown, Notes(), prefix)
    rendered = render(markdown, notes_of(edition), prefix)
    context = {"cited": rendered.cited, "prefix": prefix}
    cited = render_to_string("models_catalog/includes/_cited.html", context)
    return mark_safe(rendered + clean(cited))


def notes_of(edition):
    """Return the notes of all published sources and terms; one query an edition."""
    return kept(edition, "notes", _notes)


def _notes():
    sources = Source.objects.published().order_by()
    terms = GlossaryTerm.objects.published().order_by()
    columns = ("slug", "authors", "title", "year", "venue", "url")
    blank = {name: Value("", CharField()) for name in ("no_venue", "no_url")}
    rows = sources.values_list(*columns).union(
        terms.annotate(none=Value(0), **blank).values_list(
            "slug", "term", "definition", "none", "no_venue", "no_url"
        )
    )
    found = Notes()
    for slug, *values in rows:
        if values[2]:
            note = SourceNote(slug, *values, page=Source.address_of(slug))
            found.sources[slug] = note
        else:
            page = GlossaryTerm.address_of(slug)
            found.terms[slug] = TermNote(slug, *values[:2], page=page)
    return found
