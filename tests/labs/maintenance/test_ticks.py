"""Ticks of old runs go; what a run's page shows does not."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.bench.observer.board import fold
from labs.live import live_run
from labs.maintenance import ticks
from labs.models import Evidence, LabRun, RunEvent
from models_catalog.models import Claim
from tests.labs import runs

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def aged(run, days):
    LabRun.objects.filter(pk=run.pk).update(finished_at=timezone.now() - days * DAY)
    run.refresh_from_db()
    return run


def tick_rows(run):
    return list(RunEvent.objects.filter(run=run, type="tick").order_by("seq"))


def other_rows(run):
    return list(RunEvent.objects.filter(run=run).exclude(type="tick").values())


@pytest.fixture
def run():
    return runs.finished("nginx-slowloris")


class TestWhatGoes:
    def test_a_young_run_keeps_all(self, run):
        before = tick_rows(aged(run, 29))
        ticks.prune()
        assert tick_rows(run) == before
        run.refresh_from_db()
        assert run.stored_ticks == "all"

    def test_after_a_while_one_a_second_is_left(self, run):
        ticks.prune_run(aged(run, 31).pk, LabRun.StoredTicks.THINNED)
        seconds = [int(row.t_s) for row in tick_rows(run)]
        assert len(seconds) == len(set(seconds)) == 28

    def test_later_only_the_last(self, run):
        last = tick_rows(run)[-1]
        ticks.prune_run(aged(run, 121).pk, LabRun.StoredTicks.LAST)
        [left] = tick_rows(run)
        assert (left.seq, left.t_s) == (last.seq, last.t_s)

    def test_by_age(self, run):
        other = aged(runs.finished("nginx-throughput"), 200)
        assert "last tick: 1" in ticks.prune()
        aged(run, 31)
        assert "one tick a second: 1" in ticks.prune()
        run.refresh_from_db()
        other.refresh_from_db()
        assert (run.stored_ticks, other.stored_ticks) == ("thinned", "last")

    def test_a_second_time_changes_nothing(self, run):
        aged(run, 31)
        ticks.prune()
        before = list(RunEvent.objects.values())
        assert "ticks removed: 0" in ticks.prune()
        assert list(RunEvent.objects.values()) == before

    def test_settings_say_after_how_many_days(self, run, settings):
        settings.LABS_TICKS_WHOLE_DAYS = 3
        aged(run, 4)
        ticks.prune()
        run.refresh_from_db()
        assert run.stored_ticks == "thinned"


class TestWhatStays:
    def test_logs_phases_and_the_end(self, run):
        before = other_rows(run)
        ticks.prune_run(aged(run, 200).pk, LabRun.StoredTicks.LAST)
        assert other_rows(run) == before

    def test_the_result(self, run):
        before = run.result
        ticks.prune_run(aged(run, 200).pk, LabRun.StoredTicks.LAST)
        run.refresh_from_db()
        assert run.result == before

    @pytest.mark.parametrize("target", ["thinned", "last"])
    def test_all_that_the_page_gets(self, run, target):
        before = live_run.from_row(run).snapshot()
        ticks.prune_run(aged(run, 200).pk, target)
        run.refresh_from_db()
        assert live_run.from_row(run).snapshot() == before

    def test_boards_are_as_they_were_at_those_moments(self, run):
        boards, board = {}, []
        for row in tick_rows(run):
            board = fold(board, row.payload["board"])
            boards[row.seq] = board
        ticks.prune_run(aged(run, 31).pk, LabRun.StoredTicks.THINNED)
        left = {row.seq: row.payload["board"] for row in tick_rows(run)}
        assert left == {seq: boards[seq] for seq in left}

    def test_the_page_answers(self, run, client, lab_home):
        ticks.prune_run(aged(run, 200).pk, LabRun.StoredTicks.LAST)
        assert client.get(run.get_absolute_url()).status_code == 200
        events = client.get(reverse("labs:run_events", args=[run.pk])).json()["events"]
        assert events[-1]["type"] == "finished"


class TestExceptions:
    def test_a_pinned_run(self, run):
        LabRun.objects.filter(pk=run.pk).update(pinned=True)
        before = tick_rows(aged(run, 400))
        ticks.prune()
        assert tick_rows(run) == before

    def test_evidence(self, run):
        claim = Claim.objects.create(
            slug="c", code="C1", statement="It holds", body="x"
        )
        evidence = Evidence.objects.create(
            claim=claim, standing="holds", sentence="It does", rows=[]
        )
        evidence.runs.add(run)
        before = tick_rows(aged(run, 400))
        ticks.prune()
        assert tick_rows(run) == before

    def test_what_another_app_names(self, run, monkeypatch):
        monkeypatch.setattr(ticks, "_exceptions", [])
        other = aged(runs.finished("nginx-throughput"), 400)
        aged(run, 400)
        ticks.never_prune(lambda: LabRun.objects.filter(pk=run.pk))
        assert set(ticks.prunable()) == {other}

    @pytest.mark.parametrize("status", ["queued", "measuring"])
    def test_a_run_that_has_not_ended(self, status):
        runs.make(status=status)
        assert not ticks.prunable().exists()
