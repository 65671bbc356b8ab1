"""How many runs there may be, and how long one waits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.models import LabRun
from labs.permissions import quota
from tests.labs import runs

pytestmark = pytest.mark.django_db


def lasted(seconds, **fields):
    now = timezone.now()
    start = now - timedelta(seconds=seconds)
    times = {"started_at": start, "finished_at": now}
    return runs.make(status="finished", **times | fields)


class TestUnfinished:
    def test_the_last_one_allowed_is_not_refused(self, guest, settings):
        settings.LABS_MAX_UNFINISHED_PER_OWNER = 2
        runs.make(guest)
        assert quota.refusal(runs.owner_of(guest)) is None

    def test_waiting_and_under_way_count_together(self, guest, settings):
        settings.LABS_MAX_UNFINISHED_PER_OWNER = 2
        runs.make(guest)
        runs.under_way(guest)
        refusal = quota.refusal(runs.owner_of(guest))
        assert refusal.sentence == (
            "You have 2 runs waiting or under way, and 2 is the most at once"
        )
        assert refusal.retry_after_s == 30

    def test_those_of_others_and_ended_ones_do_not(self, guest, stranger, settings):
        settings.LABS_MAX_UNFINISHED_PER_OWNER = 1
        runs.make(stranger)
        runs.make(guest, status="lost")
        assert quota.refusal(runs.owner_of(guest)) is None


class TestQueue:
    def test_it_has_an_end_for_all_owners_together(self, guest, stranger, settings):
        settings.LABS_MAX_QUEUED = 2
        runs.make(stranger)
        assert quota.refusal(runs.owner_of(guest)) is None
        runs.make(stranger)
        refusal = quota.refusal(runs.owner_of(guest))
        assert refusal.sentence == "The queue of this host is full: 2 runs waiting"


class TestDay:
    def test_it_is_any_24_hours(self, guest, settings):
        settings.LABS_MAX_RUNS_PER_DAY = 2
        for _ in range(2):
            runs.make(guest, status="finished")
        hours_ago = timezone.now() - timedelta(hours=23)
        LabRun.objects.update(created_at=hours_ago)
        refusal = quota.refusal(runs.owner_of(guest))
        assert "2 runs within a day" in refusal.sentence
        assert 0 < refusal.retry_after_s <= 3600
        LabRun.objects.update(created_at=hours_ago - timedelta(hours=2))
        assert quota.refusal(runs.owner_of(guest)) is None

    def test_only_own_runs_count(self, guest, ann, settings):
        settings.LABS_MAX_RUNS_PER_DAY = 1
        runs.make(ann, status="finished")
        assert quota.refusal(runs.owner_of(guest)) is None
        assert quota.refusal(runs.owner_of(ann)) is not None


class TestPosition:
    def test_it_counts_those_before_and_the_one_under_way(self):
        runs.under_way()
        first, second = runs.make(), runs.make()
        assert quota.position(first) == {"position": 1, "expected_wait_s": 30}
        assert quota.position(second) == {"position": 2, "expected_wait_s": 60}

    def test_the_first_on_an_idle_host_waits_for_nothing(self):
        assert quota.position(runs.make())["expected_wait_s"] == 0

    def test_what_does_not_wait_has_none(self):
        assert quota.position(runs.under_way()) is None


class TestTypicalLength:
    def test_before_there_are_runs_it_is_a_guess(self):
        runs.make(status="cancelled", finished_at=timezone.now())
        assert quota.typical_s() == 30

    def test_it_is_the_median_of_the_last_ones(self):
        for seconds in (10, 12, 600):
            lasted(seconds)
        assert quota.typical_s() == pytest.approx(12)

    def test_old_ones_are_forgotten(self):
        long_ago = timezone.now() - timedelta(days=9)
        for _ in range(30):
            lasted(1000, finished_at=long_ago)
        for _ in range(20):
            lasted(5)
        assert quota.typical_s() == pytest.approx(5)
