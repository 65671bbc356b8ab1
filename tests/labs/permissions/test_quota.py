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


class TestMachineTime:
    """A run's plan counts, not what it took."""

    @pytest.fixture(autouse=True)
    def limits(self, settings):
        settings.LABS_MACHINE_S_PER_DAY = 1000
        settings.LABS_MACHINE_S_PER_DAY_AND_ADDRESS = 1500

    def had(self, client, seconds, hours_ago=0, **fields):
        run = lasted(1, **fields) if client is None else None
        run = run or runs.make(client, status="finished", **fields)
        ago = timezone.now() - timedelta(hours=hours_ago)
        LabRun.objects.filter(pk=run.pk).update(
            planned_s=seconds, created_at=ago, started_at=ago, finished_at=ago
        )
        return run

    def test_what_fits_may_go_and_not_a_second_more(self, ann):
        self.had(ann, 900)
        assert quota.refusal(runs.owner_of(ann), 100) is None
        refusal = quota.refusal(runs.owner_of(ann), 101)
        assert refusal.sentence == (
            "Your runs have had 15 min of machine time within a day, and 17 min are "
            "the most there are"
        )

    def test_the_next_may_go_when_enough_is_forgotten(self, ann):
        for seconds, hours_ago in ((300, 20), (300, 15), (300, 10)):
            self.had(ann, seconds, hours_ago)
        owner = runs.owner_of(ann)
        assert quota.refusal(owner, 100) is None
        for length_s, hours in ((200, 4), (400, 4), (500, 9), (1000, 14)):
            wait_s = quota.refusal(owner, length_s).retry_after_s
            assert wait_s == pytest.approx(hours * 3600, abs=60), length_s
        oldest = LabRun.objects.order_by("created_at").first()
        LabRun.objects.filter(pk=oldest.pk).update(
            created_at=oldest.created_at - timedelta(hours=4, seconds=1)
        )
        assert quota.refusal(owner, 400) is None

    def test_one_that_can_never_go_is_not_asked_to_come_back(self, ann):
        assert quota.refusal(runs.owner_of(ann), 1001).retry_after_s is None

    def test_what_was_cancelled_while_it_waited_had_nothing(self, ann):
        run = self.had(ann, 1000)
        assert quota.refusal(runs.owner_of(ann), 1) is not None
        LabRun.objects.filter(pk=run.pk).update(started_at=None)
        assert quota.refusal(runs.owner_of(ann), 1000) is None

    def test_guests_of_one_address_share(self, guest, stranger, ann):
        origin = runs.owner_of(guest).origin_digest
        assert origin and origin == runs.owner_of(stranger).origin_digest
        self.had(guest, 900, origin_digest=origin)
        self.had(None, 600, origin_digest=origin)
        refusal = quota.refusal(runs.owner_of(stranger), 1)
        assert "The runs from your address have had 25 min" in refusal.sentence
        assert quota.refusal(runs.owner_of(ann), 1000) is None

    def test_the_address_itself_is_in_no_row(self, guest):
        origin = runs.owner_of(guest).origin_digest
        assert len(origin) == 64 and "127" not in origin[:3]


class TestTurns:
    def order(self):
        return [row["pk"] for row in LabRun.objects.in_turn()]

    def test_people_take_turns_and_each_goes_by_age(self, ann, bob, guest):
        a1, a2, a3 = (runs.make(ann) for _ in range(3))
        b1, b2 = runs.make(bob), runs.make(bob)
        g1 = runs.make(guest)
        assert self.order() == [run.pk for run in (a1, b1, g1, a2, b2, a3)]

    def test_who_had_the_machine_last_comes_last(self, ann, bob):
        runs.under_way(ann)
        a1, b1 = runs.make(ann), runs.make(bob)
        assert self.order() == [b1.pk, a1.pk]
        assert LabRun.objects.next_in_turn() == b1

    def test_the_page_of_a_run_tells_its_turn(self, ann, bob):
        for _ in range(3):
            last = runs.make(ann, planned_s=100)
        first = runs.make(bob, planned_s=20)
        assert quota.position(first) == {"position": 2, "expected_wait_s": 100}
        assert quota.position(last) == {"position": 4, "expected_wait_s": 220}

    def test_with_nobody_waiting_it_is_nobodys(self):
        assert LabRun.objects.next_in_turn() is None


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
