"""What can be found: each kind of document, and how a page becomes one."""

import re

from markdown_it import MarkdownIt

from models_catalog import hooks
from models_catalog.hooks import Document, DocumentKind
from models_catalog.models import ROWS
from models_catalog.search.words import signed_words

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_CITATION = re.compile(r"\s*\[@[^\]\n]*\]")
# Also those that mark found words on their way through the database.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\s]+")


def kinds():
    """Return every kind by its word: the catalog's own first."""
    added = (kind for app in hooks.registered() for kind in app.document_kinds())
    return _OWN | {kind.word: kind for kind in added}


def of_row(row):
    """Return a page of the catalog as a document."""
    title, code = line(title_of(row)), getattr(row, "code", "")
    summary, body = line(row.summary), plain(row.body)
    language = getattr(row, "language", "")
    signed = signed_words(" ".join([title, summary, body, language]))
    return Document(
        kind=_WORDS[type(row)],
        key=str(row.pk),
        slug=row.slug,
        title=title,
        also=line(" ".join([code, *getattr(row, "also", ()), *signed])),
        summary="" if summary == title else summary,
        body=body,
    )


def title_of(row):
    """Return what a page is called in lists: a claim is its statement."""
    names = ("title", "name", "term", "statement")
    return next(getattr(row, name) for name in names if hasattr(row, name))


def plain(markdown):
    """Return the words of a Markdown text, without marks, targets and citations."""
    return line(_CITATION.sub("", " ".join(_pieces(_MARKDOWN.parse(markdown)))))


def line(text):
    """Return a text in one line, without control characters."""
    return _CONTROL.sub(" ", text).strip()


def _pieces(tokens):
    for token in tokens:
        if token.type == "inline":
            yield "".join(_words_of(child) for child in token.children)
        elif token.type in ("fence", "code_block"):
            yield token.content


def _words_of(token):
    return " " if token.type in ("softbreak", "hardbreak") else token.content


def _rows_as_documents(rows):
    def documents():
        return map(of_row, rows.objects.iterator())

    return documents


def _address_in(rows):
    return lambda slug: rows(slug=slug).get_absolute_url()


# As files and commands call them, and as people read them: one, and many.
_NAMES = {
    "models": ("model", "Model", "Models"),
    "servers": ("server", "Server", "Servers"),
    "loads": ("load", "Attack or load", "Attacks and loads"),
    "terms": ("term", "Term", "Glossary"),
    "claims": ("claim", "Claim", "Claims"),
    "sources": ("source", "Source", "Sources"),
}
_WORDS = {ROWS[group]: names[0] for group, names in _NAMES.items()}
_OWN = {
    word: DocumentKind(
        word,
        one,
        many,
        url=_address_in(ROWS[group]),
        documents=_rows_as_documents(ROWS[group]),
        rows=ROWS[group],
        weight=0.3 if word == "source" else 1.0,
    )
    for group, (word, one, many) in _NAMES.items()
}
