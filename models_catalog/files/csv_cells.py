"""Cells of CSV that no spreadsheet takes for a formula, written and read back."""

import re

# What Excel and others calculate when they open a file, also in full-width letters:
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def guarded(text):
    """Return a cell with an apostrophe before what could be a formula.

    A text that begins with an apostrophe and such a sign gets a further one, so that
    `unguarded` gives every text back as it was.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def guarded_row(values):
    """Return a row in which texts are guarded; numbers stay numbers."""
    return [guarded(each) if isinstance(each, str) else each for each in values]


def unguarded(cell):
    """Return the text of a cell that `guarded` wrote."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell
