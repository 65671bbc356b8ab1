"""A generator that was not there: what of it can have moved the published figures."""

import pytest

from labs.bench.contracts.loads import ClosedLoop, OpenLoop, as_json
from labs.bench.contracts.protocol import Operation
from labs.bench.trust import lateness

OPEN, CLOSED = as_json(OpenLoop(500, connections=64)), as_json(ClosedLoop(8))
ONCE = as_json(ClosedLoop(100, Operation("wait", 1000), timeout_s=1.5, once=True))


def ticks(*lags_ms: float | None, at_s: float = 0.2) -> dict[str, list]:
    """Ticks 0.2 s apart with these delays."""
    times = [round(at_s + 0.2 * n, 1) for n in range(len(lags_ms))]
    return {"t_s": times, "load_lag_ms": list(lags_ms)}


def phase(load, start_s=0.0, end_s=2.0, p99_ms=90.0):
    counted = {"latency_p99_ms": p99_ms}
    return {"start_s": start_s, "end_s": end_s, "load": load, "counted": counted}


def present(load, *lags_ms, **told):
    return lateness.generator_present(ticks(*lags_ms), phase(load, **told))


class TestPresence:
    @pytest.mark.parametrize("most_ms, holds", [(39.0, True), (41.0, False)])
    def test_one_in_a_hundred_may_meet_an_open_loop_that_is_away(self, most_ms, holds):
        found = present(OPEN, *[1.0] * 9, most_ms)
        assert found["holds"] is holds

    @pytest.mark.parametrize("most_ms, holds", [(69.0, True), (71.0, False)])
    def test_a_closed_one_may_be_late_by_a_round_of_itself(self, most_ms, holds):
        assert present(CLOSED, *[50.0] * 9, most_ms)["holds"] is holds

    @pytest.mark.parametrize("most_ms, holds", [(29.0, True), (31.0, False)])
    def test_the_lower_the_latency_the_less_of_it_may_be_the_generator_s(
        self, most_ms, holds
    ):
        found = present(OPEN, *[1.0] * 9, most_ms, p99_ms=30.0)
        assert found["holds"] is holds

    def test_many_short_absences_are_as_bad_as_a_long_one(self):
        assert present(OPEN, *[23.0] * 10)["holds"] is False

    @pytest.mark.parametrize("most_ms, holds", [(260.0, True), (300.0, False)])
    def test_a_count_at_once_bears_half_of_its_margin(self, most_ms, holds):
        assert present(ONCE, *[1.0] * 9, most_ms)["holds"] is holds

    def test_it_says_how_often_and_how_long(self):
        found = present(OPEN, *[0.0] * 9, 120.0)
        told = "more than 20 ms late in 5.0 % of the time, 120 ms at the most"
        assert found["measured"] == told

    def test_what_was_before_or_after_a_phase_is_not_its_own(self):
        lags_ms = [400.0, 0, 0, 0, 0, 0, 0, 0, 0, 400.0]
        within = present(OPEN, *lags_ms, start_s=0.4, end_s=1.4)
        assert within["holds"] is True

    def test_an_absence_that_ends_after_the_phase_is_its_own_as_far_as_it_lies_in_it(
        self,
    ):
        late = ticks(0.0, 0.0, 0.0, at_s=0.2) | {"t_s": [0.2, 0.4, 1.3]}
        late["load_lag_ms"][2] = 800.0
        assert (
            lateness.generator_present(late, phase(OPEN, end_s=1.0))["holds"] is False
        )

    def test_unknown_is_no_failure(self):
        assert present(OPEN, None, None) is None


class TestBegun:
    def found(self, late_ms, p99_ms, **told):
        counted = {"latency_p99_ms": p99_ms, "begun_late_p99_ms": late_ms}
        return lateness.requests_begun_on_time(counted, OPEN, {})

    @pytest.mark.parametrize(
        "late_ms, p99_ms, holds",
        [(4.9, 6.0, True), (5.1, 6.0, False), (29.0, 90.0, True), (31.0, 90.0, False)],
    )
    def test_most_of_a_latency_must_be_the_server_s(self, late_ms, p99_ms, holds):
        assert self.found(late_ms, p99_ms)["holds"] is holds

    def test_it_does_not_apply_without_answers(self):
        assert self.found(9.0, None) is None

    @pytest.mark.parametrize("in_flight, holds", [(63, False), (64, None)])
    def test_a_send_delay_tells_the_same_while_connections_were_idle(
        self, in_flight, holds
    ):
        counted = {"latency_p99_ms": 250.0, "send_delay_p99_ms": 230.0}
        series = {"in_flight": [0, in_flight, None]}
        found = lateness.requests_begun_on_time(counted, OPEN, series)
        assert (found and found["holds"]) is holds

    def test_with_a_connection_each_it_holds_what_connecting_took(self):
        counted = {"latency_p99_ms": 250.0, "send_delay_p99_ms": 230.0}
        load, series = OPEN | {"keep_alive": False}, {"in_flight": [0]}
        assert lateness.requests_begun_on_time(counted, load, series) is None


class TestProbes:
    """One every 0.2 s: `.` answered, `l` the prober was late for, ` ` never sent."""

    def found(self, marks: str, *spans: tuple[float, float]):
        events = [
            {"type": "probe", "t_s": round(0.2 * n, 1)}
            | ({"late_ms": 300.0} if mark == "l" else {})
            for n, mark in enumerate(marks)
            if mark != " "
        ]
        phases = [{"start_s": a, "end_s": b} for a, b in spans or [(0.0, 2.0)]]
        return lateness.probes_on_time(events, phases)

    @pytest.mark.parametrize(
        "marks, holds",
        [
            ("." * 10, True),
            (".." + "ll" + "." * 6, True),
            (".." + "lll" + "." * 5, False),
            ("." * 7 + "   ", False),
        ],
    )
    def test_most_of_them_must_be_the_server_s(self, marks, holds):
        assert self.found(marks)["holds"] is holds

    def test_each_phase_needs_its_own(self):
        marks = "." * 30 + "ll..." + "." * 15
        assert self.found(marks, (0.0, 10.0))["holds"] is True
        assert self.found(marks, (0.0, 6.0), (6.0, 7.0))["holds"] is False

    def test_those_of_the_slow_client_are_not_among_them(self):
        slow = [{"type": "probe", "t_s": t, "client": "slow"} for t in (0.0, 1.0)]
        assert lateness.probes_on_time(slow, [{"start_s": 0.0, "end_s": 2.0}]) is None
