"""Pages from which runs are started, and those that list them."""

import html

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labs.plugins import registry
from tests.labs import runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]

KEY = "0123456789abcdef" * 2


def form_url(scenario="slowloris", server="nginx"):
    return f"{reverse('labs:run_form', args=[scenario])}?server={server}"


def text_of(response):
    return html.unescape(response.content.decode())


class TestForm:
    def test_it_can_be_filled_as_a_former_run_was(self, guest):
        run = runs.make(knobs={"processes": 7}, params={"connections": 12})
        form = guest.get(f"{form_url()}&from={run.pk}").context["form"]
        assert form["knob_processes"].initial == 7
        assert form["param_connections"].initial == 12

    def test_with_another_server_only_the_experiment_is_the_same(self, guest):
        run = runs.make(knobs={"processes": 7}, params={"connections": 12})
        url = form_url(server="apache-prefork")
        form = guest.get(f"{url}&from={run.pk}").context["form"]
        assert form["knob_processes"].initial == 8
        assert form["param_connections"].initial == 12

    @pytest.mark.parametrize("word", ["x", "", "00000000-0000-0000-0000-000000000000"])
    def test_a_run_that_is_not_there_changes_nothing(self, guest, word):
        form = guest.get(f"{form_url()}&from={word}").context["form"]
        assert form["param_connections"].initial == 1000

    def test_a_private_run_of_another_does_not_show_in_it(self, guest, stranger):
        run = runs.make(guest, visibility="private", params={"connections": 12})
        url = f"{form_url()}&from={run.pk}"
        form = stranger.get(url).context["form"]
        assert form["param_connections"].initial == 1000

    def test_two_clicks_lead_from_the_front_page_to_a_run(self, guest):
        first = guest.get("/").context["first_runs"][0]
        page = guest.get(first["url"])
        assert page.context["driver"].slug == first["server"].slug
        assert b'type="submit"' in page.content


class TestList:
    def test_it_is_newest_first_and_hides_what_is_private(self, guest, stranger):
        old, hidden, new = (
            runs.make(guest),
            runs.make(guest, visibility="private"),
            runs.finished(),
        )
        shown = list(stranger.get("/runs/").context["page"])
        assert shown == [new, old]
        assert hidden in guest.get("/runs/").context["page"].object_list

    @pytest.mark.parametrize(
        "query, number",
        [
            ("", 3),
            ("?server=nginx", 2),
            ("?scenario=throughput", 1),
            ("?verdict=measured", 1),
            ("?status=queued", 1),
            ("?mine=1", 1),
            ("?server=nothing", 0),
            ("?page=99", 3),
            ("?page=x", 3),
        ],
    )
    def test_it_can_be_filtered_by_its_address(self, guest, query, number):
        runs.make(guest)
        runs.make(server="apache-prefork", status="failed")
        runs.finished("nginx-throughput")
        assert len(guest.get(f"/runs/{query}").context["page"]) == number

    def test_pages_keep_the_filters(self, guest):
        for _ in range(26):
            runs.make()
        first = guest.get("/runs/?server=nginx")
        assert len(first.context["page"]) == 25
        assert "?server=nginx&page=2" in text_of(first)
        assert len(guest.get("/runs/?server=nginx&page=2").context["page"]) == 1

    @pytest.mark.parametrize("url", ["/runs/", "/"])
    def test_more_runs_are_no_more_queries(self, guest, ann, url):
        def queries():
            with CaptureQueriesContext(connection) as seen:
                assert guest.get(url).status_code == 200
            return len(seen)

        runs.make(guest, status="finished")
        one = queries()
        for _ in range(5):
            runs.make(ann, status="finished", verdict="holds")
        assert queries() == one

    def test_a_run_of_a_server_that_is_gone_is_still_shown(self, guest):
        run = runs.make(server="gone", scenario="gone-too", status="lost")
        for url in ("/runs/", run.get_absolute_url()):
            assert "gone-too" in text_of(guest.get(url))


class TestScenarios:
    def test_each_is_listed_with_each_server(self, guest):
        rows = guest.get("/labs/").context["rows"]
        assert [row["scenario"].slug for row in rows] == [*registry.scenarios()]
        for row in rows:
            slugs = [choice["driver"].slug for choice in row["servers"]]
            assert slugs == [*registry.servers()]
