"""The contract of a driver, held against every server there is.

A new folder in labs/servers is tested by this without a new test. What must start a
server starts it in the real sandbox, through the same parts as a run.
"""

import os
import re
from dataclasses import replace
from itertools import product
from pathlib import Path, PurePosixPath

import pytest

from labs.bench.contracts.driver import LAB_DIR
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.settings import as_dict, settings_of
from labs.bench.observer.syscall_names import name_of
from labs.bench.sandbox import lab_root
from labs.bench.sandbox.box import FIRST_UID
from labs.bench.sandbox.one_shot import one_shot
from labs.bench.server import binaries
from labs.plugins import registry
from models_catalog.files import reader
from tests.contracts.real_server import CHECKOUT, OPERATIONS, report
from tests.workers import SERVER_SLOT

DRIVERS = registry.servers()
MODELS = {path.stem for path in CHECKOUT.glob("models_catalog/content/models/*.md")}
CALLS = {name_of(b"%d 0x0 0x0" % number) for number in range(450)}
SIGTERM_EXIT = 128 + 15
GRAVE = re.compile(r"\[(emerg|alert|crit)\]|Traceback")
EXTREMES = ("lowest", "default", "highest")


@pytest.fixture(params=DRIVERS)
def driver(request):
    return DRIVERS[request.param]


def at(driver, extreme: str):
    """Return the driver's knobs with every number at its bound."""
    if extreme == "default":
        return driver.Knobs()
    side = "low" if extreme == "lowest" else "high"
    bounded = [s for s in settings_of(driver.Knobs) if s.bound.low is not None]
    return driver.Knobs(**{s.name: s.kind(getattr(s.bound, side)) for s in bounded})


def all_at_bounds(driver) -> list:
    """Return knobs at every combination of each alone at its bounds and defaults."""
    single = [
        replace(driver.Knobs(), **{s.name: s.kind(bound)})
        for s in settings_of(driver.Knobs)
        if s.bound.low is not None
        for bound in (s.bound.low, s.bound.high)
    ]
    return [*(at(driver, extreme) for extreme in EXTREMES), *single]


def outcome(driver, knobs) -> tuple:
    """Return all that a driver makes of its knobs."""
    return (
        driver.files(knobs, Endpoint()),
        driver.command(knobs, Endpoint()),
        driver.environment(knobs),
    )


class TestFolder:
    def test_driver_and_page_stand_in_a_folder_of_its_slug(self, driver):
        folder = CHECKOUT / "labs/servers" / driver.slug
        assert driver.folder == folder
        assert (folder / "driver.py").is_file() and (folder / "catalog.md").is_file()

    def test_its_page_speaks_of_the_same_server(self, driver):
        path = driver.folder / "catalog.md"
        page = reader.parse(path.read_bytes(), path, reader.ServerPage)
        assert page.slug == driver.slug
        assert page.concurrency_model_slug == driver.concurrency_model

    def test_its_concurrency_model_is_in_the_catalog(self, driver):
        assert driver.concurrency_model in MODELS

    def test_its_page_explains_every_knob(self, driver):
        text = (driver.folder / "catalog.md").read_text().lower()
        names = [s.bound.label.lower() for s in settings_of(driver.Knobs)]
        assert not [name for name in names if name not in text]


class TestKnobs:
    def test_each_has_bounds_a_label_and_help(self, driver):
        for setting in settings_of(driver.Knobs):
            bound = setting.bound
            assert bound.label[0].isupper() and bound.help.endswith("."), setting.name
            if setting.kind in (int, float):
                assert bound.low < bound.high
                assert bound.low <= setting.default <= bound.high

    def test_a_time_has_its_unit(self, driver):
        for setting in settings_of(driver.Knobs):
            assert (setting.bound.unit == "s") == setting.name.endswith("_s")

    def test_one_name_is_one_thing_in_all_servers(self):
        kinds = {}
        for driver in DRIVERS.values():
            for setting in settings_of(driver.Knobs):
                kinds.setdefault(setting.name, set()).add(
                    (setting.kind, setting.bound.label, setting.bound.unit)
                )
        assert not {name: found for name, found in kinds.items() if len(found) > 1}

    def test_each_reaches_the_server(self, driver):
        plain = outcome(driver, driver.Knobs())
        for setting in settings_of(driver.Knobs):
            values = {setting.bound.low, setting.bound.high, *setting.bound.choices}
            if setting.kind is bool:
                values = {True, False}
            changed = [
                replace(driver.Knobs(), **{setting.name: setting.kind(value)})
                for value in values - {None, setting.default}
            ]
            assert all(outcome(driver, knobs) != plain for knobs in changed), setting


class TestConfiguration:
    def test_it_is_made_at_every_bound(self, driver):
        for knobs in all_at_bounds(driver):
            files = driver.files(knobs, Endpoint())
            assert files and all(isinstance(text, str) for text in files.values())
            for name in files:
                parts = PurePosixPath(name).parts
                assert parts[0] != "/" and ".." not in parts, name

    def test_the_same_knobs_make_the_same(self, driver):
        for knobs in all_at_bounds(driver):
            assert outcome(driver, knobs) == outcome(driver, knobs)

    def test_it_listens_where_it_is_told_to(self, driver):
        here, there = (Endpoint(port=port) for port in (8080, 8099))
        knobs = driver.Knobs()
        made = [
            repr((driver.files(knobs, e), driver.command(knobs, e)))
            for e in (here, there)
        ]
        assert made[0].replace("8080", "8099") == made[1] != made[0]

    def test_its_first_file_is_explained_or_plain(self, driver):
        first = next(iter(driver.files(driver.Knobs(), Endpoint()).items()))
        assert not re.search(r"\$\{?[a-z_]+\}?", first[1]), first[0]

    def test_its_command_begins_with_its_binary(self, driver):
        for knobs in all_at_bounds(driver):
            command = driver.command(knobs, Endpoint())
            assert command[0] in (driver.binary, *driver.helpers)
            assert driver.binary.startswith("/")
            assert all(isinstance(word, str) for word in command)

    def test_its_command_names_only_files_that_are_there(self, driver):
        for knobs in all_at_bounds(driver):
            files = driver.files(knobs, Endpoint())
            words = driver.command(knobs, Endpoint())
            named = [word for word in words if word.startswith(f"{LAB_DIR}/")]
            assert named
            assert {word.removeprefix(f"{LAB_DIR}/") for word in named} <= set(files)


class TestModel:
    def test_workers_are_counted_where_a_connection_holds_one(self, driver):
        for knobs in all_at_bounds(driver):
            slots = driver.worker_slots(knobs)
            assert (slots is None) == (not driver.busy_in)
            assert slots is None or slots >= 1
            assert driver.needs(knobs).processes > (slots or 0)

    def test_a_worker_waits_in_a_call_that_is_known(self, driver):
        assert driver.busy_in <= CALLS

    def test_it_speaks_a_protocol_and_answers_pings(self, driver):
        assert driver.protocol in registry.protocols()
        assert "ping" in driver.operations
        assert driver.package

    def test_a_scenario_applies_or_says_why_not(self, driver):
        for scenario in registry.scenarios().values():
            why_not = registry.applicable(driver, scenario)
            can = driver.operations | registry.protocols()[driver.protocol].abilities
            knobs = set(type(driver).Knobs.__dataclass_fields__)
            assert bool(why_not) == bool(
                scenario.needs - can
                or scenario.needs_knobs - knobs
                or (scenario.needs_reload and not driver.reload_signal)
                or (scenario.slug == "defence" and least_header_timeout_s(driver))
            )
            assert not why_not.endswith(".")


def least_header_timeout_s(driver) -> float:
    settings = {s.name: s for s in settings_of(type(driver).Knobs)}
    return settings["header_timeout_s"].bound.low  # 0: it can be off


@pytest.mark.server
class TestVersion:
    def test_it_is_what_the_binary_says(self, driver, monkeypatch, tmp_path):
        root = lab_root.find()
        reason = root.reason if not root.exists else binaries.missing(driver, root)
        if reason:
            pytest.skip(". ".join(filter(None, (reason, driver.how_to_get))))
        bound = binaries.bound(driver)
        # An empty home, so that nothing is remembered from before.
        (tmp_path / "root").symlink_to(root.root)
        (tmp_path / "bin").symlink_to(root.home / "bin")
        monkeypatch.setenv("LABS_HOME", str(tmp_path))
        found = registry.availability(driver)
        assert found.available, found.reason
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?", found.version)
        command = [driver.binary, *driver.version_arguments]
        _, said = one_shot(command, binaries=bound)
        assert found.version in said


@pytest.mark.server
class TestStart:
    @pytest.mark.parametrize("extreme", EXTREMES)
    def test_it_starts_and_answers(self, driver, extreme):
        told = report(driver, as_dict(at(driver, extreme)))
        assert told["fault"] == ""
        protocol = registry.protocols()[driver.protocol]
        for answer in told["answers"]:
            parser = protocol.parser()
            data = answer.encode("latin-1")
            assert parser.feed(data) or parser.eof()
            assert parser.ok

    @pytest.mark.parametrize("extreme", EXTREMES)
    def test_its_backlog_is_what_the_kernel_has(self, driver, extreme):
        knobs = at(driver, extreme)
        if not hasattr(knobs, "backlog"):
            pytest.skip(f"{driver.name} has no knob for its backlog")
        told = report(driver, as_dict(knobs))
        # listen(2): what is asked for, up to the system's own limit.
        limit = int(Path("/proc/sys/net/core/somaxconn").read_text())
        queues = told["accept_queue_limit"] / min(knobs.backlog, limit)
        # One for all, or with SO_REUSEPORT one for each process.
        assert queues in (1, getattr(knobs, "processes", 1))

    def test_it_does_each_operation_that_it_claims(self, driver):
        told = report(driver, as_dict(driver.Knobs()))
        assert told["fault"] == ""
        assert told["operations"].keys() == driver.operations
        for name, done in told["operations"].items():
            parser = registry.protocols()[driver.protocol].parser()
            data = done["answer"].encode("latin-1")
            assert parser.feed(data) or parser.eof(), name
            assert parser.ok, name
            if name == "bytes":
                # The body, and a head or records around it that are not longer.
                assert OPERATIONS[name] <= len(data) < 2 * OPERATIONS[name]
            elif name in ("wait", "cpu"):
                assert done["took_s"] >= OPERATIONS[name] / 1000, name

    @pytest.mark.parametrize("extreme", EXTREMES)
    def test_its_log_tells_of_nothing_grave(self, driver, extreme):
        told = report(driver, as_dict(at(driver, extreme)))
        assert not [line for line in told["log"] if GRAVE.search(line)]

    @pytest.mark.parametrize("extreme", EXTREMES)
    def test_it_stops_when_asked_and_leaves_nothing(self, driver, extreme):
        told = report(driver, as_dict(at(driver, extreme)))
        assert told["exit_code"] in (0, SIGTERM_EXIT)
        assert len(told["pids"]) >= 2
        assert told["left"] == []

    def test_nothing_is_left_when_it_is_ended_under_slow_clients(self, driver):
        told = report(driver, as_dict(driver.Knobs()), slow_clients=3)
        assert told["fault"] == "" and len(told["pids"]) >= 2
        assert told["left"] == []

    def test_none_of_its_processes_is_roots(self, driver):
        if os.geteuid():
            pytest.skip("An ordinary user's sandbox has no user of its own")
        uids = report(driver, as_dict(driver.Knobs()))["uids"]
        assert uids == [FIRST_UID + SERVER_SLOT]


POOLED = [
    (slug, name)
    for slug, name in product(DRIVERS, ("processes", "threads"))
    if name in DRIVERS[slug].Knobs.__dataclass_fields__
]
SINGLE_THREADED = [
    slug
    for slug, driver in DRIVERS.items()
    if driver.concurrency_model == "single-threaded-blocking"
]


@pytest.mark.server
class TestPool:
    @pytest.mark.parametrize("slug, name", POOLED)
    def test_each_more_in_the_knob_is_one_more_seen_from_outside(self, slug, name):
        driver = DRIVERS[slug]
        few = at(driver, "lowest")
        more = replace(few, **{name: getattr(few, name) + 2})
        processes, threads = report(driver, as_dict(few))["tasks"]
        # With one thread more, or one process with as many threads as its like has.
        each = 1 if name == "threads" else _threads_of_a_worker(driver, few)
        wanted = (processes + 2 * (name == "processes"), threads + 2 * each)
        assert report(driver, as_dict(more), wanted=wanted)["tasks"] == list(wanted)

    @pytest.mark.parametrize("slug", SINGLE_THREADED)
    def test_a_single_thread_is_one(self, slug):
        driver = DRIVERS[slug]
        assert report(driver, as_dict(driver.Knobs()))["tasks"] == [1, 1]


def _threads_of_a_worker(driver, knobs) -> int:
    """Return the threads of the process that was made last, as its board says."""
    board = report(driver, as_dict(knobs))["board"]
    return max(board, key=lambda cell: cell["pid"])["threads"]
