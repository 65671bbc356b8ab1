"""Pictures of pages for previews elsewhere, kept in files by what they show."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_safe

from models_catalog.diagrams.social_card import Card, draw
from models_catalog.files.reader import GROUPS
from models_catalog.models import ROWS

SITE = Card(
    "Measured, not claimed",
    "What happens when 1,000 slow clients arrive?",
    "Server concurrency models, explained and measured: every statement can be put to "
    "the test against the real server.",
)
_DAY_S = 24 * 60 * 60


def _card(group, slug):
    """Return the card of a published page; Http404 without one."""
    kind = ROWS.get(group)
    page = kind and kind.objects.published().defer("body").filter(slug=slug).first()
    if not page:
        raise Http404(f"There is no picture of {group[:20]}/{slug[:60]}")
    word = GROUPS[group].word.capitalize()
    summary = "" if page.summary == str(page) else page.summary
    if group == "claims":
        return Card(f"{word} {page.code}", page.statement, "")
    return Card(word, str(page), summary)


@require_safe
def site_card(request):
    """Return the picture of the site."""
    return _answer(request, SITE, "site")


@require_safe
def page_card(request, group, slug):
    """Return the picture of a page. One query."""
    return _answer(request, _card(group, slug), f"{group}-{slug}")


def _answer(request, card, name):
    @cache_control(public=True, max_age=_DAY_S)
    @etag(lambda _: f'"{card.digest}"')
    def answer(_):
        return HttpResponse(png_of(card, name), content_type="image/png")

    return answer(request)


def png_of(card, name):
    """Return a card as PNG, drawn once for what it shows; `name` has one file."""
    folder = Path(settings.CATALOG_CARDS_DIR)
    path = folder / f"{name}.{card.digest}.png"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        png = draw(card)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}.*.png"):
        old.unlink(missing_ok=True)
    # Whole or not at all: another request may read it now.
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(png)
    Path(file.name).replace(path)
    return png
