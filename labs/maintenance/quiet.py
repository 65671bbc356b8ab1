"""Waiting for a moment in which nothing is measured."""

import time

from labs.models import LabRun

_LOOK_EVERY_S = 1.0
# A queue that never empties must not keep the data growing for ever.
MAX_WAIT_S = 1800.0

_waited_s = 0.0


def wait_while_measuring() -> None:
    """Let a run that is under way end first: a measurement is alone on its machine.

    All calls of one process together wait no longer than MAX_WAIT_S.
    """
    global _waited_s
    while _waited_s < MAX_WAIT_S and LabRun.objects.under_way().exists():
        time.sleep(_LOOK_EVERY_S)
        _waited_s += _LOOK_EVERY_S
