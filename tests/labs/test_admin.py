"""Runs in the admin: read, filter, stop; only who may see them can be changed."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labs.bench.contracts.events import Status
from labs.models import LabRun
from tests.labs import runs

pytestmark = pytest.mark.django_db

LIST = "/admin/labs/labrun/"


def change_url(run):
    return reverse("admin:labs_labrun_change", args=[run.pk])


class TestList:
    def test_it_shows_runs_and_their_states(self, staff, ann):
        made = [runs.make(ann, status=status) for status in Status]
        page = staff.get(LIST).content.decode()
        for run in made:
            assert change_url(run) in page
            assert f'class="field-status">{run.get_status_display()}<' in page
        assert "ann" in page

    @pytest.mark.parametrize(
        "query, number", [("?status__exact=lost", 1), ("?q=prefork", 1), ("?q=ann", 2)]
    )
    def test_it_can_be_filtered_and_searched(self, staff, ann, query, number):
        runs.make(ann, status="lost")
        runs.make(ann, server="apache-prefork")
        runs.make()
        assert staff.get(LIST + query).context["cl"].result_count == number

    def test_more_runs_are_no_more_queries_and_no_results_read(self, staff, ann):
        def queries():
            with CaptureQueriesContext(connection) as seen:
                assert staff.get(LIST).status_code == 200
            assert '"labs_labrun"."result"' not in str(seen.captured_queries)
            return len(seen)

        runs.finished(client=ann)
        one = queries()
        for _ in range(5):
            runs.make(ann)
        assert queries() == one

    def test_it_is_not_for_everybody(self, guest, ann):
        run = runs.make()
        for client in (guest, ann):
            for url in (LIST, change_url(run)):
                assert client.get(url).url.startswith("/admin/login/")


class TestRun:
    def test_it_shows_the_result_without_the_series(self, staff):
        run = runs.finished("nginx-throughput")
        response = staff.get(change_url(run))
        page = response.content.decode()
        assert "concsite-result/1" in page
        assert "&quot;series&quot;" not in page

    def test_text_of_a_server_is_not_read_as_html(self, staff):
        *told, last = runs.recording()
        evil = {"a.conf": "<script>alert(1)</script>"}
        result = last["result"] | {"configuration": evil}
        run = runs.told([*told, last | {"result": result}])
        assert b"<script>alert" not in staff.get(change_url(run)).content

    def test_what_happened_cannot_be_edited(self, staff, ann):
        run = runs.finished(client=ann)
        before = LabRun.objects.values().get(pk=run.pk)
        forged = {name: "1" for name in before} | {"visibility": "private"}
        assert staff.post(change_url(run), forged).status_code == 302
        after = LabRun.objects.values().get(pk=run.pk)
        assert after == before | {"visibility": "private"}

    def test_none_can_be_added(self, staff):
        assert staff.get(f"{LIST}add/").status_code == 403


class TestStop:
    def test_it_stops_what_is_not_over(self, staff):
        waiting, running, over = runs.make(), runs.under_way(), runs.finished()
        keys = [run.pk for run in (waiting, running, over)]
        staff.post(LIST, {"action": "stop", "_selected_action": keys})
        for run in (waiting, running, over):
            run.refresh_from_db()
        assert (waiting.status, waiting.reason) == ("cancelled", "stopped")
        assert "administrator" in waiting.message
        assert (running.status, running.stop_requested) == ("measuring", True)
        assert (over.status, over.stop_requested) == ("finished", False)

    def test_who_may_only_look_cannot(self):
        user = get_user_model().objects.create_user("eve", is_staff=True)
        user.user_permissions.add(_permission("view_labrun"))
        client = Client()
        client.force_login(user)
        run = runs.make()
        action = {"action": "stop", "_selected_action": [run.pk]}
        assert client.get(LIST).status_code == 200
        client.post(LIST, action)
        run.refresh_from_db()
        assert run.status == "queued"


def _permission(codename):
    return get_user_model().user_permissions.rel.model.objects.get(codename=codename)
