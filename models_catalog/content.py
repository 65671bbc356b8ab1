"""Content files: front matter and Markdown to plain values. No Django in here.

A file begins with `---`, YAML, `---`; the rest is Markdown. Whatever is wrong is a
ContentError that names file and line.
"""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

MOST_BYTES = 1024 * 1024
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


class ContentError(Exception):
    """Something wrong in a content file; `str()` is "file:line: what"."""

    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: {message}")
        self.path, self.line, self.message = path, line, message


@dataclass(frozen=True)
class ModelPage:
    """A concurrency model as a file has it."""

    slug: str
    title: str
    summary: str
    unit_of_concurrency: str
    io_style: str
    limit: str
    body: str
    parent_slug: str = ""
    order: int = 100


@dataclass(frozen=True)
class ServerPage:
    """A server as a file has it."""

    slug: str
    name: str
    concurrency_model_slug: str
    summary: str
    body: str
    homepage: str = ""
    order: int = 100


@dataclass(frozen=True)
class Content:
    """All pages, in the order of their files; `paths` says where each came from."""

    models: tuple[ModelPage, ...]
    servers: tuple[ServerPage, ...]
    paths: dict


# What a file calls a field, where that differs from the row's name.
_KEYS = {"parent": "parent_slug", "concurrency_model": "concurrency_model_slug"}
_NAMES = {name: key for key, name in _KEYS.items()}


def read_all(content_dir, server_pages):
    """Read every file; raise ContentError at the first fault.

    `content_dir` holds models/*.md; `server_pages` holds <slug>/catalog.md.
    """
    paths = {}
    models = tuple(
        _read(path, ModelPage, paths)
        for path in sorted(Path(content_dir, "models").glob("*.md"))
    )
    servers = tuple(
        _read(path, ServerPage, paths)
        for path in sorted(Path(server_pages).glob("[!_.]*/catalog.md"))
    )
    content = Content(models, servers, paths)
    _check_references(content)
    return content


def _read(path, kind, paths):
    page = parse(path.read_bytes(), path, kind)
    key = (kind, page.slug)
    if key in paths:
        raise ContentError(path, 1, f"slug {page.slug!r} is {paths[key]}'s already")
    paths[key] = path
    return page


def parse(data, path, kind):
    """Return the page in a file's bytes; ContentError for anything wrong in it."""
    if len(data) > MOST_BYTES:
        raise ContentError(path, 1, f"must be at most {MOST_BYTES} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ContentError(path, line, "is not UTF-8") from None
    front, body, body_line = _split(text, path)
    values = _front_matter(front, path)
    values["body"] = body.strip()
    if not values["body"]:
        raise ContentError(path, body_line, "there is no text below the front matter")
    return _build(values, path, kind, front)


def _split(text, path):
    lines = text.split("\n")
    if lines[0].strip() != "---":
        raise ContentError(path, 1, "must begin with a line of ---")
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            front = "\n".join(lines[1 : number - 1])
            return front, "\n".join(lines[number:]), number + 1
    raise ContentError(path, 1, "the front matter has no end: a line of --- is missing")


def _front_matter(front, path):
    try:
        values = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A date that is none (2020-13-45) is a ValueError without a place.
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        what = getattr(error, "problem", None) or str(error) or "it cannot be read"
        raise ContentError(path, line, f"malformed front matter: {what}") from None
    if not isinstance(values, dict):
        raise ContentError(path, 2, "the front matter must be lines of name: value")
    return {_KEYS.get(key, key): value for key, value in values.items()}


def _build(values, path, kind, front):
    fields = kind.__dataclass_fields__
    for name in values:
        if name not in fields:
            known = ", ".join(_NAMES.get(f, f) for f in fields if f != "body")
            line = _line_of(front, str(_NAMES.get(name, name)))
            raise ContentError(path, line, f"unknown key {name!r}; known: {known}")
    for name, field in fields.items():
        if name in values:
            _check_type(values[name], field.type, name, path, front)
    missing = [_NAMES.get(f, f) for f in _required(kind) if not values.get(f)]
    if missing:
        raise ContentError(path, 1, f"missing: {', '.join(missing)}")
    if not _SLUG.match(values["slug"]):
        line = _line_of(front, "slug")
        raise ContentError(path, line, f"{values['slug']!r} is not a slug")
    return kind(**values)


def _required(kind):
    return [name for name in kind.__dataclass_fields__ if not hasattr(kind, name)]


def _check_type(value, wanted, name, path, front):
    if isinstance(value, bool) or not isinstance(value, wanted):
        key = _NAMES.get(name, name)
        words = {str: "text", int: "a whole number"}[wanted]
        line = _line_of(front, key)
        raise ContentError(path, line, f"{key} must be {words}, not {value!r}")


def line_of_key(path, name):
    """Return the line on which a file gives a field of a page; 1 if it gives none."""
    front, _, _ = _split(Path(path).read_text(encoding="utf-8"), path)
    return _line_of(front, _NAMES.get(name, name))


def _line_of(front, key):
    for number, line in enumerate(front.split("\n"), 2):
        if line.startswith(f"{key}:"):
            return number
    return 1


def _check_references(content):
    slugs = {page.slug for page in content.models}
    for page in content.models:
        if page.parent_slug and page.parent_slug not in slugs:
            path = content.paths[ModelPage, page.slug]
            raise ContentError(path, 1, f"unknown model {page.parent_slug!r}")
    placed = families_first(content.models)
    for page in content.models:
        if page not in placed:
            path = content.paths[ModelPage, page.slug]
            raise ContentError(path, 1, f"{page.slug!r} is its own ancestor")
    for page in content.servers:
        if page.concurrency_model_slug not in slugs:
            path = content.paths[ServerPage, page.slug]
            message = f"unknown model {page.concurrency_model_slug!r}"
            raise ContentError(path, 1, message)


def families_first(models):
    """Return model pages, each after its parent; those in a ring are left out."""
    placed, waiting, slugs = [], list(models), {""}
    while found := [page for page in waiting if page.parent_slug in slugs]:
        placed += found
        slugs |= {page.slug for page in found}
        waiting = [page for page in waiting if page not in found]
    return placed


def write(values, kind):
    """Return the text of a file that holds these values; `parse` reads them back."""
    front = {
        _NAMES.get(name, name): values[name]
        for name, field in kind.__dataclass_fields__.items()
        if name != "body" and values[name] != field.default
    }
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=88)
    body = values["body"].replace("\r\n", "\n").strip()
    return f"---\n{head}---\n\n{body}\n"


def as_values(page):
    """Return a page's plain values by the rows' names."""
    return asdict(page)
