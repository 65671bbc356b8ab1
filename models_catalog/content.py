"""Content files: front matter and Markdown to plain values. No Django in here.

`files/` holds the parts: the format of a file, the types of its fields, the kinds of
pages, what they say of one another. Whatever is wrong is a ContentError that names file
and line.
"""

from dataclasses import MISSING, fields
from pathlib import Path

from models_catalog.files import format, references
from models_catalog.files.fields import SLUG, Refused, plain, read
from models_catalog.files.format import MOST_BYTES, ContentError
from models_catalog.files.kinds import (
    GROUPS,
    KEYS,
    NAMES,
    ClaimPage,
    Content,
    LoadPage,
    ModelPage,
    ServerPage,
    SourcePage,
    TermPage,
)
from models_catalog.files.references import families_first

__all__ = [
    "GROUPS",
    "MOST_BYTES",
    "ClaimPage",
    "Content",
    "ContentError",
    "LoadPage",
    "ModelPage",
    "ServerPage",
    "SourcePage",
    "TermPage",
    "as_values",
    "families_first",
    "parse",
    "parse_with_lines",
    "read_all",
    "write",
]


def read_all(content_dir, server_pages):
    """Read every file; raise ContentError at the first fault.

    `content_dir` holds a folder of *.md for each kind; `server_pages` holds
    <slug>/catalog.md, further servers.
    """
    groups, paths, lines = {}, {}, {}
    for group, (kind, folder, _) in GROUPS.items():
        files = sorted(Path(content_dir, folder).glob("*.md"))
        if kind is ServerPage:
            files += sorted(Path(server_pages).glob("[!_.]*/catalog.md"))
        groups[group] = tuple(_read_page(file, kind, paths, lines) for file in files)
    content = Content(**groups, paths=paths, lines=lines)
    references.check(content)
    return content


def _read_page(path, kind, paths, lines):
    page, page_lines = parse_with_lines(format.read_bytes(path), path, kind)
    where = kind, page.slug
    if where in paths:
        message = f"slug {page.slug!r} is {paths[where]}'s already"
        raise ContentError(path, page_lines.of("slug"), message)
    paths[where], lines[where] = path, page_lines
    return page


def parse(data, path, kind):
    """Return the page in a file's bytes; ContentError for anything wrong in it."""
    return parse_with_lines(data, path, kind)[0]


def parse_with_lines(data, path, kind):
    """Return the page in a file's bytes, and the Lines of its front matter."""
    front, body, body_line = format.split(data, path)
    values, lines = format.front_matter(front, path)
    values = {KEYS.get(key, key): value for key, value in values.items()}
    _check_names(values, path, kind, lines)
    values = _plain_values(values, path, kind, lines)
    values["body"] = body.strip()
    _check_complete(values, path, kind, body_line)
    if not SLUG.match(values["slug"]):
        raise ContentError(path, lines.of("slug"), f"{values['slug']!r} is not a slug")
    return kind(**values), lines


def _check_names(values, path, kind, lines):
    known = [field.name for field in fields(kind) if field.name != "body"]
    for name in values:
        if name not in known:
            words = ", ".join(NAMES.get(word, word) for word in known)
            line = lines.of(str(NAMES.get(name, name)))
            raise ContentError(path, line, f"unknown key {name!r}; known: {words}")


def _plain_values(values, path, kind, lines):
    found = {}
    for field in fields(kind):
        if field.name in values:
            key = NAMES.get(field.name, field.name)
            try:
                found[field.name] = read(values[field.name], field, key)
            except Refused as error:
                line = lines.of(key, error.item)
                raise ContentError(path, line, error.message) from None
    return found


def _check_complete(values, path, kind, body_line):
    required = [field.name for field in fields(kind) if field.default is MISSING]
    missing = [name for name in required if values.get(name) in ("", None)]
    if missing == ["body"]:
        message = "there is no text below the front matter"
        raise ContentError(path, body_line, message)
    if missing:
        keys = ", ".join(NAMES.get(name, name) for name in missing if name != "body")
        raise ContentError(path, 1, f"missing: {keys}")


def write(values, kind):
    """Return the text of a file that holds these values; `parse` reads them back."""
    front = {
        NAMES.get(field.name, field.name): plain(values[field.name])
        for field in fields(kind)
        if field.name != "body" and values[field.name] != field.default
    }
    return format.joined(front, values["body"])


def as_values(page):
    """Return a page's plain values by the rows' names."""
    return {field.name: getattr(page, field.name) for field in fields(page)}
