"""The list of runs, one run in any state, and what its owner may do to it."""

from django.core.paginator import Paginator
from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from labs.bench.contracts.events import Verdict
from labs.execution.cancellation import request_stop
from labs.live import replay, snapshot
from labs.models import LabRun
from labs.permissions import owners
from labs.permissions.access import own_run_or_404, run_or_404
from labs.plugins import registry
from labs.presentation import charts, result_rows

_PER_PAGE = 25


@require_safe
def run_list(request):
    """List runs, newest first, with filters in the address."""
    owner = owners.of_request(request)
    runs = LabRun.objects.visible_to(owner).for_lists()
    filters = {
        name: request.GET.get(name, "")
        for name in ("server", "scenario", "status", "verdict")
    }
    runs = runs.filter(**{name: value for name, value in filters.items() if value})
    mine = request.GET.get("mine") == "1"
    if mine:
        runs = runs.filter(pk__in=LabRun.objects.owned_by(owner).values("pk"))
    context = {
        "page": Paginator(runs, _PER_PAGE).get_page(request.GET.get("page")),
        "filters": filters | {"mine": mine},
        "servers": registry.servers(),
        "scenarios": registry.scenarios(),
        "verdicts": list(Verdict),
    }
    return render(request, "labs/run_list.html", context)


@require_safe
def run_detail(request, run_id):
    """Show a run, whatever state it is in; the script keeps it up to date."""
    run = run_or_404(request, run_id)
    scenario = registry.scenarios().get(run.scenario)
    shown = snapshot.build(run)
    owner = owners.of_request(request)
    context = {
        "run": run,
        "snapshot": shown,
        "scenario": scenario,
        "driver": registry.servers().get(run.server),
        "charts": charts.as_json(scenario) if scenario else [],
        "chart_tables": charts.tables(scenario, shown["series"]) if scenario else [],
        "may_stop": not run.is_terminal and owner.may_stop(run),
        "may_hide": owner.may_stop(run),
        "words": shown["words"],
        "probe_summary": shown["words"]["texts"].get("probe-summary"),
        "outcome": result_rows.build(run),
        "again_url": result_rows.form_url(run.scenario, run.server, run),
    }
    return render(request, "labs/run_detail.html", context)


@require_safe
def run_outcome(request, run_id):
    """Return the part of the page that a finished run has, as a reload shows it."""
    run = run_or_404(request, run_id)
    context = {
        "run": run,
        "outcome": result_rows.build(run),
        "again_url": result_rows.form_url(run.scenario, run.server, run),
    }
    return render(request, "labs/includes/_outcome.html", context)


@require_safe
def run_events(request, run_id):
    """Return the events after a number, as the socket would have sent them."""
    run = run_or_404(request, run_id)
    after = request.GET.get("after", "0")
    if not after.isascii() or not after.isdigit() or len(after) > 9:
        message = f"after must be a whole number, not {after[:20]!r}"
        return JsonResponse({"error": message}, status=400)
    frames = replay.events_after(run.pk, int(after))
    seq = frames[-1]["seq"] if frames else int(after)
    queue = snapshot.place_in_queue(run)
    return JsonResponse({"events": frames, "seq": seq, "queue": queue})


@require_POST
def run_stop(request, run_id):
    """Ask a run to stop. Asking twice is no error; what has ended stays as it ended."""
    run = own_run_or_404(request, run_id)
    request_stop(run, "It was asked to stop while it waited")
    return redirect(run)


@require_POST
def run_visibility(request, run_id):
    """Show a run to everybody who has the address, or to its owner alone."""
    run = own_run_or_404(request, run_id)
    wanted = request.POST.get("visibility")
    if wanted not in LabRun.Visibility.values:
        return HttpResponseBadRequest("visibility must be link or private")
    LabRun.objects.filter(pk=run.pk).update(visibility=wanted)
    return redirect(run)
