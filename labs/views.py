"""Pages of the labs. They read rows, write rows and wake the dispatcher."""

import csv
import difflib
import uuid

from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from labs import charts, consumers, host, outcome, owners, quota, registry, snapshot
from labs.access import may_start
from labs.bench.events import Verdict
from labs.cancel import request_stop
from labs.dispatch import wake
from labs.forms import RunForm
from labs.models import LabRun
from models_catalog.markdown import render as render_markdown

_PER_PAGE = 25
_CSV_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_GET
def scenario_list(request):
    """Show every scenario with the servers that can take it."""
    rows = [
        {"scenario": scenario, "servers": _choices(scenario)}
        for scenario in registry.scenarios().values()
    ]
    context = {"rows": rows, "labs_status": host.labs_status()}
    return render(request, "labs/scenario_list.html", context)


def run_form(request, scenario):
    """Show the form of a run; a POST starts it."""
    experiment = _find_or_404("scenario", scenario, registry.scenarios())
    servers = registry.servers()
    wanted = request.POST.get("server") or request.GET.get("server")
    driver = _find_or_404("server", wanted or _default_server(), servers)
    if request.method == "POST":
        return _submit(request, experiment, driver)
    form = RunForm(driver, experiment, initial=_initial(request, driver, experiment))
    return _show_form(request, experiment, driver, form)


def _submit(request, scenario, driver):
    if not may_start(request):
        return redirect_to_login(request.get_full_path())
    status = host.labs_status()
    if not status.enabled:
        return _refuse(request, 503, status.sentence, 60)
    form = RunForm(driver, scenario, request.POST)
    availability = registry.availability(driver)
    why_not = registry.applicable(driver, scenario) or (
        "" if availability.available else availability.reason
    )
    if why_not:
        form.add_error(None, why_not)
    if not form.is_valid():
        return _show_form(request, scenario, driver, form, status=400)
    owner = owners.of_submission(request)
    key = form.cleaned_data["submission_key"] or None
    known = LabRun.objects.filter(submission_key=key).first() if key else None
    if known is None:
        refusal = quota.refusal(owner)
        if refusal is not None:
            return _refuse(request, 429, refusal.sentence, refusal.retry_after_s)
        known = _queue(owner, scenario, driver, form, key)
        wake()
    return redirect(known)


def _queue(owner, scenario, driver, form, key):
    """Write the row. A double click finds the row of the first."""
    try:
        with transaction.atomic():
            return LabRun.objects.create(
                owner=owner.user,
                session_digest=owner.session_digest,
                submission_key=key,
                server=driver.slug,
                scenario=scenario.slug,
                knobs=form.knobs,
                params=form.params,
            )
    except IntegrityError:
        return LabRun.objects.get(submission_key=key)


def _show_form(request, scenario, driver, form, status=200):
    refusal = quota.refusal(owners.of_request(request))
    context = {
        "scenario": scenario,
        "article": render_markdown(scenario.article),
        "choices": _choices(scenario, driver),
        "driver": driver,
        "availability": registry.availability(driver),
        "form": form,
        "labs_status": host.labs_status(),
        "quota_message": refusal.sentence if refusal else "",
        "needs_login": not may_start(request),
    }
    return render(request, "labs/run_form.html", context, status=status)


def _refuse(request, status, sentence, retry_after_s):
    context = {"sentence": sentence, "retry_after_s": retry_after_s}
    response = render(request, "labs/refused.html", context, status=status)
    response["Retry-After"] = str(retry_after_s)
    return response


def _initial(request, driver, scenario):
    """Fill the form as a former run was, where both have the setting."""
    run = _visible(request).filter(pk=_uuid(request.GET.get("from"))).first()
    if run is None or run.scenario != scenario.slug:
        return None
    knobs = run.knobs if run.server == driver.slug else {}
    return {"knob": knobs, "param": run.params}


def _choices(scenario, selected=None):
    return [
        {
            "driver": driver,
            "availability": registry.availability(driver),
            "why_not": registry.applicable(driver, scenario),
            "selected": driver is selected,
            "url": outcome.form_url(scenario.slug, driver.slug),
        }
        for driver in registry.servers().values()
    ]


def _default_server():
    return "apache-prefork"


# --- runs ----------------------------------------------------------------------------


@require_GET
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


@require_GET
def run_detail(request, run_id):
    """Show a run, whatever state it is in; the script keeps it up to date."""
    run = _run_or_404(request, run_id)
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
        "probe_summary": charts.probe_summary(shown["probes"]),
        "outcome": outcome.build(run),
        "again_url": outcome.form_url(run.scenario, run.server, run),
    }
    return render(request, "labs/run_detail.html", context)


@require_GET
def run_outcome(request, run_id):
    """Return the part of the page that a finished run has, as a reload shows it."""
    run = _run_or_404(request, run_id)
    context = {
        "run": run,
        "outcome": outcome.build(run),
        "again_url": outcome.form_url(run.scenario, run.server, run),
    }
    return render(request, "labs/includes/_outcome.html", context)


@require_GET
def run_events(request, run_id):
    """Return the events after a number, as the socket would have sent them."""
    run = _run_or_404(request, run_id)
    after = request.GET.get("after", "0")
    if not after.isascii() or not after.isdigit() or len(after) > 9:
        message = f"after must be a whole number, not {after[:20]!r}"
        return JsonResponse({"error": message}, status=400)
    frames = consumers.events_after(run.pk, int(after))
    seq = frames[-1]["seq"] if frames else int(after)
    return JsonResponse({"events": frames, "seq": seq})


@require_POST
def run_stop(request, run_id):
    """Ask a run to stop. Asking twice is no error; what has ended stays as it ended."""
    run = _run_or_404(request, run_id)
    if not owners.of_request(request).may_stop(run):
        raise Http404("There is no such run")
    request_stop(run, "It was asked to stop while it waited")
    return redirect(run)


@require_POST
def run_visibility(request, run_id):
    """Show a run to everybody who has the address, or to its owner alone."""
    run = _run_or_404(request, run_id)
    if not owners.of_request(request).may_stop(run):
        raise Http404("There is no such run")
    wanted = request.POST.get("visibility")
    if wanted not in LabRun.Visibility.values:
        return _refuse(request, 400, "visibility must be link or private", 0)
    LabRun.objects.filter(pk=run.pk).update(visibility=wanted)
    return redirect(run)


@require_GET
def run_result(request, run_id):
    """Return the result document as it is stored."""
    run = _run_or_404(request, run_id)
    if run.result is None:
        raise Http404("This run has no result")
    response = JsonResponse(run.result, json_dumps_params={"indent": 1})
    return _as_download(response, run, "json")


@require_GET
def run_series(request, run_id):
    """Return the ticks as CSV: of the result, or of what there is so far."""
    run = _run_or_404(request, run_id)
    series = run.result["series"] if run.result else snapshot.build(run)["series"]
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    names = ["t_s", *sorted(name for name in series if name != "t_s")]
    writer = csv.writer(response)
    writer.writerow([_safe_cell(name) for name in names])
    columns = [series[name] for name in names]
    writer.writerows(map(_safe_row, zip(*columns, strict=True)))
    return _as_download(response, run, "csv")


def _safe_row(values):
    return [_safe_cell(value) for value in values]


def _safe_cell(value):
    """Keep a spreadsheet from reading text as a formula; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_CSV_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _as_download(response, run, ending):
    name = f"concsite-{run.scenario}-{run.server}-{str(run.pk)[:8]}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


# --- finding -------------------------------------------------------------------------


def _visible(request):
    return LabRun.objects.visible_to(owners.of_request(request))


def _run_or_404(request, run_id):
    """Return a run; 404 for one that is not there and for one that is not theirs."""
    run = _visible(request).filter(pk=run_id).first()
    if run is None:
        raise Http404("There is no such run")
    return run


def _uuid(text):
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _find_or_404(kind, slug, known):
    if slug in known:
        return known[slug]
    near = difflib.get_close_matches(slug, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
    raise Http404(f"There is no {kind} {slug[:60]!r}{hint}")
