"""Choosing an experiment and starting a run: write the row, wake the dispatcher."""

import difflib
import uuid

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from labs.execution import host_status
from labs.execution.dispatcher import wake
from labs.forms import RunForm
from labs.models import LabRun
from labs.permissions import owners, quota
from labs.permissions.access import may_start, visible_runs
from labs.plugins import registry
from labs.presentation import result_rows
from labs.views.refusal import refuse
from models_catalog.markdown.render import render as render_markdown


@require_safe
def scenario_list(request):
    """Show every scenario with the servers that can take it."""
    rows = [
        {"scenario": scenario, "servers": _choices(scenario)}
        for scenario in registry.scenarios().values()
    ]
    context = {"rows": rows, "labs_status": host_status.labs_status()}
    return render(request, "labs/scenario_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def run_form(request, scenario):
    """Show the form of a run; a POST starts it."""
    experiment = _find_or_404("scenario", scenario, registry.scenarios())
    servers = registry.servers()
    wanted = request.POST.get("server") or request.GET.get("server")
    driver = _find_or_404("server", wanted or settings.LABS_DEFAULT_SERVER, servers)
    if request.method == "POST":
        return _submit(request, experiment, driver)
    if may_start(request):
        # Both halves of a first visitor's double click must come from one session.
        owners.of_submission(request)
    form = RunForm(driver, experiment, initial=_initial(request, driver, experiment))
    return _show_form(request, experiment, driver, form)


def _submit(request, scenario, driver):
    if not may_start(request):
        return redirect_to_login(request.get_full_path())
    status = host_status.labs_status()
    if not status.enabled:
        return refuse(request, 503, status.sentence, 60)
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
    run = LabRun.objects.submitted(owner, key)
    if run is None:
        refusal = quota.refusal(owner)
        if refusal is not None:
            return refuse(request, 429, refusal.sentence, refusal.retry_after_s)
        run = LabRun.objects.enqueue(owner, form.spec, key)
        wake()
    return redirect(run)


def _show_form(request, scenario, driver, form, status=200):
    refusal = quota.refusal(owners.of_request(request))
    context = {
        "scenario": scenario,
        "article": render_markdown(scenario.article),
        "choices": _choices(scenario, driver),
        "driver": driver,
        "availability": registry.availability(driver),
        "form": form,
        "labs_status": host_status.labs_status(),
        "quota_message": refusal.sentence if refusal else "",
        "needs_login": not may_start(request),
    }
    return render(request, "labs/run_form.html", context, status=status)


def _initial(request, driver, scenario):
    """Fill the form as a former run was, where both have the setting."""
    run = visible_runs(request).filter(pk=_uuid(request.GET.get("from"))).first()
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
            "url": result_rows.form_url(scenario.slug, driver.slug),
        }
        for driver in registry.servers().values()
    ]


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
