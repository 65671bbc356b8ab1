"""`catalog check`: what is wrong in files that could be read, as "file:line: what"."""

import re
from dataclasses import dataclass
from pathlib import Path

from django.contrib.staticfiles import finders

from models_catalog.files.kinds import GROUPS
from models_catalog.files.references import unknown
from models_catalog.markdown.references import CITATION, TERM

# Inline, [text](/to/), and by reference, [name]: /to/
_LINK = re.compile(r"(?:\]\(<?|^ {0,3}\[[^\]]+\]: *<?)(/[^)>\s]*)", re.MULTILINE)
_SERVER = re.compile(r"[?&]server=([^&#]*)")
# Kinds of which each page has an address of its own. Terms stand on one page.
_PAGES = ("models", "servers", "loads", "sources", "claims")
_PICTURES, _STATIC = "/media/pictures/", "/static/"  # of a curator, of the site
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def check(pages, known_paths=(), diagrams=None):
    """Return what is wrong in files that could be read.

    `known_paths` are further addresses of the site that links may name; `diagrams` the
    folder that must have one for each model, where there is such a folder.
    """
    slugs = {group: pages.slugs(group) for group in GROUPS}
    known = LinkTargets.from_slugs(slugs, known_paths)
    found = []
    for page in pages.pages():
        path = pages.paths[type(page), page.slug]
        text = Path(path).read_text(encoding="utf-8")
        found += [f"{path}:{line}: {what}" for line, what in faults_in(text, known)]
    return [*found, *_unproved(pages, known), *_undrawn(pages, diagrams)]


@dataclass(frozen=True)
class LinkTargets:
    """What texts may name: the slugs of each group, and the addresses of pages."""

    slugs: dict[str, set[str]]
    paths: frozenset[str]

    @classmethod
    def from_slugs(cls, slugs, known_paths=()):
        """Return what is known with pages of these slugs, and further addresses."""
        pages = {f"/{group}/{slug}/" for group in _PAGES for slug in slugs[group]}
        lists = {f"/{group}/" for group in _PAGES}
        return cls(slugs, frozenset({"/", "/glossary/", *lists, *pages, *known_paths}))


def links_in(text):
    """Return the addresses inside the site that Markdown links to."""
    return [link[1] for link in _LINK.finditer(text)]


def faults_in(text, known):
    """Return (line, what is wrong) for links, citations and terms in Markdown."""
    found = [*_links(text, known), *_notes(text, known)]
    return sorted((text.count("\n", 0, at) + 1, what) for at, what in found)


def new_faults(before, after, known):
    """Return (line, what) for links, citations and terms that a change has broken."""
    old = {what for _, what in faults_in(before, known)}
    return [one for one in faults_in(after, known) if one[1] not in old]


def _links(text, known):
    for link in _LINK.finditer(text):
        address = link[1]
        path, _, place = address.partition("#")
        if _is_a_file(path):
            continue
        unknown_term = path == "/glossary/" and {place} - known.slugs["terms"] - {""}
        if path.split("?")[0] not in known.paths or unknown_term:
            yield link.start(1), f"dead link {address}"
        elif odd := set(_SERVER.findall(address)) - known.slugs["servers"]:
            yield link.start(1), f"unknown server {min(odd)!r}"


def _is_a_file(path):
    """Tell whether a path is a static file's, or a picture's: rows say which exist."""
    if path.startswith(_STATIC):
        return finders.find(path.removeprefix(_STATIC)) is not None
    return path.startswith(_PICTURES)


def _notes(text, known):
    # Code is shown as it is written; what hides it here keeps every place in the text.
    text = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)
    for at in (found.start() for found in re.finditer(r"\[@", text)):
        citation = CITATION.match(text, at)
        if citation is None:
            yield at, "malformed citation; wanted [@slug] or [@slug, place]"
        elif citation[1] not in known.slugs["sources"]:
            yield at, unknown("source", citation[1], known.slugs["sources"])
    for term in TERM.finditer(text):
        if term[1] not in known.slugs["terms"]:
            yield term.start(1), unknown("term", term[1], known.slugs["terms"])


def _unproved(pages, known):
    """Say which claims and loads name no run that could be made."""
    for claim in pages.claims:
        if not claim.runs:
            yield _at(pages, claim, "runs", "the claim has no runs")
        if not claim.expect:
            message = "the claim does not say what must come of its runs"
            yield _at(pages, claim, "expect", message)
    for load in pages.loads:
        if load.scenario and f"/labs/{load.scenario}/" not in known.paths:
            message = f"unknown scenario {load.scenario!r}"
            yield _at(pages, load, "scenario", message)


def _undrawn(pages, diagrams):
    for model in pages.models if diagrams and Path(diagrams).is_dir() else ():
        if not Path(diagrams, f"{model.slug}.svg").is_file():
            message = f"there is no diagram {model.slug}.svg"
            yield _at(pages, model, "slug", message)


def _at(pages, page, key, message):
    where = type(page), page.slug
    return f"{pages.paths[where]}:{pages.lines[where].line_of(key)}: {message}"
