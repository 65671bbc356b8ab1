"""`catalog check`: what is wrong in files that could be read."""

import re
from pathlib import Path

# Inline, [text](/to/), and by reference, [name]: /to/
_LINK = re.compile(r"(?:\]\(<?|^ {0,3}\[[^\]]+\]: *<?)(/[^)>\s]*)")
_SERVER = re.compile(r"[?&]server=([^&#]*)")
# What has a page of its own, and where the list of all is.
_PAGES = {
    "models": "/models/",
    "servers": "/servers/",
    "loads": "/loads/",
    "sources": "/sources/",
    "claims": "/claims/",
}


def check(pages, known_paths=()):
    """Return what is wrong in files that could be read, as "file:line: what".

    `known_paths` are further addresses of the site that links may name.
    """
    servers = {page.slug for page in pages.servers}
    targets = targets_of(pages) | set(known_paths)
    found = []
    for path in pages.paths.values():
        text = Path(path).read_text(encoding="utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            for link in links_in(line):
                if re.split("[?#]", link)[0] not in targets:
                    found.append(f"{path}:{number}: dead link {link}")
                elif unknown := set(_SERVER.findall(link)) - servers:
                    found.append(f"{path}:{number}: unknown server {min(unknown)!r}")
    return found


def links_in(text):
    """Return the addresses inside the site that Markdown links to."""
    return [link for line in text.split("\n") for link in _LINK.findall(line)]


def targets_of(pages):
    """Return the addresses that the catalog has with these pages."""
    slugs = {group: [p.slug for p in getattr(pages, group)] for group in _PAGES}
    own = {f"{start}{slug}/" for g, start in _PAGES.items() for slug in slugs[g]}
    return own | {"/", "/glossary/", *_PAGES.values()}
