"""Who may start runs, and which runs a request may see."""

from django.conf import settings
from django.http import Http404

from labs.models import LabRun
from labs.permissions import owners


def may_start(request):
    """Guests may where only this machine reaches the site; else a login is needed."""
    return settings.LABS_GUESTS or request.user.is_authenticated


def visible_runs(request):
    """Return the runs that the one behind a request may see."""
    return LabRun.objects.visible_to(owners.of_request(request))


def run_or_404(request, run_id):
    """Return a run; 404 for one that is not there and for one that is not theirs."""
    run = visible_runs(request).filter(pk=run_id).first()
    if run is None:
        raise Http404("There is no such run")
    return run


def own_run_or_404(request, run_id):
    """Return a run that the one behind a request may stop and hide; else 404."""
    run = run_or_404(request, run_id)
    if not owners.of_request(request).may_stop(run):
        raise Http404("There is no such run")
    return run
