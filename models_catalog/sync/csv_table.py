"""Reads CSV as spreadsheets write it, and remembers on which line each cell begins.

What a spreadsheet leaves behind is passed over: a byte order mark, blank rows, columns
without a name. What is wrong is a ContentError with file and line.
"""

import csv
import io

from models_catalog.files.csv_cells import unguarded
from models_catalog.files.format import ContentError, Lines, refuse
from models_catalog.sync.zip_reader import MAX_BYTES

MAX_ROWS = 2000  # as many as a bundle has files
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
# Python's own limit of a cell, 128 KiB, is below what the text of a page may have.
csv.field_size_limit(MAX_BYTES)


def read(data, path, columns):
    """Return [(Lines, {column: text})], and a ContentError for each unknown column.

    Only these columns are in the dicts. A table that cannot be read is refused.
    """
    text = _text(data, path)
    separator = _separator(text, columns)
    rows = [*_rows(text, separator, path)]
    if not rows:
        raise ContentError(path, 1, "the table is empty")
    (first_line, names), *rows = rows
    names = [name.strip() for name in names]
    if "slug" not in names:
        raise ContentError(path, first_line, "the column slug is missing")
    if len(rows) > MAX_ROWS:
        message = f"a table has at most {MAX_ROWS} rows, not {len(rows)}"
        raise ContentError(path, rows[MAX_ROWS][0], message)
    refuse(_too_long(rows, names, separator, path))
    known = ", ".join(columns)
    faults = [
        ContentError(path, first_line, f"unknown column {name!r}; known: {known}")
        for name in names
        if name and name not in columns
    ]
    faults += [
        ContentError(path, first_line, f"column {name!r} is given a second time")
        for number, name in enumerate(names)
        if name and name in names[:number]
    ]
    return [_with_lines(line, names, cells, columns) for line, cells in rows], faults


def _text(data, path):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = "this is not UTF-8. Save the table as UTF-8 and choose it again"
        raise ContentError(path, line, message) from None
    before, zero, _ = text.partition("\0")
    if zero:
        message = "this is no text, it has a zero byte"
        raise ContentError(path, before.count("\n") + 1, message)
    return text


def _separator(text, columns):
    """Return the separator with which the first line has most of the known columns."""
    first = next((line for line in text.splitlines() if line.strip(" ,;\t")), "")

    def known(separator):
        names = next(csv.reader([first], delimiter=separator), [])
        return len({name.strip() for name in names} & {*columns})

    return max(_SEPARATORS, key=known)


def _rows(text, separator, path):
    """Yield (the line on which it begins, cells) for each row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            while cells and not cells[-1].strip():
                cells.pop()
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ContentError(path, line, f"this is no CSV: {error}") from None


def _too_long(rows, names, separator, path):
    """Yield a ContentError for each cell that no column has a name for."""
    there = [number for number, name in enumerate(names) if name]
    for line, cells in rows:
        nameless = [cell for number, cell in enumerate(cells) if number not in there]
        if any(cell.strip() for cell in nameless):
            yield ContentError(
                path,
                line,
                f"the row has {len(cells)} cells, and the first one {len(there)} names;"
                f" cells are separated by {_SEPARATORS[separator]}",
            )


def _with_lines(line, names, cells, columns):
    lines, found = Lines(), {}
    lines.start = line
    cells += [""] * (len(names) - len(cells))
    for name, cell in zip(names, cells, strict=False):
        if name in columns:
            text = unguarded(cell)
            found[name] = text
            blank = text[: len(text) - len(text.lstrip())]
            lines[name] = line + blank.count("\n")
        line += cell.count("\n")
    return lines, found
