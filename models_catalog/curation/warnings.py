"""What a curator should still see to on a page, in sentences; none is refused."""

import re
from pathlib import Path

from django.conf import settings

from models_catalog.curation import claim_checks
from models_catalog.curation.link_check import LinkTargets, faults_in
from models_catalog.markdown import unsafe
from models_catalog.markdown.references import cited_slugs
from models_catalog.models import ROWS, Claim, ConcurrencyModel, Load, Server

_PICTURE = re.compile(r"!\[\s*\]\(")
_TITLE = re.compile(r"<title[^>]*>\s*[^\s<]")
_DESCRIPTION = re.compile(r"<desc[^>]*>\s*[^\s<]")
_CITING = (ConcurrencyModel, Server, Load, Claim)


def known_pages(also=None):
    """Return what texts may name now: published pages, and the labs' addresses.

    `also` are slugs by group of pages that are about to be there.
    """
    also = also or {}
    slugs = {
        group: set(kind.objects.published().order_by().values_list("slug", flat=True))
        | set(also.get(group, ()))
        for group, kind in ROWS.items()
    }
    return LinkTargets.from_slugs(slugs, settings.CATALOG_LINK_TARGETS)


def diagram_of(page):
    """Return the text of a model's diagram; "" if it has none, None for other kinds."""
    if not isinstance(page, ConcurrencyModel):
        return None
    path = Path(settings.CATALOG_CONTENT_DIR, "diagrams", f"{page.slug}.svg")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def warnings_of(page, known, diagram=None):
    """Return sentences about a page, from itself, `known_pages` and `diagram_of`."""
    faults = sorted([*unsafe.faults_in(page.body), *faults_in(page.body, known)])
    found = [f"Line {line}: {what}" for line, what in faults]
    if isinstance(page, _CITING) and not _has_source(page):
        found.append("It cites no source: write [@slug] behind a statement")
    if _PICTURE.search(page.body):
        found.append("A picture has no alternative text: write ![text](address)")
    return found + _about_diagram(diagram) + _about_evidence(page)


def _has_source(page):
    if cited_slugs(page.body):
        return True
    return isinstance(page, Claim) and page.pk and bool(page.source_slugs)


def _about_diagram(diagram):
    if diagram is None:
        return []
    if not diagram:
        return ["It has no diagram"]
    if _TITLE.search(diagram) and _DESCRIPTION.search(diagram):
        return []
    return ["Its diagram has no text: a title and a desc"]


def _about_evidence(page):
    if not isinstance(page, Claim):
        return []
    found = []
    if not page.runs:
        found.append("It names no run that could put it to the test")
    if not page.expect:
        found.append("It does not say what must come of its runs")
    faults = claim_checks.faults_of(page)
    return found + [f"It cannot be run as written. {told}" for *_, told in faults]
