"""`manage.py restore FROM`: the data of a backup in place of this site's."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from concsite.backup.errors import BackupError
from concsite.backup.restore import restore
from concsite.data_folder import have_alone
from labs.execution.database_check import DataFault


class Command(BaseCommand):
    help = "Bring a backup back, verified first. The site must be stopped."
    requires_system_checks = []  # what is there may be beyond all checks

    def add_arguments(self, parser):
        """Where from."""
        parser.add_argument("path", type=Path, metavar="FROM", help="made by backup")
        parser.add_argument(
            "--force", action="store_true", help="put the data that are there aside"
        )

    def handle(self, *args, **options):
        """Bring it back and print where the former data are."""
        try:
            with have_alone(settings.DATA_DIR):
                aside = restore(options["path"], options["force"])
        except (BackupError, DataFault) as error:
            raise CommandError(str(error)) from None
        if aside:
            self.stdout.write(f"The former data are in {aside}")
        self.stdout.write("Restored. script/server starts the site with it")
