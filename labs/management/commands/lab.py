"""`manage.py lab servers|scenarios|run|doctor|rejudge`: the lab without a browser."""

import json
import sys

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from labs.bench.errors import SpecError, Unavailable
from labs.bench.sandbox import doctor
from labs.cli import exits, lists, rejudge
from labs.cli import run as runs


class Command(BaseCommand):
    help = "Run experiments against real servers in sandboxes, from the command line."
    requires_system_checks = []  # a run needs neither database nor settings in order

    def add_arguments(self, parser):
        """One word says what to do."""
        words = parser.add_subparsers(dest="word", required=True)
        for word, text in (
            ("servers", "list the servers, and whether this host can run them"),
            ("scenarios", "list the experiments and their parameters"),
            ("doctor", "prove the sandbox: exit 0 strict, 1 degraded, 78 refuse"),
        ):
            words.add_parser(word, help=text).add_argument(
                "--json", action="store_true"
            )
        _add_run(words.add_parser("run", help="run one experiment against one server"))
        again = words.add_parser("rejudge", help="judge stored results again")
        again.add_argument("runs", nargs="*", metavar="RUN", help="none: all of them")
        again.add_argument("--file", action="append", default=[], help="a result file")

    def handle(self, *args, word, **options):
        """Carry the word out and exit with its code."""
        try:
            code = getattr(self, f"_{word}")(options)
        except Unavailable as error:
            code = self._refuse(error.message, exits.NOT_AVAILABLE)
        except SpecError as error:
            code = self._refuse(error.message, exits.BAD_ARGUMENTS)
        if code:
            sys.exit(code)

    def _refuse(self, sentence, code):
        self.stderr.write(sentence)
        return code

    def _servers(self, options):
        return self._list(options, lists.servers, lists.server_lines)

    def _scenarios(self, options):
        return self._list(options, lists.scenarios, lists.scenario_lines)

    def _list(self, options, rows, lines):
        if options["json"]:
            self.stdout.write(json.dumps(rows(), indent=1))
        else:
            self.stdout.write("\n".join(lines()))
        return 0

    def _doctor(self, options):
        report = doctor.examine_and_keep()
        found = report.as_json()
        text = (
            json.dumps(found) if options["json"] else "\n".join(doctor.as_lines(found))
        )
        self.stdout.write(text)
        return doctor.EXIT[report.level]

    def _run(self, options):
        names = ("server", "scenario", "params", "knobs", "seed", "json_to", "quiet")
        return runs.run(runs.Wanted(**{name: options[name] for name in names}))

    def _rejudge(self, options):
        for path in options["file"]:
            self.stdout.write(rejudge.in_file(path))
        if options["runs"] or not options["file"]:
            try:
                for line in rejudge.in_database(options["runs"]):
                    self.stdout.write(line)
            except DatabaseError as error:
                return self._refuse(f"The database: {error}", exits.OUR_FAULT)
        return 0


def _add_run(parser):
    parser.add_argument("server", metavar="SERVER")
    parser.add_argument("scenario", metavar="SCENARIO")
    parser.add_argument(
        "--set", action="append", default=[], dest="params", metavar="NAME=VALUE"
    )
    parser.add_argument(
        "--knob", action="append", default=[], dest="knobs", metavar="NAME=VALUE"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", default="", dest="json_to", metavar="FILE|-")
    parser.add_argument("--quiet", action="store_true", help="only how it ended")
