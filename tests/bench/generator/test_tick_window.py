"""The numbers of a tick and of a phase come from the same records."""

import random

import pytest

from labs.bench.contracts.outcomes import Outcome
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.tick_window import Window

NO_ANSWERS = {
    "requests_per_s": 0.0,
    "errors_per_s": 0.0,
    "latency_p50_ms": None,
    "latency_p90_ms": None,
    "latency_p99_ms": None,
    "latency_max_ms": None,
    "offered_per_s": 0.0,
    "send_delay_ms": None,
    "connections_lost": 0,
    "connections_idle_closed": 0,
    "connections_announced": 0,
}


@pytest.fixture
def window():
    return Window()


@pytest.fixture
def tally(window):
    return window.new_tally(counted=True)


def answered(tally: Tally, *latencies_ms: float) -> None:
    tally.attempts += len(latencies_ms)
    tally.fresh_s += [latency_ms / 1000 for latency_ms in latencies_ms]


class TestTick:
    def test_rates_are_over_its_length(self, window, tally):
        answered(tally, *[1.0] * 30)
        tally.failed("reset", 5)
        values = window.take(0.25)
        assert (values["requests_per_s"], values["errors_per_s"]) == (120.0, 20.0)

    def test_latencies_are_nearest_rank(self, window, tally):
        answered(tally, *range(100, 0, -1))
        values = window.take(1.0)
        names = ["latency_p50_ms", "latency_p90_ms", "latency_p99_ms", "latency_max_ms"]
        assert [values[n] for n in names] == pytest.approx([50, 90, 99, 100], abs=0.01)

    def test_one_answer_is_every_percentile(self, window, tally):
        answered(tally, 0.25)
        values = window.take(1.0)
        names = ["latency_p50_ms", "latency_p90_ms", "latency_p99_ms", "latency_max_ms"]
        assert {values[n] for n in names} == {0.25}

    def test_the_next_one_begins_with_nothing(self, window, tally):
        answered(tally, 1.0, 2.0)
        tally.failed("reset")
        tally.fresh_delays_s.append(0.1)
        window.take(1.0)
        assert window.take(1.0) == NO_ANSWERS

    def test_errors_have_no_latency(self, window, tally):
        tally.failed("read_timeout")
        assert window.take(1.0) == NO_ANSWERS | {"errors_per_s": 1.0}

    def test_it_shows_every_phase_that_answers_come_home_to(self, window, tally):
        later = window.new_tally(counted=False)
        answered(tally, 8.0)
        answered(later, 2.0)
        values = window.take(1.0)
        assert (values["latency_p50_ms"], values["latency_max_ms"]) == (2.0, 8.0)
        assert values["offered_per_s"] == 2.0

    def test_the_worst_delay_of_sending_is_shown(self, window, tally):
        tally.fresh_delays_s += [0.001, 0.25, 0.002]
        assert window.take(1.0)["send_delay_ms"] == 250.0


class TestTally:
    def test_every_attempt_has_exactly_one_outcome(self, window, tally):
        source = random.Random(1)
        outcomes = [Outcome.OK, "reset", "refused", "read_timeout", "http_error"]
        ends = [source.choice(outcomes) for _ in range(500)]
        for n, outcome in enumerate(ends):
            if outcome == Outcome.OK:
                answered(tally, 1.0)
            else:
                tally.attempts += 1
                tally.failed(outcome)
            if n % 100 == 0:
                window.take(0.2)
        tally.attempts += 3
        tally.unfinished += 3
        told = tally.as_json(10.0, is_open=False)
        assert told["outcomes"] == {o: ends.count(o) for o in outcomes}
        assert told["ok"] + told["errors"] + told["unfinished"] == told["attempts"]
        assert told["latency"]["counts"] == {"1000": ends.count(Outcome.OK)}

    def test_ticks_together_are_its_answers(self, window, tally):
        shown = 0.0
        for size in (3, 0, 7):
            answered(tally, *[1.0] * size)
            shown += window.take(0.5)["requests_per_s"] * 0.5
        assert shown == tally.latency.count == tally.outcomes[Outcome.OK] == 10

    def test_to_settle_twice_counts_once(self, tally):
        answered(tally, 1.0)
        tally.settle()
        tally.settle()
        assert tally.latency.count == tally.outcomes[Outcome.OK] == 1

    def test_what_is_gathered_or_settled_in_between_is_told_once(self, window, tally):
        for stop in (tally.gather, tally.settle, tally.settle, tally.gather):
            answered(tally, 1.0)
            tally.fresh_delays_s.append(0.002)
            stop()
        values = window.take(2.0)
        assert (values["requests_per_s"], values["send_delay_ms"]) == (2.0, 2.0)
        assert window.take(2.0) == NO_ANSWERS
        assert tally.latency.count == tally.send_delay.count == 4

    def test_only_an_open_loop_has_something_offered(self, tally):
        answered(tally, 1.0, 1.0)
        tally.fresh_delays_s += [0.002, 0.004]
        told = tally.as_json(2.0, is_open=True)
        assert told["offered_per_s"] == told["requests_per_s"] == 1.0
        assert told["send_delay_max_ms"] == 4.0
        assert "offered_per_s" not in tally.as_json(2.0, is_open=False)

    def test_no_time_is_no_rate(self, tally):
        answered(tally, 1.0)
        assert tally.as_json(0.0, is_open=False)["requests_per_s"] == 0.0
