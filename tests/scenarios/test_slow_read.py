"""Slow reading: what it plans, and what it makes of what was seen."""

import json

import pytest

from labs.bench.contracts.loads import SlowReads
from labs.bench.sandbox.limits import MEMORY_BYTES
from labs.scenarios.slow_read import Params, SlowRead
from tests.scenarios.documents import ended, failed_check, held_run

SMALL = Params(connections=8)


def judge(attack, params=SMALL, ended_s=None, **told):
    load = {"type": "slow_reads", "answer_bytes": 4_000_000, "read_bytes": 32}
    document = held_run("slow-read", load, params, attack, **told)
    if ended_s is not None:
        document = ended(document, ended_s)
    return SlowRead().judge(json.loads(json.dumps(document)))


def finding(judgement, slug):
    return next(f for f in judgement.findings if f.slug == slug)


class TestPlan:
    def test_long_answers_are_asked_for_and_hardly_read(self):
        params = Params(connections=3, interval_s=2.0, answer_bytes=9000, read_bytes=7)
        loads = [p.load for p in SlowRead().plan(params).phases if p.load]
        assert loads == [
            SlowReads(n, 2.0, answer_bytes=9000, read_bytes=7) for n in (1, 2, 3)
        ]

    def test_the_default_answer_is_more_than_a_kernel_takes_from_the_server(self):
        # Seen on Linux 6.18 against a receive buffer of the least size: 1.7 MB.
        assert Params().answer_bytes > 2 * 1_700_000

    def test_the_default_answers_alone_fit_into_the_memory_of_a_sandbox(self):
        assert Params().answer_bytes * Params().connections < MEMORY_BYTES * 0.6

    def test_the_longest_answer_is_one_that_every_server_makes(self):
        with_bound = SlowRead.Params.__dataclass_fields__["answer_bytes"]
        assert with_bound.metadata["bound"].high == 10_000_000


class TestJudge:
    def test_workers_that_send_are_denied(self):
        busy = [1.0] * 10 + [1] * 7 + [2] * 7 + [4] * 7 + [8] * 34
        judgement = judge(
            [(1, "." * 7), (2, "." * 7), (4, "." * 7), (8, "." + "x" * 30)],
            summary={"worker_slots": 8},
            busy=busy,
        )
        assert judgement.verdict == "denied"
        assert finding(judgement, "denied_at").measured == 8

    @pytest.mark.parametrize(
        "marks, verdict", [("." * 25, "holds"), ("....x", "degrades")]
    )
    def test_a_loop_is_judged_by_its_probe(self, marks, verdict):
        assert judge([(8, marks)]).verdict == verdict

    def test_an_answer_that_the_kernel_takes_whole_denies_no_pool(self):
        judgement = judge([(8, "." * 25)], summary={"worker_slots": 8})
        assert judgement.verdict == "holds"
        assert finding(judgement, "denied_at").holds is False

    def test_nothing_is_concluded_without_probes_or_trust(self):
        trust = failed_check("ticks_on_time")
        assert judge([]).verdict == "inconclusive"
        assert judge([(8, "x" * 10)], trust=trust).verdict == "inconclusive"


class TestServerEnd:
    """Before takes two seconds, a step of seven probes 1.4."""

    STEPS = [(1, "." * 7), (2, "." * 7), (4, "." * 4 + "x" * 10)]

    def test_it_is_denied_by_as_many_as_ended_it_and_the_sentence_says_by_what(self):
        judgement = judge(self.STEPS, ended_s=5.5, after="")
        assert judgement.verdict == "denied"
        assert judgement.sentence == (
            "With 4 slow connections the server was gone from 5.5 s on: Pool was "
            "ended for its memory"
        )
        assert finding(judgement, "denied_at").measured == 4
        assert finding(judgement, "tolerated_at").measured == 2
        ended_at = finding(judgement, "ended_at")
        assert (ended_at.holds, ended_at.measured) == (False, 4)
        assert finding(judgement, "recovered_after").holds is False

    def test_one_that_ends_when_they_have_left_was_ended_by_them(self):
        judgement = judge(self.STEPS, ended_s=8.0, after="xxxxx")
        assert judgement.verdict == "denied"
        gone = "After 4 slow connections the server was gone from 8.0 s on: Pool was"
        assert judgement.sentence.startswith(gone)
        assert finding(judgement, "denied_at").measured == 4

    @pytest.mark.parametrize(
        "processes, mib, is_said", [(1, 520, True), (1, 500, False), (4, 520, False)]
    )
    def test_one_that_crawls_at_its_limit_of_memory_is_told(
        self, processes, mib, is_said
    ):
        seen = {"server_processes_max": processes, "server_rss_max_bytes": mib * 2**20}
        sentence = judge(self.STEPS, summary=seen, after="xxxx").sentence
        limit = ". Its memory was at its sandbox's limit (512 MiB)"
        assert sentence.endswith(limit) is is_said

    def test_processes_that_were_ended_while_it_lived_on_are_told(self):
        document = held_run("slow-read", {}, SMALL, [(8, "." * 25)])
        for number in (1, 2):
            told = {"state": "out_of_memory", "processes": number, "sentence": "."}
            document["events"].append({"type": "server", "t_s": 4.0} | told)
        judgement = SlowRead().judge(document)
        assert judgement.verdict == "holds"
        assert judgement.sentence.endswith(
            ". 3 processes of the server were ended for using more memory than its "
            "sandbox has (512 MiB)"
        )

    def test_no_probe_need_have_failed_for_it(self):
        judgement = judge([(1, "." * 7), (2, "." * 7)], ended_s=4.7, after="")
        assert judgement.verdict == "denied"
        assert finding(judgement, "denied_at").measured == 2

    def test_a_server_that_lives_on_has_no_such_finding(self):
        slugs = [f.slug for f in judge(self.STEPS).findings]
        assert "ended_at" not in slugs

    def test_one_that_somebody_killed_has_none_either(self):
        document = held_run("slow-read", {}, SMALL, [(8, "." * 25)])
        gone = {"type": "server", "t_s": 4.0, "state": "gone"}
        document["events"].append(gone)
        assert SlowRead().judge(document).verdict == "holds"

    def test_it_is_not_believed_where_the_measurement_is_not(self):
        trust = failed_check("ticks_on_time")
        judgement = judge(self.STEPS, ended_s=5.5, trust=trust)
        assert judgement.verdict == "inconclusive"
