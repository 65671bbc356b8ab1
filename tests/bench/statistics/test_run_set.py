"""A set of runs: its figures, its merged percentiles, its noise, its document."""

from __future__ import annotations

import json
import random

import pytest

from labs.bench.result import document as results
from labs.bench.statistics import run_set
from labs.bench.statistics.figures import figures, merged
from labs.scenarios import (
    defence,
    idle_connections,
    slow_post,
    slow_read,
    slowloris,
)
from tests.bench import runs
from tests.labs.runs import recording
from tests.scenarios import documents
from tests.scenarios.test_recordings import RECORDINGS
from tests.schemas import check

BUCKET = 1 / 2048  # of a value: what a histogram may be off


def by_slug(several: list[dict]) -> dict:
    return {figure.slug: figure for figure in figures(several)}


def latencies(seed: int, count: int, mean_us: float = 5000.0) -> list[int]:
    source = random.Random(seed)
    return [round(source.expovariate(1 / mean_us)) for _ in range(count)]


def nearest_rank(values: list[int], percent: int) -> int:
    return sorted(values)[-(-len(values) * percent // 100) - 1]


class TestFindings:
    def test_each_number_is_a_figure_of_all_runs(self):
        figure = by_slug(runs.rates([10.0, 30.0, 20.0]))["requests_per_s"]
        assert figure.values == (10.0, 30.0, 20.0)
        told = figure.as_json()
        assert (told["value"], told["of"]) == (20.0, "median")
        assert (told["least"], told["most"], told["interval"]) == (10.0, 30.0, None)
        assert (told["statement"], told["unit"]) == ("Requests per s", "requests/s")

    def test_six_runs_have_an_interval(self):
        figure = by_slug(runs.rates([3.0, 1.0, 2.0, 6.0, 5.0, 4.0]))["requests_per_s"]
        assert figure.as_json()["interval"] == [1.0, 6.0]

    @pytest.mark.parametrize("word", ["never", None, True])
    def test_words_and_truths_are_no_numbers(self, word):
        assert "denied_at" not in by_slug([runs.run({"denied_at": word})] * 3)

    def test_a_number_that_some_runs_lack_has_no_interval(self):
        several = [runs.run({"denied_at": n}) for n in (8, 8, 8, 8, 8, 8, "never")]
        told = by_slug(several)["denied_at"].as_json()
        assert told["values"] == [8, 8, 8, 8, 8, 8, None]
        assert (told["value"], told["interval"]) == (8, None)

    def test_one_that_only_a_later_run_has_is_kept(self):
        several = [runs.run({}), runs.run({"recovered_after": 1.5})]
        assert by_slug(several)["recovered_after"].values == (None, 1.5)


class TestMergedPercentiles:
    @pytest.mark.parametrize("percent", [50, 90, 99])
    def test_they_are_those_of_all_requests_together(self, percent):
        # A quick run with many requests, and two slow ones.
        parts = [
            latencies(1, 5000, 800),
            latencies(2, 300, 9000),
            latencies(3, 200, 4e4),
        ]
        several = [runs.run(phases=[runs.phase(part)]) for part in parts]
        figure = by_slug(several)[f"latency_p{percent}_ms"]
        exact_ms = nearest_rank(sum(parts, []), percent) / 1000
        assert exact_ms * (1 - BUCKET) <= figure.value <= exact_ms
        assert figure.as_json()["of"] == "merged"

    def test_they_are_no_average(self):
        # 90 quick answers and 10 slow ones: p50 is quick, the mean of both is neither.
        several = [
            runs.run(phases=[runs.phase([1000] * 90)]),
            runs.run(phases=[runs.phase([9000] * 10)]),
        ]
        figure = by_slug(several)["latency_p50_ms"]
        assert figure.values == (1.0, pytest.approx(9.0, rel=BUCKET))
        assert figure.value == 1.0

    def test_single_runs_have_their_own_beside_them(self):
        parts = [latencies(seed, 400) for seed in range(6)]
        several = [runs.run(phases=[runs.phase(part)]) for part in parts]
        figure = by_slug(several)["latency_p90_ms"]
        for value, part in zip(figure.values, parts, strict=True):
            assert value == pytest.approx(nearest_rank(part, 90) / 1000, rel=BUCKET)
        assert figure.as_json()["interval"] == [min(figure.values), max(figure.values)]

    def test_they_take_the_place_of_those_among_the_findings(self):
        told = {"latency_p99_ms": 77.0, "requests_per_s": 5.0}
        several = [runs.run(told, [runs.phase([1000] * 5)])] * 2
        assert by_slug(several)["latency_p99_ms"].value == 1.0
        # A result of before phases were counted apart has nothing to merge.
        bare = [runs.run(told) | {"phases": []}] * 2
        assert by_slug(bare)["latency_p99_ms"].as_json()["of"] == "median"

    def test_merging_is_recording_together(self):
        parts = [latencies(seed, 50) for seed in range(4)]
        one = merged([runs.histogram(part) for part in parts])
        assert one.to_json() == runs.histogram(sum(parts, [])).to_json()


class TestPhases:
    def step(self, clients: int, *latencies_us: int, **told) -> dict:
        return runs.phase(latencies_us, load={"connections": clients}, **told)

    def test_steps_are_told_apart_by_their_load(self):
        several = [runs.run(phases=[self.step(1, 100), self.step(8, 800)])] * 2
        found = by_slug(several)
        assert found["p50_at_1_connections"].value == 0.1
        figure = found["p50_at_8_connections"]
        assert figure.value == 0.8
        assert figure.statement == "Half of the answers came within, 8 connections"

    def test_a_run_that_left_a_step_out_does_not_shift_the_others(self):
        several = [
            runs.run(phases=[self.step(1, 100), self.step(4, 400), self.step(8, 800)]),
            runs.run(phases=[self.step(1, 100), self.step(8, 900)]),
        ]
        found = by_slug(several)
        assert found["p50_at_8_connections"].values == (0.8, 0.9)
        assert found["p50_at_4_connections"].values == (0.4, None)

    def test_rates_are_loads_too(self):
        load = {"type": "open_loop", "rate_per_s": 500.0}
        steps = [
            runs.phase([1000], load=load),
            runs.phase([2000], load=load | {"rate_per_s": 1000.0}),
        ]
        # As the scenario calls its own findings, which they replace.
        told = {"p99_at_500_per_s": 77.0}
        found = by_slug([runs.run(told, steps)])
        assert found["p99_at_500_per_s"].value == 1.0
        assert found["p99_at_1000_per_s"].value == 2.0
        assert found["p99_at_500_per_s"].statement.endswith(", 500 requests/s offered")

    def test_phases_of_one_load_are_told_apart_by_their_name(self):
        parts = [runs.phase([1000], "kept"), runs.phase([5000], "churn")]
        found = by_slug([runs.run(phases=parts)])
        assert (found["p50_kept"].value, found["p50_churn"].value) == (
            1.0,
            pytest.approx(5.0, rel=BUCKET),
        )

    def test_what_the_generator_limited_says_nothing(self):
        several = [
            runs.run(phases=[self.step(1, 100), self.step(8, 800, generator_limited=n)])
            for n in (False, True)
        ]
        found = by_slug(several)
        assert found["p50_at_1_connections"].values == (0.1, 0.1)
        assert found["p50_at_8_connections"].values == (0.8, None)

    def test_without_an_answer_there_is_no_percentile(self):
        assert by_slug([runs.run(phases=[runs.phase([])])]) == {}


class TestNoise:
    def test_it_is_of_each_figure_that_every_run_has(self):
        several = [
            runs.run({"requests_per_s": value, "lost": 0, "denied_at": at})
            for value, at in zip(runs.spread(1, 12), [8] * 11 + ["never"], strict=True)
        ]
        found = run_set.noise(figures(several))
        assert found.keys() == {"requests_per_s"} | {
            f"latency_p{percent}_ms" for percent in (50, 90, 99)
        }
        assert 0 < found["requests_per_s"]["floor"] < 0.1
        assert found["latency_p50_ms"]["floor"] == 0

    def test_fewer_than_twelve_runs_have_none(self):
        assert run_set.noise(figures(runs.rates(runs.spread(1, 11)))) == {}


class TestDocument:
    def test_it_is_valid_by_its_schema(self):
        several = runs.rates(runs.spread(1, 12))
        document = run_set.document(several)
        check(document, "set")
        check(document | {"noise": run_set.noise(figures(several))}, "set")

    def test_it_tells_what_was_run_and_how_it_ended(self):
        several = [*runs.rates([1.0, 2.0]), runs.run(verdict="inconclusive", seed=9)]
        document = run_set.document(several)
        assert document["seeds"] == [1, 2, 9]
        assert document["verdicts"] == {"measured": 2, "inconclusive": 1}
        assert document["server"] == several[0]["server"]
        assert document["runs"] == several and document["noise"] is None

    def test_the_numbers_of_inconclusive_runs_are_left_out(self):
        doubtful = runs.run({"requests_per_s": 1e6}, verdict="inconclusive")
        document = run_set.document([*runs.rates([1.0, 2.0, 3.0]), doubtful])
        assert document["figures"]["requests_per_s"]["values"] == [1.0, 2.0, 3.0]
        check(run_set.document([doubtful]), "set")


STEPS = [(8, "." * 10), (16, "x" * 10)]
# Every kind of document that tests/scenarios/documents.py makes.
PRETENDED = [
    (slowloris.Slowloris(), documents.slowloris(slowloris.Params(), STEPS)),
    *(
        (
            scenario,
            documents.held_run(scenario.slug, {"type": kind}, scenario.Params(), STEPS),
        )
        for scenario, kind in (
            (slow_post.SlowPost(), "slow_bodies"),
            (slow_read.SlowRead(), "slow_reads"),
            (idle_connections.IdleConnections(), "idle_connections"),
        )
    ),
    (defence.Defence(), documents.twice(defence.Params(), "x" * 40, "." * 40)),
]


class TestEveryScenario:
    """Whatever a scenario finds can be put into a set."""

    @pytest.mark.parametrize(
        ("scenario", "result"),
        PRETENDED,
        ids=[type(scenario).__name__ for scenario, _ in PRETENDED],
    )
    def test_a_pretended_run_can_be(self, scenario, result):
        judged = results.with_judgement(result, scenario.judge(result))
        run = judged | {"seed": 1, "environment": runs.MACHINE}
        document = run_set.document([run] * 6)
        assert document["verdicts"] == {run["verdict"]: 6}
        check(document["figures"], "urn:concsite:set:1#/properties/figures")
        numbers = {
            row["slug"]
            for row in run["findings"]
            if isinstance(row["measured"], int | float)
        }
        assert numbers and document["figures"].keys() >= numbers

    @pytest.mark.parametrize("name", [path.stem for path in RECORDINGS])
    def test_a_recorded_run_can_be(self, name):
        result = recording(name)[-1]["result"]
        document = run_set.document([result] * 3)
        check(document, "set")
        assert bool(document["figures"]) is (result["verdict"] != "inconclusive")
        assert json.loads(json.dumps(document)) == document
