"""A generator that is starved on purpose: its run is inconclusive, and says why.

All but the sandbox is the real thing: engine, loop, ticks, record, checks, judge.
"""

from __future__ import annotations

from typing import Any

import pytest

from labs.bench.contracts import events
from labs.bench.contracts.events import TICK_S, Status
from labs.bench.contracts.scenario import Scenario
from labs.bench.generator.tick_window import Totals
from labs.bench.result import document as result
from labs.bench.run.schedule import Schedule
from labs.scenarios.capacity import Capacity
from labs.scenarios.latency import Latency
from labs.scenarios.throughput import Throughput
from tests.bench.result.test_document import given
from tests.bench.runs import MACHINE
from tests.calibration.fakes import Steady
from tests.calibration.lockstep import Lockstep, lockstep
from tests.schemas import check

CALM = {"load_cpu_percent": 30.0, "load_wait_percent": 1.0, "server_cpu_percent": 50.0}
HOGGED = {
    "server_cores_busy_percent": 100.0,
    "server_wait_percent": 30.0,
    "load_cores_busy_percent": 30.0,
}
SHORT: dict[type[Scenario], dict[str, Any]] = {
    Latency: {"rate_per_s": 100, "rate_to_per_s": 200, "steps": 2, "step_s": 2.0},
    Capacity: {"connections": 8, "wait_ms": 200},
    Throughput: {"connections": 4, "duration_s": 2.0, "warm_up_s": 0.5},
}


def take_away(world: Lockstep, taken_s: float, every_s: float) -> None:
    """Let something else have the generator's core for so long, again and again."""

    def take() -> None:
        world.now_s += taken_s
        world.loop.at(world.now_s + every_s - taken_s, take)

    if taken_s:
        world.loop.at(world.now_s + every_s - taken_s, take)


def judged(
    kind: type[Scenario], taken_s: float = 0.0, every_s: float = 1.0, **shares: float
) -> dict:
    """Run a scenario in lockstep with a server of 5 ms; return the result.

    The generator is away for `taken_s` of each `every_s`. `shares` are percent of a
    core that the ticks tell, as the kernel would.
    """
    scenario, params = kind(), SHORT[kind]
    record = result.Record(given(scenario, **params))
    with lockstep(Steady, service_s=0.005) as world:
        take_away(world, taken_s, every_s)
        schedule = Schedule(record.setup.plan)
        began_s = world.now_s
        while not schedule.finished:
            t_s = world.now_s - began_s
            if phase := schedule.due(t_s):
                stretch = schedule.begin(t_s)
                counts = stretch.counts
                stretch.tally = world.engine.begin_phase(
                    phase.load, counted=counts, length_s=phase.duration_s
                )
            elif not schedule.finished:
                record.add(_tick(world, began_s, CALM | shares))
        world.engine.finish()
    facts = result.Facts(Totals(), t_s, 1.0, 1.0, MACHINE, schedule.stretches)
    document = record.document(Status.FINISHED, "", "", facts)
    document = result.with_judgement(document, scenario.judge(document))
    check(document, "result")
    return document


def _tick(world: Lockstep, began_s: float, shares: dict[str, float]) -> dict:
    before_s = world.now_s
    world.go_on(TICK_S)
    values = world.engine.take_window(world.now_s - before_s)
    lag = {"load_lag_ms": 1000 * world.loop.take_lag()}
    return events.tick(world.now_s - began_s, values | lag | shares, [], [])


def failed(document: dict) -> set[str]:
    return {c["slug"] for c in document["trust"]["checks"] if not c["holds"]}


class TestOpenLoop:
    def test_one_that_has_its_core_is_believed(self):
        document = judged(Latency)
        assert (document["verdict"], failed(document)) == ("measured", set())
        assert document["summary"]["latency_p99_ms"] == pytest.approx(5.0, abs=0.1)

    @pytest.mark.parametrize(
        "taken_s, every_s",
        [(0.03, 0.06), (0.1, 0.12), (0.4, 2.0), (0.9, 3.0), (0.2, 2.0)],
        ids=["half of the time", "nearly always", "20 %", "30 %", "once"],
    )
    def test_one_that_is_away_is_not(self, taken_s, every_s):
        document = judged(Latency, taken_s, every_s)
        assert document["verdict"] == "inconclusive"
        assert "generator_present" in failed(document)
        assert document["sentence"].startswith("The measurement cannot be trusted: ")
        # It is wrong, too: what is late is read as slow.
        assert document["summary"]["latency_p99_ms"] > 20

    @pytest.mark.parametrize("taken_s", [0.01, 0.02, 0.03, 0.05, 0.08, 0.15, 0.3])
    @pytest.mark.parametrize("every_s", [0.32, 0.9, 2.1, 4.4])
    def test_whatever_is_taken_a_figure_that_it_moved_is_not_believed(
        self, taken_s, every_s
    ):
        document = judged(Latency, taken_s, every_s)
        p99_ms = document["summary"]["latency_p99_ms"]
        believed = document["verdict"] == "measured"
        # Of few requests the percentile is that of two or three, and one of them may
        # be both begun and read in such a time.
        assert not believed or p99_ms - 5.0 <= max(10.0, p99_ms / 3)

    def test_one_that_is_away_in_a_step_decides_nothing_in_it(self):
        document = judged(Latency, 0.3, 4.0)  # in the second step, once
        assert (document["verdict"], failed(document)) == ("measured", set())
        first, second = (p["counted"] for p in document["phases"] if p["counted"])
        assert first["doubts"] == [] and second["latency_p99_ms"] > 50
        assert "generator_present" in {check["slug"] for check in second["doubts"]}
        assert document["findings"][0]["measured"] == 100
        assert "what was seen at 200/s cannot be trusted" in document["sentence"]

    def test_one_that_used_up_its_core_is_not(self):
        document = judged(Latency, load_cpu_percent=60.0, load_wait_percent=38.0)
        assert document["verdict"] == "inconclusive"
        assert failed(document) == {"generator_not_saturated"}


class TestClosedLoop:
    def test_one_that_has_its_core_is_believed(self):
        document = judged(Throughput)
        assert (document["verdict"], failed(document)) == ("measured", set())
        rate = document["summary"]["requests_per_s"]
        assert rate == pytest.approx(4 / 0.005, rel=0.01)

    @pytest.mark.parametrize("taken_s, every_s", [(0.4, 2.0), (0.3, 0.6)])
    def test_one_that_is_away_is_not(self, taken_s, every_s):
        document = judged(Throughput, taken_s, every_s)
        assert document["verdict"] == "inconclusive"
        assert "generator_present" in failed(document)
        assert document["summary"]["requests_per_s"] < 0.9 * 4 / 0.005

    @pytest.mark.parametrize("ran, waited", [(95.0, 0.0), (25.0, 70.0)])
    def test_one_that_used_up_its_core_is_a_lower_bound(self, ran, waited):
        shares = {"load_cpu_percent": ran, "load_wait_percent": waited}
        document = judged(Throughput, **shares)
        assert document["verdict"] == "inconclusive"
        assert failed(document) == {"generator_not_saturated"}
        assert document["sentence"].startswith("At least 798 requests/s: ")

    def test_it_is_no_limit_where_the_server_is_at_its_own(self):
        document = judged(Throughput, load_cpu_percent=95.0, server_cpu_percent=97.0)
        assert document["verdict"] == "measured"


class TestAtOnce:
    def test_whoever_has_its_core_is_believed(self):
        document = judged(Capacity)
        assert (document["verdict"], failed(document)) == ("measured", set())
        assert document["summary"]["ok"] == 8

    def test_a_server_that_waited_for_its_core_says_nothing_of_its_limit(self):
        document = judged(Capacity, **HOGGED)
        assert document["verdict"] == "inconclusive"
        assert failed(document) == {"cores_not_contended"}
        told = "Nothing else wanted the processors does not hold"
        assert told in document["sentence"]
