"""The button on a claim: queue the runs that it lacks, and show the first."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from labs.bench.claims.declaration import SOURCE
from labs.bench.verdicts.wording import count
from labs.claims import evaluation
from labs.execution import host_status
from labs.execution.dispatcher import wake
from labs.models import LabRun
from labs.permissions import owners, quota
from labs.permissions.access import may_start
from labs.views.refusal import refuse
from models_catalog.models import Claim

_AT_ONCE = 3  # runs that one click queues; quota may allow fewer


@require_POST
def run_claim(request, slug):
    """Queue the runs that a claim lacks, or else its oldest; show the first of them."""
    claim = Claim.objects.published().filter(slug=slug).first()
    if claim is None:
        raise Http404(f"There is no claim {slug[:60]!r}")
    if not may_start(request):
        return redirect_to_login(claim.get_absolute_url())
    status = host_status.labs_status()
    if not status.enabled:
        return refuse(request, 503, status.sentence, 60)
    if found := evaluation.problems(claim):
        sentence = f"This claim cannot be run as it is written. {found[0]}"
        return refuse(request, 400, sentence)
    wanted = next_runs(claim)
    if not wanted:
        return refuse(request, 503, _why_nothing(claim), 3600)
    return _queue(request, wanted)


def next_runs(claim):
    """Return what to run next: what is missing, else what is oldest; the first few."""
    found = [
        each
        for each in evaluation.find_runs(evaluation.read(claim))
        if each.wanted.scenario != SOURCE and not each.observed.unavailable
    ]
    missing = [each.wanted for each in found if each.run is None]
    oldest = sorted(
        (each for each in found if each.run), key=lambda each: each.run.finished_at
    )
    return (missing or [each.wanted for each in oldest])[:_AT_ONCE]


def _why_nothing(claim):
    found = evaluation.find_runs(evaluation.read(claim))
    reasons = [each.observed.reason for each in found if each.observed.unavailable]
    return reasons[0] if reasons else "There is nothing to run for this claim"


def _queue(request, wanted):
    owner, queued = owners.of_submission(request), []
    for run in wanted:
        refusal = quota.refusal(owner)
        if refusal is not None:
            break
        queued.append(LabRun.objects.enqueue(owner, evaluation.spec_of(run)))
    if not queued:
        return refuse(request, 429, refusal.sentence, refusal.retry_after_s)
    wake()
    if len(queued) > 1:
        queued_runs = f"{count(len(queued), 'run')} of this claim were queued"
        messages.info(request, f"{queued_runs}; this is the first of them")
    return redirect(queued[0])
