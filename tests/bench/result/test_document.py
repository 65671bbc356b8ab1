"""The result document: assembled from facts, valid by its schema, adding up."""

import json
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest

from labs.bench.contracts import events
from labs.bench.contracts.events import Status
from labs.bench.contracts.scenario import Judgement
from labs.bench.contracts.stored_events import command_event
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.tick_window import Totals
from labs.bench.result import document as result
from labs.bench.run import environment
from labs.bench.run.schedule import Schedule
from labs.scenarios.slowloris import Slowloris
from labs.scenarios.throughput import Throughput
from tests import schemas

DOCS = Path(__file__).resolve().parents[3] / "docs"
SCHEMA = json.loads((DOCS / "result.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)  # `validate` checks it each time


def check(document):
    # Through JSON, as it is stored: a tuple or a NaN must not get by.
    text = json.dumps(document, allow_nan=False)
    VALIDATOR.validate(json.loads(text))


def given(scenario, **params) -> result.RunSetup:
    params = scenario.Params(**params)
    return result.RunSetup(
        server={
            "slug": "double",
            "name": "Double",
            "version": "1.0",
            "concurrency_model": "iterative",
            "worker_noun": "process",
            "knobs": {"backlog": 16},
        },
        scenario={"slug": "a-scenario", "params": dict(vars(params))},
        seed=1,
        plan=scenario.plan(params),
        configuration={"server.conf": "listen 127.0.0.1"},
        worker_slots=1,
        headline=scenario.headline,
    )


def walked(plan, length_s: float) -> Schedule:
    """A schedule that has walked through every phase, `length_s` for each."""
    schedule = Schedule(plan)
    t_s = 0.1
    while not schedule.finished:
        if schedule.due(t_s):
            schedule.begin(t_s)
        schedule._ends_s = t_s = round(t_s + length_s, 4)
    return schedule


def facts(schedule: Schedule, tally: Tally | None = None, **totals):
    """Facts in which every phase that counts has counted what is in `tally`."""
    for stretch in schedule.stretches:
        stretch.tally = tally
    return result.Facts(
        totals=Totals(**totals),
        duration_s=12.5,
        server_cpu_s=3.2,
        load_cpu_s=1.1,
        environment=environment.describe(
            {"level": "strict", "profile": "strict-1"}, {0}, {1}
        ),
        stretches=schedule.stretches,
    )


def tick(t_s: float, **values):
    return events.tick(t_s, values, [], [])


def answers(ok: int, unfinished: int = 0) -> Tally:
    """A tally of answers that took 5 ms each."""
    tally = Tally(counted=True)
    tally.attempts, tally.unfinished = ok + unfinished, unfinished
    tally.fresh_s += [0.005] * ok
    return tally


@pytest.fixture
def closed() -> result.Record:
    record = result.Record(given(Throughput(), connections=5))
    for n in range(1, 30):
        record.add(
            tick(
                round(0.2 * n, 4),
                server_cpu_percent=60,
                load_cpu_percent=30,
                server_rss_bytes=10_000_000 + n,
                accept_queue=n % 3,
            )
        )
    return record


class TestRecord:
    def test_columns_have_one_length_whenever_a_name_begins(self):
        record = result.Record(given(Slowloris()))
        record.add(tick(0.2, server_threads=1))
        record.add(tick(0.4, server_threads=2, slow_held=8))
        record.add(tick(0.6, slow_held=9))
        assert record.series == {
            "t_s": [0.2, 0.4, 0.6],
            "server_threads": [1, 2, None],
            "slow_held": [None, 8, 9],
        }

    def test_events_come_in_the_order_of_time(self):
        record = result.Record(given(Slowloris()))
        record.add(events.log(3.0, "server", "late"))
        record.add_probes([[1.0, "ok", 2.0], [0.5, "read_timeout", None]])
        record.store(command_event(2.0, "stop", {}, ""))
        document = record.document(
            Status.FAILED,
            "server_exited",
            "It ended",
            facts(walked(record.setup.plan, 5.0)),
        )
        assert [e["t_s"] for e in document["events"]] == [0.5, 1.0, 2.0, 3.0]
        check(document)


class TestDocument:
    def document(self, record, tally, length_s=5.0):
        schedule = walked(record.setup.plan, length_s)
        return record.document(Status.FINISHED, "", "", facts(schedule, tally))

    def test_answers_are_counted_and_rated(self, closed):
        document = self.document(closed, answers(5_000))
        summary = document["summary"]
        assert summary["requests_per_s"] == 1000.0
        assert summary["latency_p99_ms"] == pytest.approx(5.0, rel=0.001)
        assert summary["accept_queue_max"] == 2
        assert document["trust"]["holds"] is True

    def test_with_a_judgement_it_is_valid(self, closed):
        document = self.document(closed, answers(5_000))
        judgement = Throughput().judge(document)
        check(result.with_judgement(document, judgement))
        assert judgement.verdict == "measured"

    def test_a_finished_run_must_have_a_verdict(self, closed):
        with pytest.raises(jsonschema.ValidationError):
            check(self.document(closed, answers(5_000)))

    def test_answers_that_got_lost_make_it_inconclusive(self, closed):
        tally = answers(5_000)
        tally.attempts += 1
        document = self.document(closed, tally)
        assert document["trust"]["holds"] is False
        assert Throughput().judge(document).verdict == "inconclusive"

    def test_a_rate_that_breaks_littles_law_makes_it_inconclusive(self, closed):
        document = self.document(closed, answers(5_000), length_s=10.0)
        failed = [c["slug"] for c in document["trust"]["checks"] if not c["holds"]]
        assert failed == ["littles_law"]

    def test_no_answer_leaves_no_latency(self, closed):
        document = self.document(closed, answers(0, unfinished=5))
        assert document["summary"]["latency_p50_ms"] is None
        judgement = Throughput().judge(document)
        check(result.with_judgement(document, judgement))
        assert judgement.verdict == "inconclusive"


class TestSlow:
    def test_every_name_of_its_kind_is_given(self):
        record = result.Record(given(Slowloris(), connections=2))
        record.add(tick(0.2, server_rss_bytes=1000, load_lag_ms=1.0))
        record.add(tick(6.0, server_rss_bytes=3000, load_lag_ms=1.0))
        schedule = walked(record.setup.plan, 5.0)
        probes = [[round(0.2 + 0.5 * n, 4), "ok", 2.0] for n in range(40)]
        record.add_probes(probes)
        held = facts(schedule, slow_opened=2, slow_held_max=2)
        document = record.document(Status.FINISHED, "", "", held)
        named = {
            "connections_opened",
            "connections_held_max",
            "denied_at_connections",
            "probe_ok_ratio_before",
            "probe_ok_ratio_during",
            "probe_ok_ratio_after",
            "recovered_after_s",
            "bytes_per_connection",
        }
        assert named <= document["summary"].keys()
        assert document["summary"]["bytes_per_connection"] == 1000.0
        check(result.with_judgement(document, Slowloris().judge(document)))


class TestSchema:
    """What it refuses: documents of which one thing is wrong."""

    WRONG = {
        "a percentile below 0": lambda d: d["summary"].update(latency_p99_ms=-1),
        "one of a phase": lambda d: d["phases"][1]["counted"].update(latency_p99_ms=-1),
        "a duration below 0": lambda d: d.update(duration_s=-1),
        "a name that nobody knows": lambda d: d["summary"].update(kittens=7),
        "a load without its counts": lambda d: d["summary"].pop("attempts"),
        "a lag below 0": lambda d: d["series"].update(load_lag_ms=[-1.0]),
        "capacity without its figure": lambda d: d["scenario"].update(slug="capacity"),
        "probes of which nothing is said": lambda d: d["events"].append(
            {"type": "probe", "t_s": 1.0, "outcome": "ok", "latency_ms": 2.0}
        ),
        "an event before the run": lambda d: d["events"].append(
            {"type": "command", "t_s": -1.0, "command": "stop", "values": {}}
        ),
    }

    @pytest.fixture
    def document(self, closed):
        schedule = walked(closed.setup.plan, 5.0)
        told = facts(schedule, answers(5_000))
        document = closed.document(Status.FINISHED, "", "", told)
        return result.with_judgement(document, Throughput().judge(document))

    @pytest.mark.parametrize("wrong", WRONG)
    def test_one_with_a_thing_wrong_is_refused(self, document, wrong):
        document = json.loads(json.dumps(document))
        check(document)
        self.WRONG[wrong](document)
        with pytest.raises(jsonschema.ValidationError):
            check(document)

    def test_columns_of_several_lengths_are_found_by_the_tests_own_check(
        self, document
    ):
        schemas.check(document, "result")
        document["series"]["accept_queue"].pop()
        with pytest.raises(AssertionError):
            schemas.check(document, "result")


class TestJudgement:
    def test_the_document_given_is_not_changed(self):
        document = {"verdict": None, "sentence": "", "findings": []}
        judged = result.with_judgement(document, Judgement("holds", "It did"))
        assert (judged["verdict"], document["verdict"]) == ("holds", None)


class TestGiven:
    def test_it_takes_what_is_known_from_a_resolved_spec(self):
        scenario = Throughput()
        driver = SimpleNamespace(
            slug="x",
            name="X",
            concurrency_model="y",
            worker_noun="thread",
            worker_slots=lambda knobs: 64,
        )
        params = scenario.Params()
        resolved = SimpleNamespace(
            driver=driver,
            scenario=scenario,
            knobs=params,
            params=params,
            spec=SimpleNamespace(seed=9),
        )
        given = result.RunSetup.of(resolved, "2.0", {})
        assert (given.worker_slots, given.seed) == (64, 9)
        assert given.server["version"] == "2.0"
