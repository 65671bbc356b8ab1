"""The night's steps: what each removes, and what is told of it."""

import io
import os
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from labs.execution import nightly
from labs.maintenance import evidence, leftovers, quiet
from labs.models import Evidence
from models_catalog.models import Claim, ConcurrencyModel, Server
from models_catalog.sync import waiting_files
from tests.labs import runs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.CATALOG_CARDS_DIR = tmp_path / "cards"
    (tmp_path / "cards").mkdir()
    return tmp_path


def make_old(path, days):
    then_s = time.time() - days * 24 * 3600
    os.utime(path, (then_s, then_s))


class TestLeftovers:
    def test_expired_sessions_go(self):
        for days in (-1, 1):
            session = SessionStore()
            session["x"] = 1
            session.set_expiry(timezone.now() + timedelta(days=days))
            session.save()
        leftovers.clear_sessions()
        assert Session.objects.count() == 1

    def test_uploads_that_nobody_confirmed_go(self, data):
        old, young = waiting_files.keep(b"old"), waiting_files.keep(b"young")
        make_old(data / "bundles" / old, 2)
        assert "1 removed" in leftovers.clear_waiting_files()
        assert waiting_files.read(old) is None
        assert waiting_files.read(young) == b"young"

    def test_cards_drawn_long_ago_go(self, data):
        for name, days in (("old.png", 31), ("young.png", 29)):
            (data / "cards" / name).write_bytes(b"")
            make_old(data / "cards" / name, days)
        assert "1 removed" in leftovers.clear_cards()
        assert [path.name for path in (data / "cards").iterdir()] == ["young.png"]


class TestHistories:
    @pytest.fixture
    def model(self, settings):
        settings.CATALOG_MAX_VERSIONS = 3
        model = ConcurrencyModel(slug="m", title="M", summary="S", body="0")
        model.status = model.Status.PUBLISHED
        model.save()
        return model

    def bodies(self, model):
        return list(
            model.history.order_by("history_date").values_list("body", flat=True)
        )

    def test_the_newest_stay(self, model):
        for number in range(1, 6):
            model.body = str(number)
            model.save()
        assert "3 removed" in leftovers.bound_histories()
        assert self.bodies(model) == ["3", "4", "5"]

    def test_so_does_what_was_published_last(self, model):
        model.status = model.Status.DRAFT
        for number in range(1, 6):
            model.body = str(number)
            model.save()
        leftovers.bound_histories()
        assert self.bodies(model) == ["0", "3", "4", "5"]

    def test_past_relations_go_with_their_version(self, model):
        server = Server.objects.create(
            slug="s", name="S", summary="S", body="0", concurrency_model=model
        )
        for number in range(5):
            server.body = str(number)
            server.save()
        leftovers.bound_histories()
        assert server.history.count() == 3


def make_claim():
    return Claim.objects.create(slug="c", code="C1", statement="It holds", body="x")


class TestEvidence:
    def test_repetitions_go_and_changes_stay(self):
        claim = Claim.objects.create(
            slug="c", code="C1", statement="It holds", body="x"
        )
        said = ["holds", "holds", "refuted", "refuted", "holds", "holds"]
        for number, standing in enumerate(said):
            row = Evidence.objects.create(
                claim=claim, standing=standing, sentence=str(number), rows=[]
            )
            made_at = timezone.now() - timedelta(days=100 - number)
            Evidence.objects.filter(pk=row.pk).update(made_at=made_at)
        assert "2 removed" in evidence.prune()
        left = Evidence.objects.order_by("made_at").values_list("sentence", flat=True)
        assert list(left) == ["0", "2", "4", "5"]  # the newest is what pages show

    def test_young_ones_stay(self):
        claim = Claim.objects.create(
            slug="c", code="C1", statement="It holds", body="x"
        )
        for _ in range(3):
            Evidence.objects.create(claim=claim, standing="holds", sentence="", rows=[])
        evidence.prune()
        assert Evidence.objects.count() == 3


class TestNight:
    def test_the_command_does_every_step(self):
        output = io.StringIO()
        call_command("maintain", stdout=output)
        names = [line.split()[1] for line in output.getvalue().splitlines()]
        assert names == [
            *("database", "evidence", "ticks", "sessions"),
            *("uploads", "cards", "histories", "sizes"),
        ]

    def test_or_one(self):
        output = io.StringIO()
        call_command("maintain", "cards", stdout=output)
        assert len(output.getvalue().splitlines()) == 1
        assert nightly.last() == {}  # the night is still to come

    def test_an_unknown_step_is_named(self):
        with pytest.raises(CommandError, match="ironing"):
            call_command("maintain", "ironing")

    def test_the_start_page_of_the_admin_shows_it(self, staff, lab_home):
        assert "never pruned yet" in text_of(staff.get("/admin/"))
        report = nightly.run()
        page = text_of(staff.get("/admin/"))
        assert f"pruned on {report['day']}" in page
        assert f"Cards: {report['steps']['cards']['sentence']}" in page

    def test_it_waits_while_a_run_is_measured(self, monkeypatch):
        run = runs.under_way()
        monkeypatch.setattr(quiet, "_waited_s", 0.0)
        slept = []

        def sleep(seconds):
            slept.append(seconds)
            if len(slept) == 3:
                run.delete()

        monkeypatch.setattr(quiet.time, "sleep", sleep)
        quiet.wait_while_measuring()
        assert len(slept) == 3

    def test_but_not_for_ever(self, monkeypatch):
        runs.under_way()
        monkeypatch.setattr(quiet, "_waited_s", 0.0)
        monkeypatch.setattr(quiet.time, "sleep", lambda _: None)
        quiet.wait_while_measuring()
        assert quiet._waited_s == quiet.MAX_WAIT_S


def text_of(response):
    return " ".join(response.content.decode().split())
