"""The numbers of a tick and of a run come from the same records."""

import random

import pytest

from labs.bench.window import OK, Window

NO_ANSWERS = {
    "requests_per_s": 0.0,
    "errors_per_s": 0.0,
    "latency_p50_ms": None,
    "latency_p90_ms": None,
    "latency_p99_ms": None,
    "latency_max_ms": None,
}


def answered(window: Window, *latencies_ms: float, measured: bool = True) -> None:
    for latency_ms in latencies_ms:
        if measured:
            window.begun()
        window.ended(OK, latency_ms / 1000, measured)


class TestTick:
    def test_rates_are_over_its_length(self):
        window = Window()
        answered(window, *[1.0] * 30)
        for _ in range(5):
            window.ended("reset", 0.1, True)
        values = window.take(0.25)
        assert (values["requests_per_s"], values["errors_per_s"]) == (120.0, 20.0)

    def test_latencies_are_nearest_rank(self):
        window = Window()
        answered(window, *range(100, 0, -1))
        values = window.take(1.0)
        names = ["latency_p50_ms", "latency_p90_ms", "latency_p99_ms", "latency_max_ms"]
        assert [values[n] for n in names] == pytest.approx([50, 90, 99, 100], abs=0.01)

    def test_one_answer_is_every_percentile(self):
        window = Window()
        answered(window, 0.25)
        assert set(window.take(1.0).values()) == {1.0, 0.0, 0.25}

    def test_the_next_one_begins_with_nothing(self):
        window = Window()
        answered(window, 1.0, 2.0)
        window.ended("reset", 0.1, True)
        window.take(1.0)
        assert window.take(1.0) == NO_ANSWERS

    def test_errors_have_no_latency(self):
        window = Window()
        window.ended("read_timeout", 10.0, True)
        assert window.take(1.0) == NO_ANSWERS | {"errors_per_s": 1.0}

    def test_it_shows_the_warm_up_too(self):
        window = Window()
        answered(window, 8.0, measured=False)
        assert window.take(1.0)["latency_max_ms"] == 8.0


class TestTotals:
    def test_every_attempt_has_exactly_one_outcome(self):
        window, source = Window(), random.Random(1)
        outcomes = [OK, "reset", "refused", "read_timeout", "http_error"]
        ends = [source.choice(outcomes) for _ in range(500)]
        for _ in range(503):
            window.begun()
        for n, outcome in enumerate(ends):
            window.ended(outcome, 0.001, True)
            if n % 100 == 0:
                window.take(0.2)
        window.unfinished(3)
        window.settle()
        totals = window.totals
        assert totals.attempts == sum(totals.outcomes.values()) + totals.unfinished
        assert totals.outcomes == {o: ends.count(o) for o in outcomes}
        assert totals.latency.count == ends.count(OK)

    def test_they_leave_the_warm_up_out(self):
        window = Window()
        answered(window, 500.0, measured=False)
        window.ended("reset", 0.1, False)
        answered(window, 2.0)
        window.settle()
        assert (window.totals.attempts, window.totals.outcomes) == (1, {OK: 1})
        assert window.totals.latency.max_ms == 2.0

    def test_ticks_together_are_the_totals(self):
        window, shown = Window(), 0.0
        for size in (3, 0, 7):
            answered(window, *[1.0] * size)
            shown += window.take(0.5)["requests_per_s"] * 0.5
        assert shown == window.totals.latency.count == window.totals.outcomes[OK] == 10

    def test_to_settle_twice_counts_once(self):
        window = Window()
        answered(window, 1.0)
        window.settle()
        window.settle()
        assert window.totals.latency.count == 1
