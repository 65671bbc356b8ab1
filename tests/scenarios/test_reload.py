"""A graceful restart: what is planned, and what is made of what was seen."""

import pytest

from labs.bench.contracts.scenario import Reload
from labs.scenarios.reload import GracefulRestart, Params
from tests.scenarios.aftermaths import aftermath
from tests.scenarios.documents import failed_check

ASKED = {"action": "reload", "target": "", "pid": None, "sentence": "Asked"}
SMOOTH = {"processes": (3, [5, 3]), "old": [3, 1], "lost": 6, "idle": 6}


def judge(**seen):
    return GracefulRestart().judge(aftermath("reload", Params(), ASKED, **seen))


def found(judgement) -> dict:
    return {finding.slug: finding for finding in judgement.findings}


class TestPlan:
    def test_the_load_is_the_same_before_and_after_the_signal(self):
        warm_up, before, after = GracefulRestart().plan(Params()).phases
        assert warm_up.load == before.load == after.load
        assert (before.action, after.action) == (None, Reload())

    def test_it_is_of_servers_that_have_a_graceful_restart(self):
        assert GracefulRestart.needs_reload is True


class TestHolds:
    def test_nobody_lost_a_request(self):
        judgement = judge(**SMOOTH)
        assert judgement.verdict == "holds"
        assert judgement.sentence == (
            "No request was lost; 6 connections closed: 6 while nothing was asked; new "
            "processes were there after 0.2 s and alone after 0.4 s; the slowest "
            "request took 3.0 ms"
        )
        assert found(judgement)["connections_cut"].measured == 0

    def test_an_end_that_was_announced_is_told_apart(self):
        judgement = judge(**SMOOTH | {"lost": 2, "idle": 2, "announced": (0, 4)})
        assert judgement.verdict == "holds"
        assert (
            "6 connections closed: 4 as announced with an answer, 2 while nothing was "
            "asked"
        ) in judgement.sentence

    def test_a_server_that_closes_after_each_answer_closes_nothing_more(self):
        judgement = judge(**SMOOTH | {"lost": 0, "idle": 0, "announced": (900, 2000)})
        assert judgement.verdict == "holds"
        assert "closes each connection with its answer anyhow" in judgement.sentence

    def test_of_a_server_of_one_process_nothing_tells_old_from_new(self):
        judgement = judge(processes=(1, [1]), old=[1])
        assert judgement.verdict == "holds"
        assert "process" not in judgement.sentence
        assert "old_gone_s" not in found(judgement)


class TestDegrades:
    @pytest.mark.parametrize(
        "seen, said",
        [
            ({"outcomes": {"reset": 2}}, "2 requests lost"),
            ({"outcomes": {"refused": 1}}, "1 request refused"),
            ({"unfinished": 3}, "3 requests not answered in time"),
            ({"visitors": "x" + "." * 19}, "1 new visitor not answered"),
        ],
    )
    def test_whoever_lost_something_is_told_first(self, seen, said):
        judgement = judge(**SMOOTH | seen)
        assert judgement.verdict == "degrades"
        assert judgement.sentence.startswith(f"{said}; ")

    def test_connections_with_a_request_under_way_are_cut(self):
        judgement = judge(**SMOOTH | {"idle": 4, "outcomes": {"reset": 2}})
        assert "2 with a request under way" in judgement.sentence
        assert found(judgement)["connections_cut"].holds is False

    def test_old_processes_that_stay_are_told(self):
        judgement = judge(**SMOOTH | {"old": [3, 2], "processes": (3, [5, 4])})
        assert judgement.verdict == "degrades"
        assert "and old ones still after 4.0 s" in judgement.sentence

    def test_a_restart_that_never_was_is_told(self):
        judgement = judge(processes=(3, [3]), old=[3])
        assert judgement.verdict == "degrades"
        assert "no new process was seen" in judgement.sentence

    def test_a_time_without_any_process_is_told(self):
        seen = {"processes": (3, [3, 1, 1, 1, 3]), "old": [3, 1]}
        judgement = judge(**SMOOTH | seen | {"visitors": "xxx" + "." * 17})
        assert (
            "the old processes were gone after 0.4 s, and new processes were there "
            "after 1.0 s"
        ) in judgement.sentence


class TestAPoolThatFillsUpSlowly:
    """Nine processes; the new ones come one a tick."""

    SLOWLY = {"processes": (9, [1, 2, 3, 4, 5, 6, 7, 8, 9]), "old": [1]}

    def test_it_is_told_when_it_was_complete(self):
        judgement = judge(**SMOOTH | self.SLOWLY)
        assert judgement.verdict == "holds"
        assert (
            "the old processes were gone after 0.2 s, and new processes were there "
            "after 0.4 s, all of them after 1.8 s"
        ) in judgement.sentence
        assert found(judgement)["all_new_s"].measured == 1.8

    def test_one_that_is_not_complete_in_time_degrades(self):
        judgement = judge(**SMOOTH | self.SLOWLY | {"processes": (9, [4, 8])})
        assert judgement.verdict == "degrades"
        assert "but not all of them after 4.0 s" in judgement.sentence
        assert found(judgement)["all_new_s"].holds is False


class TestDenied:
    def test_a_server_that_does_not_come_back(self):
        seen = {"rates": [0.0], "visitors": "x" * 20, "outcomes": {"refused": 400}}
        judgement = judge(processes=(3, [0]), old=[0], **seen)
        assert judgement.verdict == "denied"
        assert judgement.sentence.endswith(
            "4.0 s later 0 % of what was answered before were answered"
        )


class TestInconclusive:
    def test_a_measurement_that_is_not_trusted(self):
        judgement = judge(**SMOOTH, trust=failed_check("clock_runs_forward"))
        assert judgement.verdict == "inconclusive"

    def test_a_run_that_ended_before(self):
        document = aftermath("reload", Params(), ASKED, **SMOOTH)
        document["events"] = [e for e in document["events"] if e["type"] == "probe"]
        assert GracefulRestart().judge(document).verdict == "inconclusive"
