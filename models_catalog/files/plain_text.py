"""Characters that no text of the site may hold, whichever way it comes in.

NUL ends strings in C and is refused by PostgreSQL; control characters move the cursor
of a terminal that shows a log; the signs that override the direction of writing make a
name look like another (https://trojansource.codes/, UAX #9 section 2).
"""

import unicodedata

# Embeddings, overrides and isolates. The marks U+200E and U+200F are left alone: they
# change no order of what is already written in one direction.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINES = frozenset("\n\r\t")
# Control characters, halves of surrogate pairs, and breaks of lines and paragraphs.
_CATEGORIES = frozenset(("Cc", "Cs", "Zl", "Zp"))


def fault_in(value, *, one_line=False):
    """Return what is wrong with a text, or with any text in a list or mapping, or "".

    Only a text that is no name may have line breaks and tabs.
    """
    if isinstance(value, str):
        return _fault_in_text(value, one_line)
    if isinstance(value, dict):
        value = (*value.keys(), *value.values())
    if isinstance(value, list | tuple):
        return next(filter(None, (fault_in(one) for one in value)), "")
    return ""


def _fault_in_text(text, one_line):
    if text.isprintable():  # which leaves out all of them; most texts are
        return ""
    for sign in text:
        if sign in _LINES and not one_line:
            continue
        if sign in _BIDI or unicodedata.category(sign) in _CATEGORIES:
            return f"The character U+{ord(sign):04X} cannot be in a text here"
    return ""
