"""`manage.py maintain`: what the site does once a night, now."""

import fcntl
import os
import signal
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labs.bench.sandbox.system_calls import die_with_parent
from labs.execution import nightly
from labs.maintenance import steps

_LOWEST_PRIORITY = 19


class Command(BaseCommand):
    help = "Prune what is old: ticks, evidence, sessions, uploads, versions of pages."

    def add_arguments(self, parser):
        """All steps, or those that are named."""
        parser.add_argument("steps", nargs="*", metavar="STEP", help="none: all")
        parser.add_argument(
            "--in-background",
            action="store_true",
            help="as the site does: at the lowest priority, and ending with it",
        )

    def handle(self, *args, **options):
        """Carry the steps out, print what they did; CommandError where one failed."""
        if options["in_background"]:
            die_with_parent(signal.SIGKILL)
            os.nice(_LOWEST_PRIORITY)
        chosen = _choose(options["steps"])
        with _alone():
            outcomes = steps.carry_out(chosen)
        for outcome in outcomes:
            self.stdout.write(f"{outcome.title}: {outcome.sentence}")
        if failed := [outcome.name for outcome in outcomes if outcome.failed]:
            raise CommandError(f"Failed: {', '.join(failed)}")


def _choose(names):
    known = {step.name: step for step in nightly.steps()}
    if unknown := set(names) - known.keys():
        raise CommandError(
            f"There is no step {', '.join(sorted(unknown))}; "
            f"there are {', '.join(known)}"
        )
    return [known[name] for name in names or known]


@contextmanager
def _alone():
    """Hold a lock: two at once would do the same work."""
    with (settings.DATA_DIR / "maintenance.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("It is under way already") from None
        yield
