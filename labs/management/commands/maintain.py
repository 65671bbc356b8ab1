"""`manage.py maintain`: what is done every night, now."""

import fcntl
import os
import signal
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labs.bench.sandbox.system_calls import die_with_parent
from labs.execution import nightly

_LOWEST_PRIORITY = 19


class Command(BaseCommand):
    """Checks the database in full, and tidies up. The exit code is 1 if one fails."""

    help = __doc__

    def add_arguments(self, parser):
        """All steps, or those that are named."""
        parser.add_argument("steps", nargs="*", metavar="STEP", help="none: all")
        parser.add_argument(
            "--in-background",
            action="store_true",
            help="as the site does: at the lowest priority, and ending with it",
        )

    def handle(self, *args, **options):
        """Do the steps, and print what each found."""
        if options["in_background"]:
            die_with_parent(signal.SIGKILL)
            os.nice(_LOWEST_PRIORITY)
        _check_names(options["steps"])
        with _alone():
            steps = nightly.run(options["steps"])["steps"]
        for name, found in steps.items():
            mark = "ok  " if found["ok"] else "FAIL"
            self.stdout.write(f"{mark}  {name:<12} {found['sentence']}")
        if not all(found["ok"] for found in steps.values()):
            raise CommandError("A step failed")


def _check_names(names):
    if unknown := set(names) - nightly.STEPS.keys():
        raise CommandError(
            f"There is no step {', '.join(sorted(unknown))}; "
            f"there are {', '.join(nightly.STEPS)}"
        )


@contextmanager
def _alone():
    """Hold a lock: two at once would do the same work."""
    with (settings.DATA_DIR / "maintenance.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("It is under way already") from None
        yield
