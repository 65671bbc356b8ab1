"""Rows of runs: their words, their order, and what can be in them once."""

import uuid

import pytest
from django.db import IntegrityError
from django.urls import reverse

from labs.bench.contracts.events import Status
from labs.bench.contracts.spec import Spec
from labs.models import LabRun, RunEvent
from labs.permissions import owners
from tests.labs import runs

pytestmark = pytest.mark.django_db

ENDED = {"finished", "failed", "cancelled", "lost"}


def one_of_each():
    return {str(status): runs.make(status=status) for status in Status}


class TestQueues:
    def test_waiting_runs_come_in_the_order_they_were_asked_for(self):
        first, second = runs.make(), runs.make()
        runs.under_way()
        assert list(LabRun.objects.queued()) == [first, second]

    def test_every_status_is_waiting_under_way_or_over(self):
        made = one_of_each()
        under_way = {run.status for run in LabRun.objects.under_way()}
        unfinished = {run.status for run in LabRun.objects.unfinished()}
        assert unfinished == made.keys() - ENDED
        assert under_way == unfinished - {"queued"}

    def test_the_terminal_ones_are_those_that_nothing_follows(self):
        made = one_of_each()
        assert {word for word, run in made.items() if run.is_terminal} == ENDED


class TestEnqueue:
    SPEC = Spec("nginx", "throughput", {"processes": 2}, {"connections": 8}, seed=7)
    KEY = "a" * 32

    def test_the_row_waits_and_asks_for_what_the_spec_does(self, ann):
        run = LabRun.objects.enqueue(runs.owner_of(ann), self.SPEC)
        run.refresh_from_db()
        assert run.status == "queued" and run.owner == ann.user
        assert run.spec == self.SPEC

    def test_one_without_an_owner_is_nobodys(self):
        run = LabRun.objects.enqueue(owners.NOBODY, self.SPEC)
        assert run.owner is None and run.session_digest == ""

    def test_the_same_key_of_the_same_owner_is_the_same_run(self, ann):
        owner = runs.owner_of(ann)
        one, two = (
            LabRun.objects.enqueue(owner, self.SPEC, self.KEY) for _ in range(2)
        )
        assert one == two == LabRun.objects.submitted(owner, self.KEY)
        assert LabRun.objects.count() == 1

    def test_somebody_elses_key_leads_to_a_run_of_ones_own(self, ann):
        theirs = LabRun.objects.enqueue(runs.owner_of(ann), self.SPEC, self.KEY)
        run = LabRun.objects.enqueue(owners.NOBODY, self.SPEC, self.KEY)
        assert run != theirs and run.submission_key is None

    def test_without_a_key_each_is_a_new_one(self, ann):
        owner = runs.owner_of(ann)
        assert LabRun.objects.enqueue(owner, self.SPEC) != LabRun.objects.enqueue(
            owner, self.SPEC
        )
        assert LabRun.objects.submitted(owner, None) is None


class TestRun:
    def test_its_address_is_its_number(self):
        run = runs.make()
        assert run.get_absolute_url() == reverse("labs:run_detail", args=[run.pk])
        assert uuid.UUID(str(run.pk)).version == 4

    def test_it_says_what_it_is(self):
        assert str(runs.make()).startswith("slowloris on nginx, 20")

    def test_a_submission_key_is_there_once_and_none_any_number_of_times(self):
        runs.make(submission_key=None)
        runs.make(submission_key=None)
        runs.make(submission_key="a" * 32)
        with pytest.raises(IntegrityError):
            runs.make(submission_key="a" * 32)

    def test_lists_do_not_read_results(self):
        runs.finished()
        run = LabRun.objects.for_lists().get()
        assert run.get_deferred_fields() == {"result", "knobs", "params"}

    def test_it_outlives_the_account_that_made_it(self, ann):
        run = runs.make(ann)
        ann.user.delete()
        run.refresh_from_db()
        assert run.owner is None


class TestEvent:
    def test_a_number_is_given_once_in_a_run(self):
        run = runs.told([runs.log("one")])
        with pytest.raises(IntegrityError):
            RunEvent.objects.create(run=run, seq=1, t_s=0, type="log", payload={})

    def test_the_same_number_can_be_in_another_run(self):
        first, second = runs.told([runs.log("one")]), runs.told([runs.log("one")])
        assert runs.rows(first) == runs.rows(second) == [(1, "log")]

    def test_it_goes_with_its_run(self):
        runs.finished().delete()
        assert not RunEvent.objects.exists()
