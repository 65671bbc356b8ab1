"""A run's page, its parts, and its events as JSON."""

import json
import re

import pytest
from django.urls import reverse

from labs.models import LabRun
from tests.labs import runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]


def url_of(run, part="run_detail"):
    return reverse(f"labs:{part}", args=[run.pk])


def snapshot_in(response):
    pattern = rb'<script id="run-snapshot" type="application/json">(.*?)</script>'
    return json.loads(re.search(pattern, response.content)[1])


class TestPage:
    def test_a_waiting_run_shows_its_place(self, guest):
        runs.under_way()
        page = guest.get(url_of(runs.make())).content.decode()
        assert "Number 1 in the queue; about 30 s to wait" in page

    def test_one_under_way_shows_what_has_happened(self, guest):
        told = [runs.measuring(0.1, "attack"), runs.tick(0.2, slow_held=3)]
        run = runs.told([*told, runs.log("<script>alert(1)</script>", 0.3)])
        response = guest.get(url_of(run))
        assert snapshot_in(response)["seq"] == 3
        assert "Now attack" in response.content.decode()
        assert b"<script>alert" not in response.content
        assert b"&lt;script&gt;alert" in response.content

    def test_the_snapshot_in_it_is_the_sockets(self, guest):
        run = runs.finished()
        response = guest.get(url_of(run))
        assert snapshot_in(response) == json.loads(
            json.dumps(response.context["snapshot"])
        )

    def test_a_finished_one_is_complete_without_script(self, guest):
        run = runs.finished("single-thread-slowloris")
        page = guest.get(url_of(run)).content.decode()
        assert run.verdict_sentence in page
        assert all(finding["statement"] in page for finding in run.result["findings"])
        ticks = len(run.result["series"]["t_s"])
        charts = page.count("data-chart-rows")
        body = re.findall(r"data-chart-rows>(.*?)</tbody>", page, re.DOTALL)
        assert charts and [rows.count("<tr>") for rows in body] == [ticks] * charts

    @pytest.mark.parametrize("part", ["run_detail", "run_outcome"])
    def test_built_twice_a_finished_one_is_the_same(self, stranger, part):
        run = runs.finished("apache-prefork-slowloris")
        url = url_of(run, part)
        assert stranger.get(url).content == stranger.get(url).content

    @pytest.mark.parametrize("who", ["guest", "ann"])
    def test_it_is_the_same_for_its_owner_but_for_the_tokens(self, request, who):
        client = request.getfixturevalue(who)
        url = url_of(runs.finished(client=client))
        token = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
        pages = [token.sub(b"", client.get(url).content) for _ in range(2)]
        assert pages[0] == pages[1]

    def test_the_part_that_is_fetched_is_the_part_that_a_reload_shows(self, guest):
        run = runs.finished()
        part = guest.get(url_of(run, "run_outcome")).content.decode().strip()
        assert part
        assert part in guest.get(url_of(run)).content.decode()

    def test_a_lost_one_says_why(self, guest):
        run = runs.make(status="lost", message="The runner ended without a result")
        page = guest.get(url_of(run)).content.decode()
        assert "The runner ended without a result" in page

    @pytest.mark.parametrize("status", ["failed", "cancelled"])
    def test_one_that_ended_early_keeps_what_was_measured(self, guest, status):
        *told, last = runs.recording()
        unjudged = {"verdict": None, "sentence": "", "findings": []}
        result = last["result"] | unjudged | {"status": status}
        changed = {"status": status, "message": "It ended early", "result": result}
        run = runs.told([*told, last | changed])
        page = guest.get(url_of(run)).content.decode()
        assert "It ended early" in page
        assert "What was measured until then is kept" in page

    def test_one_that_is_not_there_is_404(self, guest):
        missing = "/runs/00000000-0000-4000-8000-000000000000/"
        assert guest.get(missing).status_code == 404
        assert guest.get("/runs/nonsense/").status_code == 404


class TestStopButton:
    def test_only_who_may_stop_has_it_and_only_while_there_is_something_to(
        self, guest, stranger
    ):
        run = runs.under_way(guest)
        assert b"Stop the run" in guest.get(url_of(run)).content
        assert b"Stop the run" not in stranger.get(url_of(run)).content
        LabRun.objects.update(status="finished")
        assert b"Stop the run" not in guest.get(url_of(run)).content

    def test_it_asks_the_run_to_stop(self, guest):
        run = runs.under_way(guest)
        response = guest.post(url_of(run, "run_stop"))
        assert (response.status_code, response.url) == (302, url_of(run))
        run.refresh_from_db()
        assert run.stop_requested

    def test_a_waiting_run_is_cancelled_by_it(self, guest):
        run = runs.make(guest)
        for _ in range(2):
            assert guest.post(url_of(run, "run_stop")).status_code == 302
        run.refresh_from_db()
        assert (run.status, run.reason) == ("cancelled", "stopped")
        assert runs.rows(run) == [(1, "finished")]

    def test_the_staff_may_press_it_for_others(self, guest, staff):
        run = runs.make(guest)
        assert staff.post(url_of(run, "run_stop")).status_code == 302
        run.refresh_from_db()
        assert run.status == "cancelled"

    def test_it_takes_a_post(self, guest):
        run = runs.make(guest)
        assert guest.get(url_of(run, "run_stop")).status_code == 405
        run.refresh_from_db()
        assert run.status == "queued"


class TestVisibility:
    def test_the_owner_hides_a_run_and_shows_it_again(self, guest, stranger):
        run = runs.finished(client=guest)
        for word, status in (("private", 404), ("link", 200)):
            url = url_of(run, "run_visibility")
            assert guest.post(url, {"visibility": word}).status_code == 302
            assert stranger.get(url_of(run)).status_code == status
            assert guest.get(url_of(run)).status_code == 200

    @pytest.mark.parametrize("word", ["", "public", "PRIVATE"])
    def test_any_other_word_is_400(self, guest, word):
        run = runs.finished(client=guest)
        url = url_of(run, "run_visibility")
        assert guest.post(url, {"visibility": word}).status_code == 400
        run.refresh_from_db()
        assert run.visibility == "link"


class TestEvents:
    @pytest.fixture
    def run(self, db):
        return runs.told([runs.log(str(number)) for number in range(4)])

    def test_all_of_them_are_given_in_order(self, guest, run):
        answer = guest.get(url_of(run, "run_events")).json()
        assert answer["seq"] == 4
        assert [frame["seq"] for frame in answer["events"]] == [1, 2, 3, 4]
        words = {"texts": {"time": ""}, "log_time": "0.00 s"}
        assert answer["events"][0] == runs.log("0") | {"seq": 1, "words": words}

    @pytest.mark.parametrize("after, seqs", [("0", [1, 2, 3, 4]), ("2", [3, 4])])
    def test_those_after_a_number_are(self, guest, run, after, seqs):
        answer = guest.get(url_of(run, "run_events"), {"after": after}).json()
        assert [frame["seq"] for frame in answer["events"]] == seqs

    @pytest.mark.parametrize("after", ["4", "999999999"])
    def test_after_the_last_there_are_none(self, guest, run, after):
        answer = guest.get(url_of(run, "run_events"), {"after": after}).json()
        assert answer == {"events": [], "seq": int(after), "queue": None}

    def test_a_waiting_run_is_told_its_place(self, guest):
        runs.under_way()
        answer = guest.get(url_of(runs.make(), "run_events")).json()
        assert answer["events"] == []
        sentence = "Number 1 in the queue; about 30 s to wait."
        assert answer["queue"]["sentence"] == sentence

    @pytest.mark.parametrize("after", ["x", "-1", "1.5", "", "٣", "1" * 10])
    def test_what_is_no_number_is_400(self, guest, run, after):
        response = guest.get(url_of(run, "run_events"), {"after": after})
        assert response.status_code == 400
        assert "after must be a whole number" in response.json()["error"]

    def test_the_snapshot_and_the_rest_are_the_whole(self, guest, run):
        run.last_seq = 2
        run.save()
        seq = snapshot_in(guest.get(url_of(run)))["seq"]
        rest = guest.get(url_of(run, "run_events"), {"after": seq}).json()["events"]
        assert [seq, *(frame["seq"] for frame in rest)] == [2, 3, 4]
