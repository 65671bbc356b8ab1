"""Claims and runs: which run is evidence, what it says, and when it says otherwise."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from labs.claims import evaluation
from labs.models import Evidence, LabRun
from tests.labs import claim_rows, runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]


def standings():
    return list(Evidence.objects.order_by("pk").values_list("standing", flat=True))


class TestEvidence:
    def test_without_a_run_a_claim_is_open(self):
        evidence = evaluation.refresh(claim_rows.make())
        assert (evidence.standing, evidence.runs.count()) == ("open", 0)
        assert evidence.sentence == "0 of 1 runs have been made"

    def test_a_run_with_its_settings_says_how_it_stands(self):
        claim = claim_rows.make()
        run = claim_rows.run_for(claim)
        evidence = evaluation.refresh(claim)
        assert (evidence.standing, list(evidence.runs.all())) == ("holds", [run])
        assert evidence.versions == {
            run.result["server"]["name"]: run.result["server"]["version"]
        }
        assert run.result["environment"]["kernel"] in evidence.host

    def test_a_run_with_other_settings_is_none(self):
        claim = claim_rows.make(runs=[claim_rows.SLOW | {"knobs": {"processes": 4}}])
        other = claim_rows.make("other", "S6")
        claim_rows.run_for(other)
        assert evaluation.refresh(claim).standing == "open"

    def test_the_newest_run_counts(self):
        claim = claim_rows.make()
        claim_rows.run_for(claim, verdict="holds")
        newest = claim_rows.run_for(claim, verdict="denied")
        evidence = evaluation.refresh(claim)
        assert (evidence.standing, evidence.runs.get()) == ("holds", newest)

    def test_a_run_that_a_command_changed_is_none_and_leaves_the_one_before(self):
        claim = claim_rows.make()
        before = claim_rows.run_for(claim)
        run = claim_rows.run_for(claim, verdict="holds")
        told = {"type": "command", "t_s": 3.0, "command": "set"}
        run.result["events"].append(told | {"values": {"connections": 64}})
        run.save()
        evidence = evaluation.refresh(claim)
        assert evidence.standing == "holds" and evidence.runs.get() == before

    def test_a_private_run_is_none(self):
        claim = claim_rows.make()
        claim_rows.run_for(claim, visibility=LabRun.Visibility.PRIVATE)
        assert evaluation.refresh(claim).standing == "open"

    def test_looking_again_stores_nothing_new(self):
        claim = claim_rows.make()
        claim_rows.run_for(claim)
        assert evaluation.refresh(claim) == evaluation.refresh(claim)
        assert standings() == ["holds"]

    def test_a_server_that_is_not_here_makes_it_not_measurable(self, lab_home):
        lab_home.remove("/usr/sbin/apache2")
        evidence = evaluation.refresh(claim_rows.make())
        assert evidence.standing == "not_measurable"
        assert "/usr/sbin/apache2" in evidence.sentence

    def test_source_is_read_and_not_run(self):
        told = {"server": ["single-thread", "event-loop"], "scenario": "source"}
        expect = {"figure": "branches", "of": "event-loop", "above": "single-thread"}
        claim = claim_rows.make(runs=[told], expect=[expect])
        assert evaluation.problems(claim) == []
        evidence = evaluation.refresh(claim)
        assert (evidence.standing, evidence.runs.count()) == ("holds", 0)


class TestFlips:
    def flip(self):
        claim = claim_rows.make()
        claim_rows.run_for(claim)
        evaluation.refresh(claim)
        claim_rows.run_for(claim, verdict="holds")
        return claim, evaluation.refresh(claim)

    def test_the_opposite_of_what_was_sure_is_marked(self):
        _, evidence = self.flip()
        assert (evidence.standing, evidence.flipped_from) == ("refuted", "holds")
        assert evidence.is_flipped

    def test_the_mark_stays_until_somebody_has_seen_it(self):
        claim, evidence = self.flip()
        claim_rows.run_for(claim, verdict="holds")
        again = evaluation.refresh(claim)
        assert again != evidence and again.flipped_from == "holds"
        Evidence.objects.update(seen_at=timezone.now())
        claim_rows.run_for(claim, verdict="holds")
        assert not evaluation.refresh(claim).is_flipped

    def test_doubt_is_no_flip(self):
        claim = claim_rows.make()
        for verdict in ("denied", "inconclusive", "denied"):
            claim_rows.run_for(claim, verdict=verdict)
            assert not evaluation.refresh(claim).is_flipped
        assert standings() == ["holds", "inconclusive", "holds"]


class TestAfterARun:
    def test_claims_that_rest_on_it_are_judged(self):
        claim = claim_rows.make()
        elsewhere = claim_rows.make(
            "elsewhere", "S6", runs=[{"server": "nginx", "scenario": "slowloris"}]
        )
        run = claim_rows.run_for(claim)
        assert evaluation.after_run(run) == 1
        assert not Evidence.objects.filter(claim=elsewhere).exists()

    def test_a_draft_and_a_malformed_one_are_passed_over(self):
        claim = claim_rows.make()
        claim_rows.make("draft", "S6", status="draft")
        claim_rows.make("broken", "S7", expect=[])
        assert evaluation.after_run(claim_rows.run_for(claim)) == 1

    def test_judging_runs_again_judges_their_claims(self):
        claim = claim_rows.make()
        run = claim_rows.run_for(claim, verdict="holds")
        evaluation.refresh(claim)
        call_command("lab", "rejudge", str(run.pk))
        assert standings() == ["refuted", "holds"]


class TestProblems:
    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"server": "nope", "scenario": "slowloris"}, "Unknown server 'nope'"),
            ({"server": "nginx", "scenario": "nope"}, "Unknown scenario 'nope'"),
            ({"server": "redis", "scenario": "source"}, "has no source of ours"),
            (
                {"server": "nginx", "scenario": "cpu-handler"},
                "does not apply to NGINX",
            ),
            (
                claim_rows.SLOW | {"knobs": {"processes": 1000}},
                "processes must be between 1 and 64",
            ),
            (claim_rows.SLOW | {"params": {"port": 80}}, "Unknown setting 'port'"),
        ],
    )
    def test_what_cannot_be_run_is_named(self, told, words):
        (found,) = evaluation.problems(claim_rows.make(runs=[told]))
        assert words in found

    def test_one_entry_that_fails_for_every_server_is_one_fault(self):
        told = {"server": ["nginx", "node"], "scenario": "nope"}
        (fault,) = evaluation.faults(claim_rows.make(runs=[claim_rows.SLOW, told]))
        assert (fault.key, fault.item) == ("runs", 1)

    def test_an_old_run_of_a_scenario_that_has_changed_is_no_evidence(self):
        claim = claim_rows.make()
        run = claim_rows.run_for(claim)
        del run.result["scenario"]["params"]["step_s"]
        run.save()
        assert evaluation.refresh(claim).standing == "open"
        assert runs.rows(run)
