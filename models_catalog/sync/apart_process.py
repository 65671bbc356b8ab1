"""The process that looks at one large upload: a spec on stdin, files beside it out.

Its limits are set before anything of the upload is read. Whatever they end, or whoever
does, nothing is half done: what is brought in is one transaction.
"""

import json
import os
import resource
import signal
import sys
import time
from types import SimpleNamespace

import django
from django.contrib.auth import get_user_model
from simple_history.models import HistoricalRecords

_TOLD_EVERY_S = 0.3


def main():
    """Carry out the spec on stdin; its result stands beside the waiting file."""
    django.setup()
    # Only now: these need the apps.
    from models_catalog.sync import apart, uploads, waiting_files

    _limit(apart.MAX_S, apart.MAX_MEMORY_BYTES)
    spec = json.load(sys.stdin)
    if spec["seen"] is None:
        os.nice(10)  # but not while it holds the lock of the database
    name = spec["file"]
    upload = uploads.Upload(spec["kind"], spec["name"], waiting_files.read(name))
    tell = _Progress(waiting_files.path_of(name, "progress"))
    if spec["seen"] is None:
        outcome = uploads.look(upload, tell)
    else:
        user = get_user_model().objects.get(pk=spec["user"])
        # Versions in the history name their author by the request; here is none.
        HistoricalRecords.context.request = SimpleNamespace(user=user)
        outcome = uploads.take(upload, spec["seen"], spec["ticked"], tell)
    part = waiting_files.path_of(name, "part")
    part.write_text(json.dumps(outcome.as_json()), encoding="utf-8")
    part.replace(waiting_files.path_of(name, "result"))


def _limit(most_s, most_bytes):
    signal.alarm(most_s)  # its usual action is to end the process
    resource.setrlimit(resource.RLIMIT_CPU, (most_s, most_s))
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _Progress:
    """Writes how far it is, a few times a second at most."""

    def __init__(self, path):
        self._path, self._next_s = path, 0.0

    def __call__(self, sentence):
        if time.monotonic() >= self._next_s:
            self._path.write_text(sentence, encoding="utf-8")
            self._next_s = time.monotonic() + _TOLD_EVERY_S


if __name__ == "__main__":
    main()
