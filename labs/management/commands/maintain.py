"""`manage.py maintain`: what is done every night, now."""

from django.core.management.base import BaseCommand, CommandError

from labs.execution import nightly


class Command(BaseCommand):
    """Checks the database in full, and tidies up. The exit code is 1 if one fails."""

    help = __doc__

    def handle(self, *args, **options):
        """Do every step, and print what each found."""
        steps = nightly.run()["steps"]
        for name, found in steps.items():
            mark = "ok  " if found["ok"] else "FAIL"
            self.stdout.write(f"{mark}  {name:<12} {found['sentence']}")
        if not all(found["ok"] for found in steps.values()):
            raise CommandError("A step failed")
