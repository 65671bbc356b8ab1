"""How long and how involved a text may be: what rendering it would take, counted first.

Parsers of Markdown need time with the square of some counts: of titles that are the
same, of cells that the rows of a table leave out. No Django in here.
"""

import re

# Texts of this catalog have at most 6,600 characters, 160 lines and 11 titles.
MAX_CHARACTERS = 256 * 1024
MAX_LINES = 10_000
MAX_TITLES = 500
MAX_CELLS = 50_000
MAX_MARKS = 20_000
_MARKS = "[]<*_`~^&\\"
# Also below a line (a title or a rule), in quotations and in lists.
_TITLE = re.compile(r"^[ \t>*+.)\d-]*(?:#{1,6}(?:[ \t]|$)|[=-]+[ \t]*$)", re.MULTILINE)


def complexity_of(text):
    """Return why a text is too much to be rendered, as a sentence; "" if it is not."""
    if len(text) > MAX_CHARACTERS:
        return f"A text has at most {MAX_CHARACTERS} characters, not {len(text)}"
    lines = text.count("\n")
    if lines > MAX_LINES:
        return f"A text has at most {MAX_LINES} lines, not {lines}"
    marks = sum(map(text.count, _MARKS))
    if marks > MAX_MARKS:
        return f"A text has at most {MAX_MARKS} of the signs {_MARKS}, not {marks}"
    titles = sum(1 for _ in _TITLE.finditer(text))
    if titles > MAX_TITLES:
        return f"A text has at most {MAX_TITLES} titles and rules, not {titles}"
    cells = _cells_of(text)
    if cells > MAX_CELLS:
        return f"Tables of a text have at most {MAX_CELLS} cells; this could have more"
    return ""


def _cells_of(text):
    """Return how many cells tables could have; a short row gets those it lacks."""
    lines = text.split("\n")
    columns = max(line.count("|") for line in lines)
    return columns * len(lines)
