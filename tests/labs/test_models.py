"""Rows of runs: their words, their order, and what can be in them once."""

import uuid

import pytest
from django.db import IntegrityError
from django.urls import reverse

from labs.bench.contracts.events import Status
from labs.models import LabRun, RunEvent
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
