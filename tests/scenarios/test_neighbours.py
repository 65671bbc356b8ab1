"""Waiting and busy handlers: what the honest client felt, and what is made of it."""

import pytest

from labs.bench.contracts.loads import ClosedLoop
from labs.scenarios.cpu_handler import CpuHandler
from labs.scenarios.cpu_handler import Params as CpuParams
from labs.scenarios.wait_handler import Params as WaitParams
from labs.scenarios.wait_handler import WaitHandler
from tests.scenarios.documents import failed_check, slowloris

CASES = [(WaitHandler(), WaitParams()), (CpuHandler(), CpuParams())]


@pytest.fixture(params=CASES, ids=["wait", "cpu"])
def case(request):
    return request.param


def judge(case, marks, latency_ms=2.0, **changes):
    scenario, params = case
    summary = {"ok": 100, "requests_per_s": 50.0}
    document = slowloris(
        params, [(16, marks)], latency_ms=latency_ms, summary=summary, **changes
    )
    return scenario.judge(document)


class TestPlan:
    def test_the_probe_asks_before_during_and_after(self, case):
        scenario, params = case
        plan = scenario.plan(params)
        assert [phase.name for phase in plan.phases] == ["before", "attack", "after"]
        load = plan.phases[1].load
        assert isinstance(load, ClosedLoop)
        assert load.operation.name in scenario.needs
        assert plan.phases[0].load is plan.phases[2].load is None
        assert plan.probe is not None


class TestJudge:
    def test_a_probe_that_feels_nothing_holds(self, case):
        judgement = judge(case, "." * 30)
        assert judgement.verdict == "holds"
        assert "every probe was answered" in judgement.sentence

    def test_a_probe_that_waits_for_the_handlers_degrades(self, case):
        judgement = judge(case, "." * 30, latency_ms=350.0)
        assert judgement.verdict == "degrades"
        assert judgement.sentence.endswith("took 350 ms instead of 2.0 ms")

    def test_longer_but_short_beside_the_handler_is_noise(self, case):
        assert judge(case, "." * 30, latency_ms=30.0).verdict == "holds"

    def test_some_unanswered_degrade(self, case):
        judgement = judge(case, "." * 28 + "xx")
        assert judgement.verdict == "degrades"
        assert "2 of 30 probes were not answered" in judgement.sentence

    def test_more_than_half_unanswered_is_denied(self, case):
        assert judge(case, "." * 14 + "x" * 16).verdict == "denied"

    @pytest.mark.parametrize(
        "changes, words",
        [
            ({"before": "xxxxx....."}, "nothing to compare with"),
            ({"trust": failed_check("ticks_on_time")}, "cannot be trusted"),
        ],
    )
    def test_without_a_ground_to_stand_on_it_is_inconclusive(
        self, case, changes, words
    ):
        judgement = judge(case, "." * 30, **changes)
        assert judgement.verdict == "inconclusive"
        assert words in judgement.sentence

    def test_handlers_that_answered_nobody_prove_nothing(self, case):
        scenario, params = case
        silent = {"ok": 0, "requests_per_s": 0.0}
        document = slowloris(params, [(16, "." * 30)], summary=silent)
        assert scenario.judge(document).verdict == "inconclusive"
