"""Stopping a run from outside."""

import pytest

from labs.execution.cancellation import request_stop
from labs.models import RunEvent
from tests.labs import runs

pytestmark = pytest.mark.django_db


class TestStopping:
    def test_a_waiting_run_is_cancelled_at_once(self):
        run = runs.make()
        request_stop(run, "It was asked to stop while it waited")
        run.refresh_from_db()
        assert (run.status, run.reason) == ("cancelled", "stopped")
        assert run.message == "It was asked to stop while it waited"
        assert runs.rows(run) == [(1, "finished")]

    def test_one_under_way_is_left_to_its_runner(self):
        run = runs.under_way()
        request_stop(run, "-")
        run.refresh_from_db()
        assert (run.status, run.stop_requested) == ("measuring", True)
        assert runs.rows(run) == []

    def test_asking_twice_changes_nothing_more(self):
        run = runs.make()
        request_stop(run, "first")
        request_stop(run, "second")
        run.refresh_from_db()
        assert run.message == "first"
        assert RunEvent.objects.count() == 1

    def test_what_has_ended_stays_as_it_ended(self):
        run = runs.finished()
        before = runs.rows(run)
        request_stop(run, "too late")
        run.refresh_from_db()
        assert (run.status, run.stop_requested) == ("finished", False)
        assert runs.rows(run) == before
