"""A comparison as CSV: the same rows that its page shows."""

import csv

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from labs.claims import cards
from labs.comparison import queries
from labs.plugins import registry
from labs.presentation import setting_labels
from models_catalog.compare import rows as comparing
from models_catalog.files.csv_cells import guarded_row

_OF_EACH = ("", " least", " most", " runs", " interval low", " interval high", " run")


@require_safe
def compare_csv(request):
    """Return what is compared: columns for each page, with spread where measured."""
    choice = comparing.read(request.GET)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    writer = csv.writer(response)
    writer.writerow(guarded_row(_header(choice)))
    rows = _rows(choice, request.build_absolute_uri) if len(choice.pages) > 1 else ()
    for row, is_equal in rows:
        if not (is_equal and choice.hide_equal):
            writer.writerow(guarded_row(row))
    name = "-".join(page.slug for page in choice.pages) or "nothing"
    response["Content-Disposition"] = f'attachment; filename="compare-{name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _header(choice):
    columns = [f"{page}{column}" for page in choice.pages for column in _OF_EACH]
    return ["part", "row", "unit", *columns, "what the runs tell"]


def _rows(choice, absolute):
    """Yield (row, whether nothing differs in it)."""
    for row in comparing.traits(choice):
        texts = ["; ".join(piece.text for piece in pieces) for pieces in row.cells]
        yield _plain("trait", row.label, texts), row.is_equal
    if choice.kind == "servers":
        yield from _figures(choice, absolute)
    rows = comparing.claims(choice)
    for row, card in _standing(rows):
        stands = card.evidence.get_standing_display() if card.evidence else "Open"
        texts = ["about it" if about else "" for about in row.about]
        yield _plain("claim", str(row.claim), texts, stands), row.is_equal


def _standing(rows):
    return zip(rows, cards.standings(row.claim for row in rows), strict=True)


def _plain(part, label, texts, remark=""):
    blank = [""] * (len(_OF_EACH) - 1)
    cells = [cell for text in texts for cell in (text, *blank)]
    return [part, label, "", *cells, remark]


def _figures(choice, absolute):
    names = {page.slug: page.name for page in choice.pages}
    for table in queries.measured(names).tables:
        for row in table.rows:
            cells = [value for cell in row.cells for value in _numbers(cell, absolute)]
            text = " ".join(f"{sentence}." for sentence in row.sentences)
            label = f"{_title(table)}: {row.figure.statement}"
            yield ["measured", label, row.figure.unit, *cells, text], row.is_equal


def _title(table):
    slug, params = table.scenario["slug"], table.scenario["params"]
    scenario = registry.scenarios().get(slug)
    settings = ", ".join(setting_labels.param_texts(slug, params))
    return f"{scenario.title if scenario else slug} ({settings})"


def _numbers(cell, absolute):
    if cell is None:
        return [""] * len(_OF_EACH)
    bounds = (cell.interval.low, cell.interval.high) if cell.interval else ("", "")
    address = absolute(reverse("labs:run_detail", args=[cell.run.pk]))
    known = len(cell.figure.known)
    return [cell.figure.value, cell.least, cell.most, known, *bounds, address]
