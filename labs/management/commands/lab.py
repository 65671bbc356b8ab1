"""`manage.py lab`: the lab without a browser.

servers, scenarios, describe, run, noise, compare, claims, rejudge, doctor
"""

import json
import sys
import traceback
from dataclasses import replace

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from labs.bench.contracts.errors import SpecError, Unavailable
from labs.bench.sandbox import doctor
from labs.cli import claims, compare, describe, exit_codes, listings, rejudge, repeat
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
        _add_describe(
            words.add_parser("describe", help="all that one server's driver declares")
        )
        run = words.add_parser("run", help="run one experiment against one server")
        _add_run(run)
        run.add_argument("--repeat", type=int, metavar="N", help="N runs: a set")
        run.add_argument(
            "--at",
            action="append",
            default=[],
            metavar="SECONDS:COMMAND",
            help="a command on the way: 5:set connections=64, 8:kill worker",
        )
        noise = words.add_parser(
            "noise", help="measure how a server differs from itself"
        )
        _add_run(noise)
        noise.add_argument("--repeat", type=int, required=True, metavar="N")
        _add_compare(words.add_parser("compare", help="compare two sets of runs"))
        _add_claims(
            words.add_parser("claims", help="put the catalog's claims to the test")
        )
        again = words.add_parser("rejudge", help="judge stored results again")
        again.add_argument("runs", nargs="*", metavar="RUN", help="none: all of them")
        again.add_argument("--file", action="append", default=[], help="a result file")

    def handle(self, *args, word, **options):
        """Carry the word out and exit with its code."""
        try:
            code = getattr(self, f"_{word}")(options)
        except Unavailable as error:
            code = self._refuse(error.message, exit_codes.NOT_AVAILABLE)
        except SpecError as error:
            code = self._refuse(error.message, exit_codes.BAD_ARGUMENTS)
        except DatabaseError as error:
            hint = "manage.py migrate and manage.py catalog sync make it ready"
            code = self._refuse(f"The database: {error}. {hint}", exit_codes.OUR_FAULT)
        except CommandError:
            raise
        except Exception:  # Python's own exit code would say that the server failed
            code = self._refuse(traceback.format_exc(), exit_codes.OUR_FAULT)
        if code:
            sys.exit(code)

    def _refuse(self, sentence, code):
        self.stderr.write(sentence)
        return code

    def _servers(self, options):
        return self._list(options, listings.servers, listings.server_lines)

    def _scenarios(self, options):
        return self._list(options, listings.scenarios, listings.scenario_lines)

    def _list(self, options, rows, lines):
        if options["json"]:
            self.stdout.write(json.dumps(rows(), indent=1))
        else:
            self.stdout.write("\n".join(lines()))
        return 0

    def _describe(self, options):
        knobs = runs.pairs("--knob", options["knobs"])
        row = describe.server(options["server"], knobs)
        if options["json"]:
            self.stdout.write(json.dumps(row, indent=1))
        else:
            self.stdout.write("\n".join(describe.lines(row)))
        return 0

    def _doctor(self, options):
        report = doctor.examine_and_save()
        found = report.as_json()
        text = (
            json.dumps(found) if options["json"] else "\n".join(doctor.as_lines(found))
        )
        self.stdout.write(text)
        return doctor.EXIT[report.level]

    def _run(self, options):
        wanted = _wanted(options)
        if options["repeat"] is None:
            return runs.run(replace(wanted, at=options["at"]))
        if options["at"]:
            raise SpecError(
                "--at is for a single run: a changed one cannot be compared"
            )
        return repeat.repeat(wanted, options["repeat"])

    def _noise(self, options):
        return repeat.noise(_wanted(options), options["repeat"])

    def _compare(self, options):
        given = compare.CompareOptions(
            options["noise"], options["json_to"], options["quiet"]
        )
        what = options["what"]
        if len(what) == 2:
            return compare.files(what[0], what[1], given)
        if len(what) != 3 or options["repeat"] is None:
            raise SpecError(
                "compare takes two set files, or two servers, a scenario and --repeat"
            )
        sides = (
            compare.ServerSide(what[0], options["knobs_a"]),
            compare.ServerSide(what[1], options["knobs_b"]),
        )
        wanted = _wanted(options | {"server": what[0], "scenario": what[2]})
        return compare.servers(sides, wanted, options["repeat"], given)

    def _claims(self, options):
        names = ("ids", "again", "only_list", "json_to")
        asked = claims.ClaimsRequest(**{name: options[name] for name in names})
        return claims.claims(asked)

    def _rejudge(self, options):
        for path in options["file"]:
            self.stdout.write(rejudge.in_file(path))
        if options["runs"] or not options["file"]:
            for line in rejudge.in_database(options["runs"]):
                self.stdout.write(line)
        return 0


def _wanted(options):
    names = ("server", "scenario", "params", "knobs", "seed", "json_to", "quiet")
    return runs.RunRequest(**{name: options[name] for name in names})


def _add_describe(parser):
    parser.add_argument("server", metavar="SERVER")
    parser.add_argument(
        "--knob", action="append", default=[], dest="knobs", metavar="NAME=VALUE"
    )
    parser.add_argument("--json", action="store_true")


def _add_run(parser):
    parser.add_argument("server", metavar="SERVER")
    parser.add_argument("scenario", metavar="SCENARIO")
    _add_settings(parser)


def _add_settings(parser):
    parser.add_argument(
        "--set", action="append", default=[], dest="params", metavar="NAME=VALUE"
    )
    parser.add_argument(
        "--knob", action="append", default=[], dest="knobs", metavar="NAME=VALUE"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", default="", dest="json_to", metavar="FILE|-")
    parser.add_argument("--quiet", action="store_true", help="only how it ended")


def _add_compare(parser):
    parser.add_argument(
        "what",
        nargs="+",
        metavar="A B [SCENARIO]",
        help="two set files, or two servers",
    )
    parser.add_argument("--repeat", type=int, metavar="N", help="runs of each server")
    for side in "ab":
        parser.add_argument(
            f"--knob-{side}",
            action="append",
            default=[],
            dest=f"knobs_{side}",
            metavar="NAME=VALUE",
            help=f"a knob of {side.upper()} alone",
        )
    parser.add_argument(
        "--noise", action="append", default=[], metavar="FILE", help="of lab noise"
    )
    _add_settings(parser)


def _add_claims(parser):
    parser.add_argument("ids", nargs="*", metavar="ID", help="none: all of them")
    parser.add_argument("--json", default="", dest="json_to", metavar="FILE|-")
    parser.add_argument("--again", action="store_true", help="run what is there, too")
    parser.add_argument(
        "--list", action="store_true", dest="only_list", help="what would be run"
    )
