"""The button that puts a claim to the test, and what pages show of its evidence."""

import html

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse

from labs import claim_pages, claims
from labs.models import LabRun
from tests.labs import claim_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]

SERVERS = ["apache-prefork", "apache-worker", "nginx", "node", "redis"]


def press(client, claim):
    return client.post(reverse("labs:run_claim", args=[claim.slug]))


def shown(tag, **context):
    request = RequestFactory().get("/")
    values = Context({"request": request, "csrf_token": "token"} | context)
    return html.unescape(Template("{% load labs %}" + tag).render(values))


class TestRunningNow:
    def test_one_click_queues_the_run_and_leads_to_it(self, guest):
        told = claim_rows.SLOW | {"knobs": {"processes": 4}}
        response = press(guest, claim_rows.make(runs=[told]))
        run = LabRun.objects.get()
        assert response.url == run.get_absolute_url()
        assert (run.server, run.knobs) == ("apache-prefork", {"processes": 4})

    def test_of_many_the_first_few_that_are_missing(self, guest):
        claim = claim_rows.make(runs=[claim_rows.SLOW | {"server": SERVERS}])
        claim_rows.run_for(claim)
        press(guest, claim)
        queued = LabRun.objects.queued().values_list("server", flat=True)
        assert list(queued) == ["apache-worker", "nginx", "node"]

    def test_once_all_are_there_the_oldest_again(self, guest):
        claim = claim_rows.make(runs=[claim_rows.SLOW | {"server": SERVERS[:2]}])
        claim_rows.run_for(claim, at=1)
        claim_rows.run_for(claim, at=0)
        first, second = claim_pages.next_runs(claim)
        assert (first.server, second.server) == ("apache-worker", "apache-prefork")

    def test_never_more_than_the_owner_may_have(self, guest, settings):
        settings.LABS_MAX_UNFINISHED_PER_OWNER = 1
        claim = claim_rows.make(runs=[claim_rows.SLOW | {"server": SERVERS}])
        assert press(guest, claim).status_code == 302
        response = press(guest, claim)
        assert (response.status_code, LabRun.objects.count()) == (429, 1)
        assert int(response["Retry-After"]) > 0

    def test_where_labs_are_off_it_says_why(self, guest, lab_home):
        lab_home.examined("refuse", "A02 is open")
        response = press(guest, claim_rows.make())
        assert response.status_code == 503
        assert "A02 is open" in html.unescape(response.content.decode())

    def test_a_server_that_is_not_here_is_said(self, guest, lab_home):
        lab_home.remove("/usr/sbin/apache2")
        response = press(guest, claim_rows.make())
        assert response.status_code == 503
        assert "apache2" in response.content.decode()

    def test_a_claim_that_a_curator_broke_is_said(self, guest):
        response = press(guest, claim_rows.make(expect=[]))
        assert "needs at least one run" in html.unescape(response.content.decode())

    def test_what_can_never_run_is_a_bad_request_and_no_matter_of_time(self, guest):
        told = claim_rows.SLOW | {"scenario": "slowlorris"}
        response = press(guest, claim_rows.make(runs=[told]))
        text = html.unescape(response.content.decode())
        assert response.status_code == 400 and "Retry-After" not in response
        assert "Unknown scenario 'slowlorris'" in text and "worth trying" not in text

    def test_drafts_and_unknown_ones_are_not_there(self, guest):
        assert press(guest, claim_rows.make(status="draft")).status_code == 404
        assert guest.post("/claims/nope/run").status_code == 404

    def test_it_takes_a_press_and_not_a_look(self, guest):
        claim = claim_rows.make()
        assert (
            guest.get(reverse("labs:run_claim", args=[claim.slug])).status_code == 405
        )

    def test_who_may_not_start_runs_is_sent_to_log_in(self, guest, settings):
        settings.LABS_GUESTS = False
        assert press(guest, claim_rows.make()).url.startswith("/accounts/login/")


class TestCards:
    def test_newest_evidence_with_figure_version_date_host_and_run(self):
        claim = claim_rows.make()
        run = claim_rows.run_for(claim)
        evidence = claims.refresh(claim)
        text = shown("{% claim_cards claims %}", claims=[claim])
        for told in (
            "Holds",
            evidence.sentence,
            evidence.host,
            run.result["server"]["version"],
            run.get_absolute_url(),
            f"{evidence.made_at:%-d %B %Y}",
            reverse("labs:run_claim", args=[claim.slug]),
        ):
            assert told in text

    def test_without_evidence_it_says_so(self):
        text = shown("{% claim_cards claims %}", claims=[claim_rows.make()])
        assert "Not put to the test on this machine yet" in text

    def test_a_flip_is_flagged(self):
        claim = claim_rows.make()
        for verdict in ("denied", "holds"):
            claim_rows.run_for(claim, verdict=verdict)
            claims.refresh(claim)
        assert "was: holds" in shown("{% claim_cards claims %}", claims=[claim])
        attention = shown("{% labs_attention %}")
        assert "S5" in attention and "Was holds, now refuted" in attention

    def test_many_cost_as_many_queries_as_one(self, django_assert_num_queries):
        made = [claim_rows.make(f"claim-{n}", f"S{n}") for n in range(12)]
        for claim in made:
            claims.refresh(claim)
        with django_assert_num_queries(2):
            shown("{% claim_cards claims %}", claims=made)

    @pytest.mark.parametrize("runs", [["nginx"], {"server": "nginx"}, 5])
    def test_one_that_cannot_be_run_says_why_in_place_of_the_button(self, runs):
        text = shown("{% claim_cards claims %}", claims=[claim_rows.make(runs=runs)])
        assert "It cannot be run as it is written. " in text
        assert "Run it now" not in text

    def test_a_claim_about_source_alone_has_no_button(self):
        told = {"server": "single-thread", "scenario": "source"}
        expect = {"figure": "branches", "at_least": 1}
        claim = claim_rows.make(runs=[told], expect=[expect])
        assert "Run it now" not in shown("{% claim_cards claims %}", claims=[claim])


class TestWholeEvidence:
    def test_every_row_says_what_was_seen_and_expected(self):
        claim = claim_rows.make()
        claim_rows.run_for(claim, verdict="holds")
        claims.refresh(claim)
        text = shown("{% claim_evidence claim %}", claim=claim)
        assert "✕ no" in text and "<td>denied</td>" in text

    def test_how_it_stood_before_is_there(self):
        claim = claim_rows.make()
        claims.refresh(claim)
        claim_rows.run_for(claim)
        claims.refresh(claim)
        text = shown("{% claim_evidence claim %}", claim=claim)
        assert "How it stood before" in text and "0 of 1 runs" in text

    def test_what_was_not_run_yet_is_named_in_words(self):
        expect = {"figure": "denied_at_connections", "equals": "worker_slots"}
        claim = claim_rows.make(expect=[expect])
        claims.refresh(claim)
        text = shown("{% claim_evidence claim %}", claim=claim)
        assert "Denied at connections" in text and "Worker slots" in text
        assert "denied_at_connections" not in text and "Apache prefork" in text
