"""Reads content files, front matter and Markdown, into pages. No Django in here.

The parts stand beside it: `format` cuts a file in two, `fields` reads one value,
`kinds` says which fields a page has, `references` whether the pages it names exist.
Whatever is wrong is a ContentError that names file and line.
"""

from dataclasses import MISSING, fields, replace
from functools import partial
from pathlib import Path

from models_catalog.files import format, references
from models_catalog.files.fields import SLUG, Refused, plain, read
from models_catalog.files.format import ContentError, refuse
from models_catalog.files.kinds import GROUPS, KEYS, NAMES, Content, ServerPage


def read_all(content_dir, server_pages):
    """Read every file; raise ContentError, or ContentErrors, for what is wrong."""
    content, faults = gather(files_below(content_dir, server_pages))
    refuse([*faults, *references.faults(content)])
    return content


def files_below(content_dir, server_pages):
    """Yield (group, path, a function that reads its bytes) for every file there is.

    `content_dir` holds a folder of *.md for each kind; `server_pages` holds
    <slug>/catalog.md, further servers.
    """
    for group, (kind, folder, _) in GROUPS.items():
        paths = sorted(Path(content_dir, folder).glob("*.md"))
        if kind is ServerPage:
            paths += sorted(Path(server_pages).glob("[!_.]*/catalog.md"))
        for path in paths:
            yield group, path, partial(format.read_bytes, path)


def gather(files):
    """Return the Content of files, and a ContentError for each fault in one of them.

    `files` are as `files_below` yields them. What pages say of one another is not
    looked at: that is `references.faults`.
    """
    groups = {group: [] for group in GROUPS}
    content, faults = Content(), []
    for group, path, load in files:
        try:
            page = _read_page(path, load, group, content)
            groups[group].append(page)
            faults += _misnamed(page, path, content)
        except ContentError as error:
            faults += error.faults
            content.unread.setdefault(group, set()).add(name_of(path))
    pages = {group: tuple(found) for group, found in groups.items()}
    return replace(content, **pages), faults


def _read_page(path, load, group, content):
    kind = GROUPS[group].kind
    page, lines = parse_with_lines(load(), path, kind)
    where = kind, page.slug
    if where in content.paths:
        message = f"slug {page.slug!r} is {content.paths[where]}'s already"
        raise ContentError(path, lines.line_of("slug"), message)
    content.paths[where], content.lines[where] = path, lines
    return page


def _misnamed(page, path, content):
    """Refuse a slug that is not its file's: who looks for a page would not find it."""
    if page.slug != (name := name_of(path)):
        line = content.lines[type(page), page.slug].line_of("slug")
        message = f"slug {page.slug!r} must be {name!r}, as its file is called"
        yield ContentError(path, line, message)


def name_of(path):
    """Return the slug that a file's place gives it."""
    return path.parent.name if path.name == "catalog.md" else path.stem


def parse(data, path, kind):
    """Return the page in a file's bytes; ContentError for anything wrong in it."""
    return parse_with_lines(data, path, kind)[0]


def parse_with_lines(data, path, kind):
    """Return the page in a file's bytes, and the Lines of its front matter."""
    front, body, body_line = format.split(data, path)
    values, lines = format.front_matter(front, path)
    lines["body"] = body_line + body[: len(body) - len(body.lstrip())].count("\n")
    values["body"] = body.strip()
    no_text = body_line, "there is no text below the front matter"
    return page_of(values, lines, path, kind, no_text=no_text), lines


def page_of(given, lines, path, kind, known=None, no_text=None):
    """Return the page with the values of a file or a row of a table.

    `given` are by the file's keys; what they leave out is taken from `known`, values
    that were read before. `no_text` is (line, sentence) for a page that lacks nothing
    but its text. ContentError, or ContentErrors, for what is wrong.
    """
    values = {KEYS.get(key, key): value for key, value in given.items()}
    known = known or {}
    found, faults = {**known}, [*_unknown_keys(values, kind, lines)]
    for field in fields(kind):
        if field.name in values:
            faults += _take(field, values, found, lines)
    missing = _missing(known | values, kind)
    if missing == ["body"] and no_text:
        faults.append(no_text)
    elif missing:
        # A file has its text below the front matter, and no key for it.
        keys = ", ".join(
            NAMES.get(name, name) for name in missing if name != "body" or not no_text
        )
        faults.append((lines.start, f"missing: {keys}"))
    refuse(ContentError(path, line, message) for line, message in faults)
    return kind(**found)


def _missing(values, kind):
    required = [field.name for field in fields(kind) if field.default is MISSING]
    return [name for name in required if values.get(name) in ("", None)]


def _unknown_keys(values, kind, lines):
    known = [field.name for field in fields(kind)]
    for name in values:
        if name not in known:
            words = ", ".join(NAMES.get(word, word) for word in known if word != "body")
            line = lines.line_of(str(NAMES.get(name, name)))
            yield line, f"unknown key {name!r}; known: {words}"


def _take(field, values, found, lines):
    """Read one value into `found`; return what is wrong with it."""
    key = NAMES.get(field.name, field.name)
    try:
        value = found[field.name] = read(values[field.name], field, key)
    except Refused as error:
        return [(lines.line_of(key, error.item), error.message)]
    if key == "slug" and value and not SLUG.match(value):
        return [(lines.line_of(key), f"{value!r} is not a slug")]
    return []


def write(values, kind):
    """Return the text of a file that holds these values; `parse` reads them back."""
    return format.joined(front_of(values, kind), values["body"])


def front_of(values, kind):
    """Return the front matter of a page by the file's keys, without what is usual."""
    return {
        NAMES.get(field.name, field.name): plain(values[field.name])
        for field in fields(kind)
        if field.name != "body" and values[field.name] != field.default
    }


def as_values(page):
    """Return a page's plain values by the rows' names."""
    return {field.name: getattr(page, field.name) for field in fields(page)}
