"""Stopping a run from outside: at once while it waits, through its runner later."""

from asgiref.sync import async_to_sync

from labs.bench.contracts.errors import Reason
from labs.bench.contracts.events import Status
from labs.execution import recorder
from labs.execution.dispatcher import wake
from labs.models import LabRun


def request_stop(run, message):
    """Cancel a waiting run, or ask the runner of one under way to stop. Idempotent."""
    frame = recorder.settle(
        run.pk, Status.CANCELLED, str(Reason.STOPPED), message, status=Status.QUEUED
    )
    if frame is not None:
        async_to_sync(recorder.send)(run.pk, frame)
        return
    LabRun.objects.filter(pk=run.pk, finished_at=None).update(stop_requested=True)
    wake()
