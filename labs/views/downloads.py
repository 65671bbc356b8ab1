"""A run's result as JSON and its ticks as CSV."""

import csv

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from labs.live import snapshot
from labs.permissions.access import run_or_404
from models_catalog.files.csv_cells import guarded_row


@require_safe
def run_result(request, run_id):
    """Return the result document as it is stored."""
    run = run_or_404(request, run_id)
    if run.result is None:
        raise Http404("This run has no result")
    response = JsonResponse(run.result, json_dumps_params={"indent": 1})
    return _as_download(response, run, "json")


@require_safe
def schema(request, name="result"):
    """Return the JSON Schema that every document of this kind is valid by."""
    text = (settings.BASE_DIR / f"docs/{name}.schema.json").read_text()
    return HttpResponse(text, content_type="application/schema+json")


@require_safe
def run_series(request, run_id):
    """Return the ticks as CSV: of the result, or of what there is so far."""
    run = run_or_404(request, run_id)
    series = run.result["series"] if run.result else snapshot.build(run)["series"]
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    names = ["t_s", *sorted(name for name in series if name != "t_s")]
    writer = csv.writer(response)
    writer.writerow(guarded_row(names))
    columns = [series[name] for name in names]
    writer.writerows(map(guarded_row, zip(*columns, strict=True)))
    return _as_download(response, run, "csv")


def _as_download(response, run, ending):
    name = f"concsite-{run.scenario}-{run.server}-{str(run.pk)[:8]}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
