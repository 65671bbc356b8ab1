"""Pages of an uploaded bundle or table: checked, previewed, then saved all or nothing.

A preview writes nothing and holds no lock: it could take seconds, in which nobody else
could save. What is wrong with a page is a ContentError with file and line.
"""

import copy
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db import transaction

from models_catalog.curation.link_check import new_faults
from models_catalog.curation.warnings import known_pages
from models_catalog.files import reader, references
from models_catalog.files.digest import digest_of
from models_catalog.files.format import Lines, refuse
from models_catalog.files.kinds import GROUPS
from models_catalog.history import diff
from models_catalog.models import ROWS
from models_catalog.sync import rows, sync


@dataclass(frozen=True)
class PlannedChange:
    """What becomes of one page: created, updated, kept or unchanged.

    `changes` are the differences from the row to the file, of what is kept too;
    `warnings` say what its text names and is not there, and did not before. `status` is
    whether readers would see it, in words.
    """

    group: str
    slug: str
    action: str
    changes: tuple[diff.FieldDifference, ...] = ()
    warnings: tuple[str, ...] = ()
    status: str = ""

    @property
    def name(self):
        """The page in one word, as forms name it."""
        return f"{self.group}/{self.slug}"

    @property
    def word(self):
        """What a page of its kind is called."""
        return GROUPS[self.group].word


def checked(pages, faults):
    """Return the pages if nothing is wrong; `faults` were found while reading them."""
    found = [*faults, *references.faults(_with_rows(pages))]
    refuse([*found, *sync.faults_in(pages)])
    return pages


def _with_rows(pages):
    """Return pages together with those that are rows alone."""
    groups, paths, lines = {}, dict(pages.paths), dict(pages.lines)
    for group, kind in ROWS.items():
        incoming = getattr(pages, group)
        slugs = pages.slugs(group)
        others = [
            row.file_kind(**row.content())
            for row in kind.objects.for_content()
            if row.slug not in slugs
        ]
        # Rows first: what clashes with one is the bundle's fault.
        groups[group] = (*others, *incoming)
        for page in others:
            where = type(page), page.slug
            paths[where] = PurePosixPath("catalog", group, page.slug)
            lines[where] = Lines()
    return replace(pages, **groups, paths=paths, lines=lines)


def preview(pages, replaced=()):
    """Return what `save` would do to each page; nothing is written."""
    return [change for change, *_ in _plan(pages, replaced)]


def save(pages, replaced=(), reason="From a bundle of files"):
    """Bring rows up to date with pages, all or nothing; return the PlannedChanges.

    A page that a curator changed here is kept, unless `replaced` has its name or is
    None. `reason` is what the history says.
    """
    with transaction.atomic():
        planned, faults = _plan(pages, replaced), []
        for change, page, row, values in planned:
            if change.action not in ("created", "updated"):
                continue
            try:
                row._change_reason = reason
                _save_page(row, values)
            except ValidationError as error:
                faults += _refused(pages, page, error)
            except ObjectDoesNotExist:
                if not faults:  # else it names a page that was refused
                    raise
        refuse(faults)
    return [change for change, *_ in planned]


def _plan(pages, replaced):
    """Return (PlannedChange, page, its row, the values for it), families first."""
    known = known_pages({group: pages.slugs(group) for group in ROWS})
    found, faults = [], []
    for group, kind in ROWS.items():
        existing = {row.slug: row for row in kind.objects.for_content()}
        of_group = getattr(pages, group)
        if group == "models":
            of_group = references.families_first(of_group)
        for page in of_group:
            # A file does not say who sees a page.
            row = existing.get(page.slug) or kind(status=kind.Status.DRAFT)
            where = type(page), page.slug
            values = reader.as_values(page) | pages.publishing.get(where, {})
            try:
                change = _change(group, row, values, replaced)
            except ValidationError as error:
                faults += _refused(pages, page, error)
                continue
            broken = _broken(pages, page, row.body, known)
            found.append((replace(change, warnings=broken), page, row, values))
    refuse(faults)
    return found


def _change(group, row, values, replaced):
    after = copy.copy(row)
    rows.set_columns(after, values)
    after.clean()
    slug = values["slug"]
    if row.pk is None:
        status = after.get_status_display()
        return PlannedChange(group, slug, "created", status=status)
    if _is_unchanged(row, values):
        return PlannedChange(group, slug, "unchanged")
    texts = diff.shown(row)
    relations = rows.texts_of_relations(type(row), values)
    changes = diff.between(texts, texts | diff.columns_of(after) | relations)
    named = replaced is None or f"{group}/{slug}" in replaced
    takes = named or row.is_as_in_file
    action = "updated" if takes else "kept"
    return PlannedChange(group, slug, action, tuple(changes))


def _is_unchanged(row, values):
    content = row.content()
    publishing = values.keys() - content
    incoming = {name: values[name] for name in content}
    return digest_of(content) == digest_of(incoming) and all(
        getattr(row, name) == values[name] for name in publishing
    )


def _broken(pages, page, before, known):
    """Say what a page's text names and is not there, with file and line."""
    where = type(page), page.slug
    path, first = pages.paths[where], pages.lines[where].line_of("body")
    found = new_faults(before, page.body, known)
    return tuple(f"{path}:{first + line - 1}: {what}" for line, what in found)


def _refused(pages, page, error):
    if not hasattr(error, "error_dict"):
        error = ValidationError({NON_FIELD_ERRORS: error})
    for name, messages in error.message_dict.items():
        start = "" if name == NON_FIELD_ERRORS else f"{name}: "
        for message in messages:
            yield references.fault(pages, page, name, None, f"{start}{message}")


def _save_page(row, values):
    rows.clean(row, values)
    # Not the digest of these values: what a curator brings is a curator's change, and
    # the site's own files must not take it away at the next start.
    rows.save_content(row, values, row.synced_digest)
