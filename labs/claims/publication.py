"""Who may see a run, and what changes with that: claims rest on listed runs alone."""

from accounts import audit
from labs.claims import evaluation
from labs.models import LabRun


def show_to(run, visibility):
    """Let a run be seen by whom its owner wants; claims look at one newly listed."""
    LabRun.objects.filter(pk=run.pk).update(visibility=visibility)
    audit.record("run shown", f"{run.pk}: {visibility}")
    is_listed = visibility == LabRun.Visibility.LISTED
    if is_listed and LabRun.objects.public_results().filter(pk=run.pk).exists():
        evaluation.after_run(run)
