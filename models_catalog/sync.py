"""Between content files and rows: sync, export, check. What a curator changed wins."""

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from models_catalog import content
from models_catalog.content import ContentError
from models_catalog.digest import digest_of
from models_catalog.models import ConcurrencyModel, Server

# Inline, [text](/to/), and by reference, [name]: /to/
_LINK = re.compile(r"(?:\]\(<?|^ {0,3}\[[^\]]+\]: *<?)(/[^)>\s]*)")
_SERVER = re.compile(r"[?&]server=([^&#]*)")


@dataclass(frozen=True)
class Change:
    """What became of one page: `action` is created, updated, kept or unchanged."""

    action: str
    page: str


def read():
    """Read the site's own content files; ContentError for what is wrong in them."""
    pages = content.read_all(
        settings.CATALOG_CONTENT_DIR, settings.CATALOG_SERVER_PAGES
    )
    for page in (*pages.models, *pages.servers):
        _check_fields(page, pages.paths[type(page), page.slug])
    return pages


def _check_fields(page, path):
    """Refuse what the admin would refuse: too long, below zero, no address."""
    kind = ConcurrencyModel if isinstance(page, content.ModelPage) else Server
    columns = [field.name for field in kind._meta.concrete_fields]
    values = {k: v for k, v in content.as_values(page).items() if k in columns}
    try:
        kind(**values).clean_fields(exclude=set(columns) - set(values))
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        line = content.line_of_key(path, name)
        raise ContentError(path, line, f"{name}: {messages[0]}") from None


def sync(pages):
    """Bring rows up to date with files, all or nothing; return the changes."""
    with transaction.atomic():
        models = content.families_first(pages.models)
        changes = [_sync_model(page) for page in models]
        return changes + [_sync_server(page) for page in pages.servers]


def _sync_model(page):
    values = content.as_values(page)
    parent = None
    if page.parent_slug:
        parent = ConcurrencyModel.objects.get(slug=page.parent_slug)
    return _apply(ConcurrencyModel, values, {"parent": parent}, "model")


def _sync_server(page):
    values = content.as_values(page)
    model = ConcurrencyModel.objects.get(slug=page.concurrency_model_slug)
    return _apply(Server, values, {"concurrency_model": model}, "server")


def _apply(kind, values, references, word):
    label, digest = f"{word} {values['slug']}", digest_of(values)
    row = kind.objects.filter(slug=values["slug"]).first()
    if row is None:
        row = kind(slug=values["slug"])
        action = "created"
    elif digest_of(row.content()) == digest:
        # In step, also where a curator's change was exported into the file.
        if row.synced_digest != digest:
            kind.objects.filter(pk=row.pk).update(synced_digest=digest)
        return Change("unchanged", label)
    elif not row.is_as_in_file:
        return Change("kept", label)
    else:
        action = "updated"
    _take(row, values, references, digest)
    return Change(action, label)


def _take(row, values, references, digest):
    own = {field.name for field in row._meta.concrete_fields}
    for name, value in (values | references).items():
        if name in own:
            setattr(row, name, value)
    row.synced_digest = digest
    row.save()


def take_file_version(row):
    """Give a row the content of its file again; False if there is no such file."""
    pages = read()
    is_model = isinstance(row, ConcurrencyModel)
    for page in pages.models if is_model else pages.servers:
        if page.slug == row.slug:
            # As it is now counts as read from a file, so the file may change it.
            type(row).objects.filter(pk=row.pk).update(
                synced_digest=digest_of(row.content())
            )
            (_sync_model if is_model else _sync_server)(page)
            return True
    return False


def export(folder):
    """Write every row as a file below `folder`; return the paths written."""
    written = []
    rows = [
        (ConcurrencyModel, content.ModelPage, "models/{}.md"),
        (Server, content.ServerPage, "servers/{}/catalog.md"),
    ]
    for kind, page_kind, pattern in rows:
        for row in kind.objects.all():
            path = Path(folder, pattern.format(row.slug))
            path.parent.mkdir(parents=True, exist_ok=True)
            text = content.write(row.content(), page_kind)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def check(pages, known_paths=()):
    """Return what is wrong in files that could be read, as "file:line: what".

    `known_paths` are further addresses of the site that links may name.
    """
    servers = {page.slug for page in pages.servers}
    targets = {f"/models/{page.slug}/" for page in pages.models}
    targets |= {f"/servers/{slug}/" for slug in servers}
    targets |= {"/", "/models/", "/servers/", *known_paths}
    found = []
    for path in pages.paths.values():
        text = Path(path).read_text(encoding="utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            for link in _LINK.findall(line):
                if re.split("[?#]", link)[0] not in targets:
                    found.append(f"{path}:{number}: dead link {link}")
                elif unknown := set(_SERVER.findall(link)) - servers:
                    found.append(f"{path}:{number}: unknown server {min(unknown)!r}")
    return found
