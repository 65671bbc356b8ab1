"""`manage.py backup TO`: database, pictures and secret key in one verified file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from concsite.backup.errors import BackupError
from concsite.backup.make import backup


class Command(BaseCommand):
    help = "Write all that cannot be made again into one file. The site may run."
    requires_system_checks = []  # a site in trouble needs it most

    def add_arguments(self, parser):
        """Where to."""
        parser.add_argument(
            "to",
            type=Path,
            metavar="TO",
            help="a file (.tar, or .tar.gz: compressed), or a directory",
        )
        parser.add_argument("--force", action="store_true", help="replace the file")

    def handle(self, *args, **options):
        """Make it and print where it is."""
        try:
            path = backup(options["to"], options["force"])
        except BackupError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{path}: {path.stat().st_size} bytes, verified")
