"""The catalog as one zip of content files, and such a zip back into the rows.

A zip comes from outside: its size, its names and what it says of itself are not
believed. What is wrong with it is a BundleError, or a ContentError with file and line;
nothing is written then.
"""

import tempfile
import zipfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    ObjectDoesNotExist,
    ValidationError,
)
from django.db import transaction

from models_catalog.curation.link_check import new_faults
from models_catalog.curation.warnings import known_pages
from models_catalog.files import reader, references
from models_catalog.files.digest import digest_of
from models_catalog.files.format import Lines
from models_catalog.files.reader import GROUPS
from models_catalog.history import diff
from models_catalog.models import ROWS
from models_catalog.sync import rows, sync
from models_catalog.sync.zip_reader import FOLDERS, unpacked_files


@dataclass(frozen=True)
class Step:
    """What a bundle does to one page: created, updated, kept or unchanged.

    `changes` are the Differences from the row to the file, of what is kept too;
    `warnings` say what its text names and is not there, and did not before.
    """

    group: str
    slug: str
    action: str
    changes: tuple[diff.Difference, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def name(self):
        """The page in one word, as forms name it."""
        return f"{self.group}/{self.slug}"

    @property
    def word(self):
        """What a page of its kind is called."""
        return GROUPS[self.group].word


def write(file):
    """Write the zip of all content files into a binary file; return their number."""
    with tempfile.TemporaryDirectory() as folder:
        paths = sync.export(folder)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(paths):
                archive.write(path, path.relative_to(folder).as_posix())
    return len(paths)


# --- from a zip to pages


def read(file):
    """Return the Content of a zip; BundleError or ContentError for what is wrong.

    Its pages may name pages that are rows only: a bundle can be a part of the catalog.
    """
    pages, faults = reader.gather(
        (FOLDERS[path.parts[0]], path, partial(bytes, data))
        for path, data in unpacked_files(file).items()
    )
    faults += references.faults(_with_rows(pages))
    reader.refuse([*faults, *sync.faults_in(pages)])
    return pages


def _with_rows(pages):
    """Return pages together with those that are rows alone."""
    groups, paths, lines = {}, dict(pages.paths), dict(pages.lines)
    for group, kind in ROWS.items():
        own = getattr(pages, group)
        slugs = {page.slug for page in own}
        others = [
            row.file_kind(**row.content())
            for row in kind.objects.for_content()
            if row.slug not in slugs
        ]
        # Rows first: what clashes with one is the bundle's fault.
        groups[group] = (*others, *own)
        for page in others:
            where = type(page), page.slug
            paths[where] = PurePosixPath("catalog", group, page.slug)
            lines[where] = Lines()
    return replace(pages, **groups, paths=paths, lines=lines)


# --- from pages to rows


def plan(pages, replaced=()):
    """Return the Steps that `apply` would take; nothing is written."""
    with transaction.atomic():
        steps = _take(pages, set(replaced))
        transaction.set_rollback(True)
    return steps


def apply(pages, replaced=()):
    """Bring rows up to date with a bundle, all or nothing; return the Steps taken.

    A page that a curator changed here is kept, unless `replaced` has its name.
    """
    with transaction.atomic():
        return _take(pages, set(replaced))


def _take(pages, replaced):
    steps, faults = [], []
    known = known_pages({group: pages.slugs(group) for group in ROWS})
    for group, kind in ROWS.items():
        found = {row.slug: row for row in kind.objects.for_content()}
        own = getattr(pages, group)
        for page in reader.families_first(own) if group == "models" else own:
            row = found.get(page.slug)
            warnings = _broken(pages, page, row.body if row else "", known)
            try:
                step = _step(group, kind, row, page, replaced)
                steps.append(replace(step, warnings=warnings))
            except ValidationError as error:
                faults += _refused(pages, page, error)
            except ObjectDoesNotExist:
                if not faults:  # else it names a page that was refused
                    raise
    reader.refuse(faults)
    return steps


def _broken(pages, page, before, known):
    """Say what a page's text names and is not there, with file and line."""
    where = type(page), page.slug
    path, first = pages.paths[where], pages.lines[where].of("body")
    found = new_faults(before, page.body, known)
    return tuple(f"{path}:{first + line - 1}: {what}" for line, what in found)


def _refused(pages, page, error):
    if not hasattr(error, "error_dict"):
        error = ValidationError({NON_FIELD_ERRORS: error})
    for name, messages in error.message_dict.items():
        start = "" if name == NON_FIELD_ERRORS else f"{name}: "
        for message in messages:
            yield references.fault(pages, page, name, None, f"{start}{message}")


def _step(group, kind, row, page, replaced):
    values = reader.as_values(page)
    name = f"{group}/{page.slug}"
    if row is None:
        row = kind(status=kind.Status.DRAFT)  # a file says nothing of that
        _save(row, values)
        return Step(group, page.slug, "created")
    if digest_of(row.content()) == digest_of(values):
        return Step(group, page.slug, "unchanged")
    if row.is_as_in_file or name in replaced:
        before = diff.shown(row)
        _save(row, values)
        changes = diff.between(before, diff.shown(row))
        return Step(group, page.slug, "updated", tuple(changes))
    return Step(group, page.slug, "kept", tuple(_wanted(row, values)))


def _save(row, values):
    rows.set_columns(row, values)
    row.full_clean()
    row._change_reason = "From a bundle of files"
    # Not the digest of these values: what a curator brings is a curator's change, and
    # the site's own files must not take it away at the next start.
    rows.take(row, values, row.synced_digest)


def _wanted(row, values):
    """Return what would change in a page that is kept."""
    before = diff.shown(row)
    with transaction.atomic():
        _save(row, values)
        found = diff.between(before, diff.shown(row))
        transaction.set_rollback(True)
    return found
