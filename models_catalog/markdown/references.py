"""What a text refers to: sources that it cites and terms that it uses. No Django here.

In Markdown, `[@slug]` or `[@slug, place]` cites a source and `[text](term:slug)` leads
to a term of the glossary.
"""

import re
from dataclasses import dataclass, field

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
CITATION = re.compile(rf"\[@({SLUG})(?:,[ \n]*([^\[\]]+))?\]")
TERM = re.compile(r"\]\(<?term:([^)>\s]*)")


@dataclass(frozen=True)
class SourceNote:
    """A source as a text shows it; `page` is its address here, `url` elsewhere."""

    slug: str
    authors: str
    title: str
    year: int
    venue: str = ""
    url: str = ""
    page: str = ""


@dataclass(frozen=True)
class TermNote:
    """A term as a text shows it; `page` is its address here."""

    slug: str
    term: str
    definition: str
    page: str = ""


@dataclass(frozen=True)
class Notes:
    """The notes that a text may need, by slug."""

    sources: dict[str, SourceNote] = field(default_factory=dict)
    terms: dict[str, TermNote] = field(default_factory=dict)


@dataclass(frozen=True)
class Cited:
    """A source that a text cites: its number, and the marks in the text by their id."""

    number: int
    source: SourceNote
    marks: list[str] = field(default_factory=list)


def cited_slugs(text):
    """Return the slugs of sources that a text cites, each once, in order."""
    return list(dict.fromkeys(slug for slug, _ in CITATION.findall(text)))


def term_slugs(text):
    """Return the slugs of terms that a text leads to, each once, in order."""
    return list(dict.fromkeys(TERM.findall(text)))
