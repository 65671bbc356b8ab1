"""What pages say of one another: every slug that is named must be that of a page."""

import difflib

from models_catalog.files.fields import Mappings, Slugs
from models_catalog.files.format import ContentError
from models_catalog.files.kinds import GROUPS, NAMES, ClaimPage


def faults(content):
    """Return a ContentError for each thing in which pages do not fit one another."""
    return [*_unknown(content), *_rings(content), *_codes(content)]


def _unknown(content):
    slugs = {group: content.slugs(group) for group in GROUPS}
    for page in content.pages():
        for key, item, group, slug in references_of(page):
            if slug not in slugs[group]:
                message = unknown(GROUPS[group].word, slug, slugs[group])
                yield fault(content, page, key, item, message)


def references_of(page):
    """Yield (key in the file, which item of it or None, group, slug)."""
    for name, field in page.__dataclass_fields__.items():
        if group := field.metadata.get("refers"):
            key, value = NAMES.get(name, name), getattr(page, name)
            if field.type is Slugs:
                yield from ((key, slug, group, slug) for slug in value)
            elif field.type is Mappings:
                slugs = [item[field.metadata["within"]] for item in value]
                yield from ((key, n, group, slug) for n, slug in enumerate(slugs))
            elif value:
                yield key, None, group, value


def unknown(word, slug, known):
    """Say that nothing has this slug, and which slug is near."""
    near = difflib.get_close_matches(slug, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown {word} {slug!r}{hint}"


def fault(content, page, key, item, message):
    """Return a ContentError at the place where a page's file gives a value."""
    where = type(page), page.slug
    return ContentError(
        content.paths[where], content.lines[where].line_of(key, item), message
    )


def _rings(content):
    placed = families_first(content.models)
    for page in content.models:
        if page not in placed:
            message = f"{page.slug!r} is its own ancestor"
            yield fault(content, page, "parent", None, message)


def families_first(models):
    """Return model pages, each after its parent; those in a ring are left out.

    A parent that is not among them is there already.
    """
    listed = {page.slug for page in models}
    slugs = {""} | {page.parent_slug for page in models} - listed
    placed, waiting = [], list(models)
    while found := [page for page in waiting if page.parent_slug in slugs]:
        placed += found
        slugs |= {page.slug for page in found}
        waiting = [page for page in waiting if page not in found]
    return placed


def _codes(content):
    first = {}
    for page in content.claims:
        if (other := first.setdefault(page.code, page)) is not page:
            path = content.paths[ClaimPage, other.slug]
            message = f"code {page.code!r} is {path}'s already"
            yield fault(content, page, "code", None, message)
