"""Tables that people bring: CSV and JSON, whose rows know where in their file they are.

What is wrong with a whole table is a ValueError, with a line for each fault.
"""

import csv
import io
import json

import tablib
from import_export.formats.base_formats import CSV, JSON


class Lines(CSV):
    """CSV with a line of names first; each row remembers the line it begins on."""

    def create_dataset(self, in_stream):
        """Return its rows; ValueError for rows that have more cells than names."""
        reader = csv.reader(io.StringIO(in_stream, newline=""))
        rows, begin = [], 1
        for cells in reader:
            if cells:
                rows.append((begin, cells))
            begin = reader.line_num + 1
        if not rows:
            return tablib.Dataset()
        (_, names), *rows = rows
        _refuse(
            f"line {line} has {len(cells)} cells, and the first line {len(names)}"
            for line, cells in rows
            if len(cells) > len(names)
        )
        found = tablib.Dataset(headers=names)
        for _, cells in rows:
            found.append(cells + [""] * (len(names) - len(cells)))
        found.places = [f"line {line}" for line, _ in rows]
        return found

    def get_title(self):
        """Name the format for people."""
        return "csv"


class Items(JSON):
    """JSON: a list of objects, all with the same names, in whatever order."""

    def create_dataset(self, in_stream):
        """Return its rows; ValueError for anything else."""
        table = json.loads(in_stream)
        if not isinstance(table, list) or not all(isinstance(r, dict) for r in table):
            raise ValueError("it must be a list of objects, one for each page")
        names = list(table[0]) if table else []
        _refuse(
            f"item {number} must have the columns of item 1: {_odd(row, names)}"
            for number, row in enumerate(table, 1)
            if row.keys() != set(names)
        )
        found = tablib.Dataset(headers=names)
        for row in table:
            found.append([row[name] for name in names])
        found.places = [f"item {number}" for number in range(1, len(table) + 1)]
        return found

    def get_title(self):
        """Name the format for people."""
        return "json"


def _odd(row, names):
    lacking = [f"{name} is missing" for name in names if name not in row]
    return ", ".join(lacking + [f"{name} is not" for name in row if name not in names])


def _refuse(faults):
    if faults := list(faults):
        raise ValueError("\n".join(faults))


def place_of(dataset, number, file_name):
    """Return where the row with this number, from 1, is: "a.csv, line 3"."""
    places = getattr(dataset, "places", ())
    place = places[number - 1] if number <= len(places) else f"row {number}"
    return f"{file_name}, {place}" if file_name else place


def unreadable(error, file_name):
    """Return sentences about a file that could not be read in the chosen format."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return [
            f"{file_name}, line {line}: this is not UTF-8. Save the table as UTF-8 and "
            "choose it again"
        ]
    told = [line[:300] for line in str(error).split("\n")[:20]]
    start = f"{file_name}: This file cannot be read in the chosen format"
    return [f"{start}: {line}" if line else start for line in told]
