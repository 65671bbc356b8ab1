"""Cuts texts into words, so that both databases index the same; marks what matched."""

import re

from django.utils.html import escape
from django.utils.safestring import mark_safe

from models_catalog.search.engine import MARK, UNMARK

MAX_LETTERS = 200  # of what a visitor asks
_MAX_WORDS = 12
_WORD = re.compile(r"[^\W_]+")
# Names that are more than their letters: without their signs they would all be "c".
_SIGNED = {"c++": "cplusplus", "c#": "csharp"}
_SIGNED_WORD = re.compile(r"(?<![^\W_])c(?:\+\+|#)(?![^\W_])")
# In nearly every text, and in every question that is a sentence. PostgreSQL leaves
# them out by itself.
_EMPTY_WORDS = frozenset(
    """a an and are as at be by can do does for from has have how if in into is it its
    of on or so than that the their then there these they this to was what when where
    which who why will with""".split()
)


def words_of(text):
    """Return the words of a text: letters and digits, in small letters."""
    spelled = _SIGNED_WORD.sub(lambda found: _SIGNED[found[0]], text.lower())
    return _WORD.findall(spelled)


def signed_words(text):
    """Return the words for the names in a text that signs belong to: C++, C#.

    A database that cuts words by itself drops the signs; a document has these beside.
    """
    return sorted({_SIGNED[name] for name in _SIGNED_WORD.findall(text.lower())})


def words_asked(text):
    """Return the words of a question that say something; no more than anybody means."""
    words = words_of(text[:MAX_LETTERS])
    meaningful = [word for word in words if word not in _EMPTY_WORDS]
    return (meaningful or words)[:_MAX_WORDS]


def as_html(marked):
    """Return a text from the database as HTML, with its matched words in <mark>."""
    html = escape(marked).replace(MARK, "<mark>").replace(UNMARK, "</mark>")
    return mark_safe(html)
