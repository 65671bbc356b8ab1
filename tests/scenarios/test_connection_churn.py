"""Connection churn: what it plans, and what it makes of what was seen."""

from labs.bench.contracts.settings import as_dict
from labs.scenarios.connection_churn import ConnectionChurn, Params, cpu_each_us
from tests.scenarios.documents import FINE, counted_phase, doubt, ended, failed_check

LOAD = {"type": "closed_loop", "connections": 8}
KEPT = {"requests_per_s": 9000.0, "ok": 9000, "server_cpu_percent": 90.0}
CHURN = {"requests_per_s": 3000.0, "ok": 3000, "server_cpu_percent": 90.0}


def judge(kept=None, churn=None, trust=FINE, **params):
    """Judge a run; `kept` and `churn` are what is different in the two parts."""
    phases = [
        counted_phase("kept", LOAD, 1.0, 2.0, **KEPT | (kept or {})),
        counted_phase(
            "churn",
            LOAD,
            3.0,
            4.0,
            **CHURN | {"connections_opened": 3000} | (churn or {}),
        ),
    ]
    scenario = {"slug": "connection-churn", "params": as_dict(Params(**params))}
    document = {"phases": phases, "scenario": scenario, "trust": trust, "events": []}
    return ConnectionChurn().judge(document)


class TestPlan:
    def test_the_same_clients_keep_their_connections_and_then_do_not(self):
        phases = ConnectionChurn().plan(Params(connections=3)).phases
        assert [p.name for p in phases] == ["warm_up", "kept", "warm_up", "churn"]
        assert [p.load.keep_alive for p in phases] == [True, True, False, False]
        assert {p.load.connections for p in phases} == {3}

    def test_clients_may_pause(self):
        phases = ConnectionChurn().plan(Params(pause_ms=20)).phases
        assert {p.load.think_s for p in phases} == {0.02}

    def test_the_warm_ups_are_not_measured(self):
        phases = ConnectionChurn().plan(Params()).phases
        assert [p.status for p in phases] == ["warming", "measuring"] * 2


class TestJudge:
    def test_both_rates_and_what_a_request_costs_are_told(self):
        judgement = judge()
        assert judgement.verdict == "measured"
        assert judgement.sentence == (
            "3,000 requests/s with a connection for each, 9,000 on kept ones: 3.0 "
            "times as many. A request costs the server 300 µs of processor time "
            "instead of 100"
        )

    def test_with_a_pause_the_cost_is_told_and_no_rate(self):
        judgement = judge({"connections_opened": 8}, pause_ms=10)
        assert judgement.sentence == (
            "A request on a connection of its own costs the server 300 µs of "
            "processor time, 100 on a kept one"
        )

    def test_processor_time_is_shared_among_the_answers(self):
        assert cpu_each_us({"server_cpu_percent": 50.0, "requests_per_s": 1000}) == 500
        assert cpu_each_us({"server_cpu_percent": 50.0, "requests_per_s": 0}) is None
        assert cpu_each_us({"server_cpu_percent": None, "requests_per_s": 9}) is None

    def test_a_first_part_that_cannot_be_trusted_is_compared_with_nothing(self):
        judgement = judge(kept={"doubts": [doubt("generator_present")]})
        assert judgement.verdict == "inconclusive"
        assert "The clock runs forward does not hold" in judgement.sentence

    def test_one_that_the_generator_limited_is_no_doubt_of_that_kind(self):
        limited = {"doubts": [doubt("generator_not_saturated")]}
        assert judge(kept=limited).verdict == "measured"

    def test_a_first_part_that_the_generator_limited_is_a_lower_bound(self):
        judgement = judge(kept={"generator_limited": True})
        assert "at least 9,000 on kept ones: at least 3.0 times" in judgement.sentence

    def test_a_server_that_keeps_no_connection_is_not_compared_with_itself(self):
        judgement = judge(kept={"connections_opened": 9000})
        assert judgement.sentence.startswith(
            "3,000 requests/s with a connection for each, and no other way"
        )

    def test_clients_that_others_kept_waiting_are_told(self):
        judgement = judge(kept={"clients_starved": 7})
        assert judgement.sentence.endswith(
            "; while others kept their connections, 7 clients got no answer at all"
        )

    def test_with_a_pause_they_are_told_too(self):
        kept = {"connections_opened": 8, "clients_starved": 7}
        told = "100 on a kept one; while others kept their connections, 7 clients got"
        assert told in judge(kept, pause_ms=10).sentence
        unkept = {"connections_opened": 9000}
        sentence = judge(unkept, pause_ms=10).sentence
        assert sentence.endswith("and no other way: this server keeps no connection")

    def test_requests_without_an_answer_are_told(self):
        judgement = judge(churn={"errors": 2, "unfinished": 1})
        assert judgement.sentence.endswith(
            "; 3 requests on new connections got no answer"
        )
        assert {f.slug: f.holds for f in judgement.findings}["all_answered"] is False


class TestInconclusive:
    def test_no_answer_on_new_connections(self):
        nothing = {"ok": 0, "errors": 50, "requests_per_s": 0.0}
        assert judge(churn=nothing).verdict == "inconclusive"

    def test_a_measurement_that_is_not_trusted(self):
        judgement = judge(trust=failed_check("generator_not_saturated"))
        assert judgement.verdict == "inconclusive"

    def test_a_run_without_its_second_part(self):
        scenario = {"slug": "connection-churn", "params": as_dict(Params())}
        document = {"phases": [], "scenario": scenario, "trust": FINE, "events": []}
        judgement = ConnectionChurn().judge(document)
        assert judgement.verdict == "inconclusive"


class TestServerEnd:
    def judge(self, keep_alive: bool, trust=FINE):
        load = LOAD | {"keep_alive": keep_alive}
        name = "kept" if keep_alive else "churn"
        document = {
            "phases": [counted_phase(name, load, 1.0, 2.0, **KEPT)],
            "scenario": {"slug": "connection-churn", "params": as_dict(Params())},
            "trust": trust,
            "events": [],
        }
        return ConnectionChurn().judge(ended(document, 1.9))

    def test_it_is_denied_and_the_sentence_says_what_was_asked_of_it(self):
        kept, churn = self.judge(True), self.judge(False)
        assert kept.verdict == churn.verdict == "denied"
        assert kept.sentence == (
            "While 8 clients asked on connections that they kept, the server was gone "
            "from 1.9 s on: Pool was ended for its memory"
        )
        assert "on a new connection each time" in churn.sentence

    def test_it_is_not_believed_where_the_measurement_is_not(self):
        judgement = self.judge(False, failed_check("littles_law"))
        assert judgement.verdict == "inconclusive"
