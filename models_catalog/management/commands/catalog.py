"""`manage.py catalog sync|export|check|index`: content files, rows, search."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from models_catalog import search
from models_catalog.curation import link_check
from models_catalog.files.reader import ContentError
from models_catalog.sync import sync


class Command(BaseCommand):
    help = "Bring the catalog's rows and its content files together."
    # The system checks would stop at the very faults that this command is to tell.
    requires_system_checks = []

    def add_arguments(self, parser):
        """One word says what to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("sync", help="files to rows; a curator's changes stay")
        export = actions.add_parser("export", help="rows to files")
        export.add_argument("--to", help="folder to write to", required=True)
        actions.add_parser("check", help="find faults in the files")
        actions.add_parser("index", help="make the search index anew")

    def handle(self, *args, action, **options):
        """Carry out the action."""
        if action != "check":  # which reads files alone
            _refuse_old_tables()
        try:
            getattr(self, f"_{action}")(options)
        except ContentError as error:
            raise CommandError(str(error)) from None

    def _sync(self, options):
        changes = sync.sync(sync.read())
        for change in changes:
            if change.action != "unchanged":
                self.stdout.write(f"{change.action}: {change.page}")
        if any(change.action == "kept" for change in changes):
            self.stdout.write("kept: a curator changed it, and that wins")
        self.stdout.write(f"{len(changes)} pages are in the catalog's files")
        search.rebuild()

    def _index(self, options):
        self.stdout.write(f"{search.rebuild()} documents are in the search index")

    def _export(self, options):
        try:
            written = sync.export(options["to"])
        except OSError as error:
            raise CommandError(
                f"Cannot write {error.filename}: {error.strerror}"
            ) from None
        files = "1 file was" if len(written) == 1 else f"{len(written)} files were"
        self.stdout.write(f"{files} written to {options['to']}")
        self.stdout.write("Files that say what their rows say were left alone")

    def _check(self, options):
        diagrams = Path(settings.CATALOG_CONTENT_DIR, "diagrams")
        pages, faults = sync.gather()
        found = [str(fault) for fault in faults]
        found += link_check.check(pages, settings.CATALOG_LINK_TARGETS, diagrams)
        for line in found:
            self.stderr.write(line)
        if found:
            faults = "1 fault" if len(found) == 1 else f"{len(found)} faults"
            raise CommandError(f"{faults} in the catalog's files")
        self.stdout.write("The catalog's files are in order")


def _refuse_old_tables():
    """Raise CommandError where the database is not as this code needs it."""
    try:
        executor = MigrationExecutor(connection)
        ends = executor.loader.graph.leaf_nodes("models_catalog")
        waiting = executor.migration_plan(ends)
    except DatabaseError as error:
        raise CommandError(f"The database cannot be read: {error}") from None
    if waiting:
        raise CommandError(
            f"The database lacks {len(waiting)} migrations; run manage.py migrate first"
        )
