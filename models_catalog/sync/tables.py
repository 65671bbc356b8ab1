"""Writes pages of one kind as a CSV table for spreadsheets, and reads such a table.

The columns are the keys of content files, and `status` and `publish_at`; what a value
may be, the reader of content files says. What is wrong is a ContentError with file and
line.
"""

import csv
import json
import re
from dataclasses import dataclass, field, fields, replace
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.forms import DateTimeField

from models_catalog.files import reader
from models_catalog.files.csv_cells import guarded
from models_catalog.files.fields import Mappings, Numbers, Slugs, Texts, plain
from models_catalog.files.format import ContentError, Lines, refuse
from models_catalog.files.kinds import NAMES, Content
from models_catalog.models import ROWS
from models_catalog.sync import csv_table, incoming

_PUBLISHING = ("status", "publish_at")
_MOMENT = DateTimeField(required=False)  # in the site's time, UTC, unless it says more


def _columns(kind):
    """Return the fields of a kind's content files by the names of their columns."""
    return {NAMES.get(each.name, each.name): each for each in fields(kind.file_kind)}


def write(rows, kind, file):
    """Write rows of a kind into a text file, below a line of names."""
    file.write("\ufeff")  # without it Excel takes UTF-8 for something else
    writer, columns = csv.writer(file), _columns(kind)
    writer.writerow([*columns, *_PUBLISHING])
    for row in rows:
        cells = [_cell(getattr(row, each.name), each) for each in columns.values()]
        moment = row.publish_at.isoformat() if row.publish_at else ""
        writer.writerow(map(guarded, [*cells, row.status, moment]))


def _cell(value, column):
    if column.type is Slugs:
        return ", ".join(value)
    if isinstance(value, tuple | list):
        return json.dumps(plain(value), ensure_ascii=False) if value else ""
    return str(value)


def read(data, name, kind):
    """Return the Content of a table's bytes; ContentErrors for all that is wrong.

    A page is found by its slug; columns that are not there stay as they are. `name` is
    the file's, for sentences about it.
    """
    path, columns = PurePath(name), _columns(kind)
    rows, faults = csv_table.read(data, path, [*columns, *_PUBLISHING])
    group = next(group for group, rows_of in ROWS.items() if rows_of is kind)
    existing = {row.slug: row for row in kind.objects.for_content()}
    content, pages = Content(), []
    for lines, cells in rows:
        row = TableRow(cells, lines, path, kind, existing.get(cells["slug"]))
        try:
            pages.append(row.enter(content))
        except ContentError as error:
            faults += error.faults
            content.unread.setdefault(group, set()).add(cells["slug"])
    return incoming.checked(replace(content, **{group: tuple(pages)}), faults)


@dataclass
class TableRow:
    """One row of a table of pages; `existing` is the page that it changes, or None."""

    cells: dict[str, str]
    lines: Lines
    path: PurePath
    kind: type
    existing: object
    faults: list[ContentError] = field(default_factory=list)

    def enter(self, content):
        """Return the page, with its place and status entered into `content`."""
        where = self.kind.file_kind, self.cells["slug"]
        if where in content.lines:
            first = content.lines[where].start
            self._refuse("slug", f"slug {where[1]!r} is line {first}'s already")
            refuse(self.faults)
        content.paths[where], content.lines[where] = self.path, self.lines
        content.publishing[where] = self._publishing()
        page = self._page()
        refuse(self.faults)
        return page

    def _refuse(self, key, message):
        self.faults.append(ContentError(self.path, self.lines.line_of(key), message))

    def _page(self):
        known = self.existing.content() if self.existing else {}
        given = {}
        for key, column in _columns(self.kind).items():
            if key in self.cells:
                # An empty cell stands for what the field is by default.
                known.pop(column.name, None)
                if self.cells[key].strip():
                    given[key] = self._value(key, column.type)
        try:
            file_kind = self.kind.file_kind
            return reader.page_of(given, self.lines, self.path, file_kind, known)
        except ContentError as error:
            self.faults += error.faults

    def _value(self, key, kind):
        """Return what a content file would have in place of a cell."""
        text = self.cells[key].strip()
        if kind is int:
            return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text
        if kind not in (Texts, Slugs, Numbers, Mappings):
            return text
        if text.startswith("["):
            try:
                return json.loads(text)
            except (ValueError, RecursionError):
                self._refuse(key, f"{key} must be a list, and this is no JSON")
                return []
        items = [item.strip() for item in text.split(",") if item.strip()]
        if kind is Numbers:
            return [int(item) if item.isdecimal() else item for item in items]
        return items

    def _publishing(self):
        """Return the columns of the row that say who sees the page."""
        found = {}
        if status := self.cells.get("status", "").strip().lower():
            found["status"] = status
            if status not in self.kind.Status.values:
                words = ", ".join(self.kind.Status.values)
                self._refuse("status", f"status must be one of {words}, not {status!r}")
        if "publish_at" in self.cells:
            text = self.cells["publish_at"].strip()
            try:
                found["publish_at"] = _MOMENT.clean(text)
            except ValidationError:
                message = f"publish_at must be like 2026-12-31 09:00, not {text!r}"
                self._refuse("publish_at", message)
        return found
