"""Texts of pages, with the sources and terms that they refer to."""

from hashlib import sha256

from django.db.models import CharField, Value

from models_catalog.cache.remembered import for_edition
from models_catalog.markdown.page_text import page_text
from models_catalog.markdown.references import Notes, SourceNote, TermNote
from models_catalog.models import GlossaryTerm, Source


def text_of(markdown, edition, prefix=""):
    """Return Markdown as a PageText, remembered for an edition.

    `prefix` begins the ids in it, where a page shows several texts.
    """
    digest = sha256(f"{prefix}\0{markdown}".encode()).hexdigest()
    return for_edition(
        edition,
        f"text:{digest}",
        lambda: page_text(markdown, lambda: notes_of(edition), prefix),
    )


def notes_of(edition):
    """Return the notes of all published sources and terms; one query an edition."""
    return for_edition(edition, "notes", _notes)


def _notes():
    sources = Source.objects.published().order_by()
    terms = GlossaryTerm.objects.published().order_by()
    columns = ("slug", "authors", "title", "year", "venue", "url")
    # The columns of a union are matched by position; a term has neither of these.
    blank = {name: Value("", CharField()) for name in ("no_venue", "no_url")}
    rows = sources.values_list(*columns).union(
        terms.annotate(none=Value(0), **blank).values_list(
            "slug", "term", "definition", "none", "no_venue", "no_url"
        )
    )
    notes = Notes()
    for slug, *values in rows:
        if values[2]:  # a year, so it is a source
            note = SourceNote(slug, *values, page=Source.address_of(slug))
            notes.sources[slug] = note
        else:
            page = GlossaryTerm.address_of(slug)
            notes.terms[slug] = TermNote(slug, *values[:2], page=page)
    return notes
