"""Phases follow the plan, and the two rules by which probes change it."""

from dataclasses import replace

from labs.bench.contracts import loads
from labs.bench.contracts.events import Status
from labs.bench.contracts.loads import ClosedLoop, SlowHeads
from labs.bench.contracts.scenario import Kill, Phase, Plan, ProbePlan, Reload
from labs.bench.result.stretch import action_as_json
from labs.bench.run.schedule import Schedule, longest_s

BEFORE = Phase("before", Status.MEASURING, 2.0)
STEPS = tuple(Phase("attack", Status.MEASURING, 1.5, SlowHeads(n)) for n in (1, 2, 4))
AFTER = Phase("after", Status.MEASURING, 10.0, until_recovered=True)
PLAN = Plan((BEFORE, *STEPS, AFTER), ProbePlan(), denied_hold_s=5.0)


def failed(*dues):
    return [(due_s, "read_timeout", None) for due_s in dues]


def answered(*dues):
    return [(due_s, "ok", 1.0) for due_s in dues]


def turn(schedule: Schedule, t_s: float) -> Phase | None:
    """Begin what is due, as a run does; return it."""
    phase = schedule.due(t_s)
    return schedule.begin(t_s).phase if phase else None


def in_first_step() -> Schedule:
    schedule = Schedule(PLAN)
    turn(schedule, 0.0)
    turn(schedule, 2.0)
    return schedule


class TestSchedule:
    def test_phases_begin_when_the_one_before_is_over(self):
        schedule = Schedule(PLAN)
        assert turn(schedule, 0.1) is BEFORE
        assert turn(schedule, 2.0) is None
        assert turn(schedule, 2.1) is STEPS[0]
        assert schedule.stretches[0].end_s == 2.1
        assert schedule.ends_s == 3.6

    def test_it_is_finished_after_the_last_phase(self):
        schedule = Schedule(Plan((BEFORE,)))
        assert not schedule.finished
        turn(schedule, 0.0)
        assert not schedule.finished
        assert turn(schedule, 2.0) is None
        assert schedule.finished

    def test_three_failures_in_a_row_keep_the_step_and_end_the_attack(self):
        schedule = in_first_step()
        schedule.add_probes(failed(2.0, 2.2), 3.2)
        assert schedule.denied_s is None
        schedule.add_probes(failed(2.4), 3.4)
        assert schedule.denied_s == 3.4
        assert turn(schedule, 8.3) is None
        assert turn(schedule, 8.4) is AFTER

    def test_failures_before_the_attack_do_not_count(self):
        schedule = in_first_step()
        schedule.add_probes(failed(1.0, 1.2, 1.4), 2.4)
        assert schedule.denied_s is None

    def test_an_answer_to_an_older_probe_breaks_a_row(self):
        schedule = in_first_step()
        schedule.add_probes(failed(2.0, 2.2, 2.6), 3.6)
        assert schedule.denied_s == 3.6
        schedule = in_first_step()
        schedule.add_probes(answered(2.4), 2.5)
        schedule.add_probes(failed(2.0, 2.2, 2.6), 3.6)
        assert schedule.denied_s is None

    def test_what_the_prober_was_late_for_denies_nothing(self):
        schedule = in_first_step()
        late = [(due_s, "unfinished", None, 900.0) for due_s in (2.0, 2.2, 2.4)]
        schedule.add_probes(late, 3.4)
        assert schedule.denied_s is None
        schedule.add_probes(failed(2.6, 2.8, 3.0), 4.0)
        assert schedule.denied_s == 4.0

    def test_without_a_hold_every_step_runs_its_course(self):
        schedule = Schedule(Plan((BEFORE, *STEPS, AFTER), ProbePlan()))
        turn(schedule, 0.0)
        turn(schedule, 2.0)
        schedule.add_probes(failed(2.0, 2.2, 2.4, 2.6), 3.6)
        assert turn(schedule, 3.6) is STEPS[1]

    def test_three_answers_in_a_row_end_the_wait_for_recovery(self):
        schedule = Schedule(Plan((AFTER,), ProbePlan()))
        turn(schedule, 5.0)
        schedule.add_probes(answered(4.6, 4.8, 5.0, 5.2), 5.4)
        assert turn(schedule, 5.4) is None and not schedule.finished
        schedule.add_probes(answered(5.4), 5.6)
        assert turn(schedule, 5.6) is None and schedule.finished

    def test_the_wait_for_recovery_is_bounded(self):
        schedule = Schedule(Plan((AFTER,), ProbePlan()))
        turn(schedule, 5.0)
        schedule.add_probes(failed(5.0, 5.2, 5.4), 6.4)
        turn(schedule, 15.0)
        assert schedule.finished

    def test_closing_in_the_middle_ends_the_phase_that_goes_on(self):
        schedule = in_first_step()
        schedule.close(2.5)
        schedule.close(9.0)
        assert [s.end_s for s in schedule.stretches] == [2.0, 2.5]


class TestServerEnd:
    def attacked(self, **told) -> Schedule:
        plan = {"phases": PLAN.phases, "denied_hold_s": 5.0, "may_end": True} | told
        schedule = Schedule(Plan(**plan))
        turn(schedule, 0.0)
        turn(schedule, 2.0)
        return schedule

    def test_it_is_a_result_only_under_a_load_and_where_the_plan_says_so(self):
        schedule = Schedule(Plan(PLAN.phases, may_end=True))
        assert schedule.may_end is False
        turn(schedule, 0.0)
        assert schedule.may_end is False
        turn(schedule, 2.0)
        assert schedule.may_end is True
        schedule.close(3.0)
        assert schedule.may_end is False
        assert in_first_step().may_end is False

    def test_it_is_one_while_recovery_is_awaited_too(self):
        schedule = Schedule(Plan((AFTER,), ProbePlan(), may_end=True))
        turn(schedule, 0.0)
        assert schedule.may_end is True
        schedule.cut(1.0)
        assert turn(schedule, 3.0) is None and schedule.finished

    def test_it_is_looked_at_for_a_while_and_the_rest_is_left_out(self):
        schedule = self.attacked()
        schedule.cut(3.4)
        assert turn(schedule, 5.3) is None and not schedule.finished
        assert turn(schedule, 5.4) is None and schedule.finished

    def test_probes_that_fail_then_prolong_nothing(self):
        schedule = self.attacked()
        schedule.cut(3.4)
        schedule.add_probes(failed(3.4, 3.6, 3.8), 4.0)
        assert (schedule.ends_s, schedule.denied_s) == (5.4, None)

    def test_nothing_more_is_counted_where_requests_are(self):
        kept = Phase("kept", Status.MEASURING, 5.0, ClosedLoop(8))
        schedule = Schedule(Plan((kept, kept), may_end=True))
        turn(schedule, 0.0)
        schedule.cut(1.5)
        assert turn(schedule, 1.5) is None and schedule.finished

    def test_a_phase_that_starts_it_anew_takes_place(self):
        anew = tuple(replace(phase, knobs={"x": 1}) for phase in PLAN.phases)
        schedule = self.attacked(phases=(*PLAN.phases, *anew))
        schedule.cut(3.4)
        assert turn(schedule, 5.4) is anew[0]
        turn(schedule, 7.4)
        assert schedule.may_end is True


class TestPlan:
    def test_its_longest_time_counts_the_hold(self):
        assert longest_s(PLAN) == 2 + 3 * 1.5 + 10 + 5

    def test_loads_are_named(self):
        assert loads.as_json(SlowHeads(8, 5.0)) == {
            "type": "slow_heads",
            "connections": 8,
            "interval_s": 5.0,
        }
        assert loads.as_json(ClosedLoop(64))["type"] == "closed_loop"
        assert loads.as_json(None) is None

    def test_an_action_is_described(self):
        assert action_as_json(Kill("server")) == {"type": "kill", "target": "server"}
        assert action_as_json(Reload()) == {"type": "reload"}
        assert action_as_json(None) is None


class TestSplit:
    def test_the_rest_of_a_phase_goes_on_with_another_load(self):
        schedule = in_first_step()
        stretch = schedule.split(SlowHeads(9), 2.5, "9 now")
        assert [s.end_s for s in schedule.stretches] == [2.0, 2.5, None]
        assert (stretch.phase.name, stretch.phase.load.connections) == ("attack", 9)
        assert turn(schedule, 3.4) is None
        assert turn(schedule, 3.5) is STEPS[1]

    def test_what_was_done_once_is_not_said_to_be_done_again(self):
        phase = Phase("load", Status.MEASURING, 2.0, ClosedLoop(1), action=Kill())
        schedule = Schedule(Plan((phase,)))
        turn(schedule, 0.0)
        assert schedule.split(ClosedLoop(2), 1.0, "2 now").phase.action is None
