"""Files into rows (sync) and rows into files (export); a curator's changes win."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from models_catalog.curation import claim_checks
from models_catalog.files import format, reader, references, rewriting
from models_catalog.files.digest import digest_of
from models_catalog.files.kinds import GROUPS
from models_catalog.markdown import unsafe
from models_catalog.models import ROWS, Server, edition
from models_catalog.sync import rows


@dataclass(frozen=True)
class Change:
    """What became of one page: `action` is created, updated, kept or unchanged."""

    action: str
    page: str


def read():
    """Read the site's own content files; ContentError for what is wrong in them."""
    pages, faults = gather()
    format.refuse(faults)
    return pages


def gather():
    """Return the Content of the site's own files, and a ContentError for each fault."""
    pages, faults = reader.gather(
        reader.files_below(settings.CATALOG_CONTENT_DIR, settings.CATALOG_SERVER_PAGES)
    )
    return pages, [*faults, *references.faults(pages), *faults_in(pages)]


def faults_in(pages):
    """Return a ContentError for each thing in pages that no row may have.

    That is what the admin would refuse, scripts and the like in texts, and claims that
    nobody could put to the test.
    """
    found = []
    for group, row in ROWS.items():
        for page in getattr(pages, group):
            found += [*_in_columns(page, row, pages), *_in_text(page, pages)]
    for claim in pages.claims:
        given = pages.lines[type(claim), claim.slug]  # a table may leave columns out
        found += [
            references.fault(pages, claim, key, item, message)
            for key, item, message in claim_checks.faults_of(claim)
            if key in given
        ]
    return found


def _in_columns(page, kind, pages):
    """Tell what the admin would refuse: too long, below zero, no address."""
    columns = [f.name for f in kind._meta.concrete_fields if f.name != "body"]
    values = {k: v for k, v in reader.as_values(page).items() if k in columns}
    try:
        kind(**values).clean_fields(exclude={"body", *columns} - set(values))
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            for message in messages:
                yield references.fault(pages, page, name, None, f"{name}: {message}")


def _in_text(page, pages):
    where = type(page), page.slug
    first = pages.lines[where].line_of("body")
    for line, what in unsafe.faults_in(page.body):
        yield format.ContentError(pages.paths[where], first + line - 1, what)


def sync(pages):
    """Bring rows up to date with files, all or nothing; return the changes."""
    with transaction.atomic(), edition.renewed_once():
        return [
            change
            for group, kind in ROWS.items()
            for change in _sync_group(group, kind, getattr(pages, group))
        ]


def _sync_group(group, kind, pages):
    if group == "models":
        pages = references.families_first(pages)
    found = {row.slug: row for row in kind.objects.for_content()}
    for page in pages:
        row = found.get(page.slug)
        action = _apply(kind, row, reader.as_values(page))
        yield Change(action, f"{GROUPS[group].word} {page.slug}")


def _apply(kind, row, values):
    """Bring one row up to date unless a curator changed it; return what was done."""
    digest = digest_of(values)
    if row is None:
        rows.save_content(kind(), values, digest)
        return "created"
    if digest_of(row.content()) == digest:
        # In step, also where a curator's change was exported into the file.
        if row.synced_digest != digest:
            kind.objects.filter(pk=row.pk).update(synced_digest=digest)
        return "unchanged"
    if not row.is_as_in_file:
        return "kept"
    rows.save_content(row, values, digest)
    return "updated"


def take_file_version(row):
    """Give a row the content of its file again; False if there is no such file."""
    pages, kind = read(), type(row)
    group = next(group for group, rows_of in ROWS.items() if rows_of is kind)
    for page in getattr(pages, group):
        if page.slug == row.slug:
            values = reader.as_values(page)
            with transaction.atomic():
                rows.save_content(
                    kind.objects.get(pk=row.pk), values, digest_of(values)
                )
            return True
    return False


def export(folder):
    """Write rows as files below `folder`; return the paths of those that were written.

    A file that says what its row says already is left alone. In the folder of the
    site's own files a lab server's goes to its own folder in the labs, and a row that
    no curator changed leaves its file alone, for that may be newer. ContentError for a
    file that would be written over and cannot be read; nothing is written then.
    """
    in_place = Path(folder).resolve() == Path(settings.CATALOG_CONTENT_DIR).resolve()
    waiting = []
    for group, kind in ROWS.items():
        for row in kind.objects.for_content():
            site_path = _site_path(row, group)
            path = (
                site_path
                if in_place
                else _path_below(row, Path(folder, _folder(group)))
            )
            waiting.append((row, path, _data_of(row, path, site_path)))
    return [_write(row, path, data, in_place) for row, path, data in waiting if data]


def _write(row, path, data, in_place):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if in_place:
        # In step now: what a curator changes from here on is a change again.
        digest = digest_of(row.content())
        type(row).objects.filter(pk=row.pk).update(synced_digest=digest)
    return path


def _data_of(row, path, site_path):
    """Return what to write to a row's file; None if that can stay as it is."""
    there = _bytes_at(path)
    if path == site_path and there is not None and row.is_as_in_file:
        return None
    data = _rewritten(
        row, there if there is not None else _bytes_at(site_path), path, site_path
    )
    return None if data == there else data


def _rewritten(row, data, path, site_path):
    if data is not None:
        try:
            return rewriting.rewritten(data, path, row.content(), row.file_kind)
        except format.ContentError:
            if path == site_path or path.is_file():
                raise
    return reader.write(row.content(), row.file_kind).encode()


def _bytes_at(path):
    return format.read_bytes(path) if path.is_file() else None


def _folder(group):
    return GROUPS[group].folder


def _site_path(row, group):
    """Return where the site's own file of a row is, or would be."""
    path = Path(settings.CATALOG_CONTENT_DIR, _folder(group), f"{row.slug}.md")
    if _is_of_a_lab(row) and not path.is_file():
        return Path(settings.CATALOG_SERVER_PAGES, row.slug, "catalog.md")
    return path


def _path_below(row, folder):
    """Return where a row's file goes in another folder: as bundles have it."""
    if _is_of_a_lab(row):
        return folder / row.slug / "catalog.md"
    return folder / f"{row.slug}.md"


def _is_of_a_lab(row):
    folder = Path(settings.CATALOG_SERVER_PAGES, row.slug)
    return isinstance(row, Server) and folder.is_dir()
