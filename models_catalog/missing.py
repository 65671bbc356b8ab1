"""What is missing or broken in a page, as sentences for its curator. A pure function.

It reads a page's plain values, and what is known of all others in `Known`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from models_catalog.checking import links_in
from models_catalog.notes import cited_slugs, term_slugs

_SOURCES = re.compile(r"^#{2,3} .*\bsources?\b", re.IGNORECASE | re.MULTILINE)
_PICTURE = re.compile(r"!\[\s*\]\(([^)\s]*)")
_FENCE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`+[^`\n]*`+")


@dataclass(frozen=True)
class Known:
    """What a page may name: addresses, slugs by group, and the models with a diagram.

    `addresses` maps those of the catalog that visitors can open to True, and those of
    drafts to False; `is_outside` tells whether another path is one of the site's.
    """

    addresses: dict[str, bool]
    slugs: dict[str, set[str]]
    is_outside: Callable[[str], bool]
    diagrams: set[str] = field(default_factory=set)
    also: tuple[Callable, ...] = ()


def sentences(group, page, known):
    """Return what a curator should know of a page, as sentences; best first.

    `page` is a row or the page of a file; `group` its kind's name in content files.
    """
    found = []
    body = _CODE.sub("", _FENCE.sub("", page.body.replace("\r\n", "\n")))
    if group in ("models", "servers", "loads") and not _has_source(body):
        found.append("It cites no source")
    if group == "models" and page.slug not in known.diagrams:
        found.append("It has no diagram")
    if group == "claims":
        found += _of_claim(page)
    for address in _PICTURE.findall(body):
        found.append(f"The picture {address} has no alternative text")
    found += _dead_links(body, known)
    found += _unknown(body, known)
    for more in known.also:
        found += more(group, page)
    return found


def _has_source(body):
    return bool(cited_slugs(body) or _SOURCES.search(body))


def _of_claim(claim):
    if not claim.source_slugs and not cited_slugs(claim.body):
        yield "It cites no source"
    if not claim.runs:
        yield "It names no run that could give evidence"


def _dead_links(body, known):
    for address in dict.fromkeys(links_in(body)):
        path = re.split("[?#]", address)[0]
        if path.startswith(("/media/", "/static/")):
            continue
        if path not in known.addresses:
            if not known.is_outside(path):
                yield f"The link {address} leads nowhere"
        elif not known.addresses[path]:
            yield f"The link {address} leads to a page that visitors do not see"


def _unknown(body, known):
    for slug in cited_slugs(body):
        if slug not in known.slugs["sources"]:
            yield f"[@{slug}] cites a source that is not there"
    for slug in term_slugs(body):
        if slug not in known.slugs["terms"]:
            yield f"term:{slug} is not in the glossary"
