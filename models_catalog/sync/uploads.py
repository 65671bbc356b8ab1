"""An uploaded bundle or table: what it would do, and doing it once that is confirmed.

A small file is looked at within the request; a larger one by a process of its own, see
`apart`. Both come through here.
"""

import hashlib
import io
import zipfile
from dataclasses import asdict, dataclass, replace
from pathlib import PurePath

from models_catalog.files.format import ContentError
from models_catalog.history.diff import DiffLine, FieldDifference
from models_catalog.models import ROWS
from models_catalog.sync import bundle, csv_table, incoming, tables
from models_catalog.sync.zip_reader import BundleError

BUNDLE = "bundle"  # other uploads are tables, by the group of pages that they are of
# What is at once: seconds of nobody's time.
MAX_BYTES_AT_ONCE = 32 * 1024
MAX_PAGES_AT_ONCE = 50
_MAX_SHOWN_LINES = 5000  # of all differences together
_REASONS = {BUNDLE: "From a bundle of files"}


@dataclass(frozen=True)
class Upload:
    """A file that somebody sent; `kind` is BUNDLE or a group of ROWS."""

    kind: str
    name: str
    data: bytes

    def read(self):
        """Return the pages in it; BundleError or ContentError for what is wrong."""
        if self.kind == BUNDLE:
            return bundle.read(io.BytesIO(self.data))
        return tables.read(self.data, self.name, ROWS[self.kind])

    @property
    def is_large(self):
        """Whether to look at it would take too long for a request.

        ContentError for a table of which that alone shows that it cannot be taken.
        """
        if len(self.data) > MAX_BYTES_AT_ONCE:
            return True
        if self.kind == BUNDLE:
            return self._unpacks_to_much()
        columns = tables.columns_of(ROWS[self.kind])
        rows, _ = csv_table.read(self.data, PurePath(self.name), columns)
        return len(rows) > MAX_PAGES_AT_ONCE

    def _unpacks_to_much(self):
        try:
            with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
                # No more is unpacked of a file than is claimed here.
                sizes = [entry.file_size for entry in archive.infolist()]
        except Exception:
            return False  # to read it says why
        return sum(sizes) > MAX_BYTES_AT_ONCE or len(sizes) > MAX_PAGES_AT_ONCE


@dataclass(frozen=True)
class Outcome:
    """What an upload would do or did: its changes, and a digest of all of them.

    `is_stale`: nothing was done, the catalog has changed since the upload was looked
    at. `fault` says why it cannot be taken; then there are no changes.
    """

    changes: tuple = ()
    digest: str = ""
    is_done: bool = False
    is_stale: bool = False
    fault: str = ""

    def as_json(self):
        """Return it as a plain value."""
        return asdict(self)

    @classmethod
    def from_json(cls, value):
        """Return what `as_json` made a plain value of."""
        changes = tuple(_change_from(each) for each in value["changes"])
        return cls(**value | {"changes": changes})


def _change_from(value):
    differences = tuple(
        FieldDifference(
            each["label"], tuple(DiffLine(**line) for line in each["lines"])
        )
        for each in value["changes"]
    )
    warnings = tuple(value["warnings"])
    return incoming.PlannedChange(
        **value | {"changes": differences, "warnings": warnings}
    )


def look(upload, tell=incoming.tell_nobody):
    """Return the Outcome that an upload would have; nothing is written.

    `tell` is called with a sentence about how far it is.
    """
    return _outcome(lambda: _planned(upload, tell))


def take(upload, seen, ticked, tell=incoming.tell_nobody):
    """Bring an upload in if it would do what somebody has seen: the digest of that.

    `ticked` are pages of a bundle that replace what a curator changed.
    """

    def work():
        outcome = _planned(upload, tell)
        if outcome.digest != seen:
            return replace(outcome, is_stale=True)
        reason = _REASONS.get(upload.kind, "From a table")
        replaced = ticked if upload.kind == BUNDLE else None
        done = incoming.save(upload.read(), replaced, reason, tell)
        return Outcome(_shortened(done), is_done=True)

    return _outcome(work)


def _outcome(work):
    try:
        return work()
    except (BundleError, ContentError) as error:
        return Outcome(fault=str(error))


def _planned(upload, tell):
    replaced = () if upload.kind == BUNDLE else None
    tell("Reading the file")
    changes = incoming.preview(upload.read(), replaced, tell)
    digest = hashlib.sha256(repr(changes).encode()).hexdigest()
    return Outcome(_shortened(changes), digest)


def _shortened(changes):
    """Return changes with as many lines as a page can show."""
    left, found = _MAX_SHOWN_LINES, []
    for change in changes:
        if change.action == "unchanged":
            found.append(change)
            continue
        differences = []
        for each in change.changes:
            count = len(each.lines)
            left -= count
            if left < 0:
                line = DiffLine("…", f"{count} lines, which are too many to be shown")
                each = FieldDifference(each.label, (line,))
            differences.append(each)
        found.append(replace(change, changes=tuple(differences)))
    return tuple(found)
