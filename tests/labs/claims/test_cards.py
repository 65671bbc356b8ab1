"""The button that puts a claim to the test, and what pages show of its evidence."""

import html
import re

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse

from labs.claims import evaluation
from labs.claims.cards import cards
from labs.models import LabRun
from labs.views.claims import next_runs
from models_catalog.models import ConcurrencyModel, Load
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
        first, second = next_runs(claim)
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
        evidence = evaluation.refresh(claim)
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
            evaluation.refresh(claim)
        assert "was: holds" in shown("{% claim_cards claims %}", claims=[claim])
        attention = shown("{% labs_attention %}")
        assert "S5" in attention and "Was holds, now refuted" in attention

    def test_many_cost_as_many_queries_as_one(self, django_assert_num_queries):
        made = [claim_rows.make(f"claim-{n}", f"S{n}") for n in range(12)]
        for claim in made:
            evaluation.refresh(claim)
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


def links(text):
    """Return the links of a page: address -> the words of each, without marks."""
    found = {}
    for url, words in re.findall(r'<a href="([^"]+)">(.*?)</a>', text, re.DOTALL):
        found.setdefault(url, []).append(" ".join(re.sub("<.*?>", " ", words).split()))
    return found


class TestWhereFiguresComeFrom:
    """Each figure leads to the very run that it is of, wherever a claim is shown."""

    POOLS = {"knobs": {"processes": [4, 8, 16]}, "params": {"connections": 32}}
    CAPACITY = {"server": "apache-prefork", "scenario": "capacity"} | POOLS
    AS_MANY = {"figure": "served_at_once", "equals": "worker_slots"}

    @pytest.fixture
    def pools(self, catalog_page):
        """A claim about three pools, of which the second served most lately."""
        claim = claim_rows.make(runs=[self.CAPACITY], expect=[self.AS_MANY])
        made = {}
        for at in (0, 2, 1):
            run = claim_rows.run_for(claim, at=at, name="apache-prefork-capacity")
            served = 4 * 2**at
            run.result["summary"] |= {"served_at_once": served, "worker_slots": served}
            run.save()
            made[served] = run.get_absolute_url()
        evaluation.refresh(claim)
        return claim, made

    @pytest.fixture
    def catalog_page(self, db):
        """A model and a load, to put a claim on their pages."""
        return {
            "model": ConcurrencyModel.objects.create(slug="pool", title="Pool"),
            "load": Load.objects.create(slug="slow", title="Slow", kind="attack"),
        }

    def test_each_cell_leads_to_the_run_with_those_settings(self, client, pools):
        claim, made = pools
        text = client.get(claim.get_absolute_url()).content.decode()
        table = text[text.index("<tbody>") : text.index("</tbody>")]
        found = links(table)
        assert found == {
            url: [f"{served} : how it was measured"] for served, url in made.items()
        }
        assert "Apache prefork (processes 4)" in table

    def test_runs_are_listed_with_what_tells_them_apart(self, client, pools):
        claim, made = pools
        text = client.get(claim.get_absolute_url()).content.decode()
        runs_table = text[text.index('id="runs"') :]
        rows = runs_table.split("<tr>")[2:]
        assert len(rows) == 3
        for row, (served, url) in zip(rows, sorted(made.items()), strict=True):
            assert url in row and f"<td>Processes: {served}</td>" in row
            assert "Clients: 32" not in row  # all of them have it

    @pytest.mark.parametrize(
        "where", ["/claims/", "/models/pool/", "/loads/slow/", "/embed/claims/{slug}/"]
    )
    def test_the_headline_leads_to_the_run_it_is_of(
        self, client, pools, catalog_page, where
    ):
        claim, made = pools
        claim.concurrency_models.add(catalog_page["model"])
        claim.loads.add(catalog_page["load"])
        text = client.get(where.format(slug=claim.slug)).content.decode()
        found = links(text)
        assert found[made[4]] == ["4 : how it was measured"]
        # The newest one is another run, and says which.
        assert found[made[8]] == ["Capacity on Apache prefork"]
        assert "(Processes: 8)" in text

    def test_a_hidden_run_leaves_its_figure_without_a_link(self, client, pools):
        claim, made = pools
        LabRun.objects.filter(pk=made[4].split("/")[2]).update(visibility="private")
        text = client.get(claim.get_absolute_url()).content.decode()
        assert made[4] not in text and "<td>4</td>" in text and made[16] in text

    def test_what_a_curator_changed_since_leads_nowhere_wrong(self, client, pools):
        claim, made = pools
        claim.runs = [self.CAPACITY | {"knobs": {"processes": [5, 8, 16]}}]
        claim.save()
        text = client.get(claim.get_absolute_url()).content.decode()
        table = text[text.index("<tbody>") : text.index("</tbody>")]
        assert made[4] not in table and made[16] in table

    def test_a_claim_that_a_curator_broke_still_shows_what_was_seen(
        self, client, pools
    ):
        claim, made = pools
        claim.expect = []
        claim.save()
        page = client.get(claim.get_absolute_url())
        assert page.status_code == 200 and made[4] in page.content.decode()

    def test_a_comparison_of_several_leads_to_each(self, client):
        wanted = [claim_rows.SLOW | {"server": SERVERS[:3]}]
        above = {"figure": "probe_ok_ratio_during", "of": "nginx"}
        above |= {"above": ["apache-prefork", "apache-worker"]}
        claim = claim_rows.make(runs=wanted, expect=[above])
        made = [claim_rows.run_for(claim, at=at).get_absolute_url() for at in range(3)]
        evaluation.refresh(claim)
        text = client.get(claim.get_absolute_url()).content.decode()
        found = links(text[text.index("<tbody>") : text.index("</tbody>")])
        assert "NGINX" in found[made[2]]
        assert "Apache prefork" in found[made[0]]
        assert "Apache worker" in found[made[1]]

    def test_a_figure_is_the_headline_before_a_verdict(self):
        figure = {"figure": "denied_at_connections", "at_least": 1}
        claim = claim_rows.make(expect=[claim_rows.DENIED, figure])
        run = claim_rows.run_for(claim)
        evaluation.refresh(claim)
        (card,) = cards([claim])
        assert card.figure.measured == run.result["summary"]["denied_at_connections"]

    def test_what_speaks_against_a_claim_is_its_headline(self):
        right = {"figure": "denied_at_connections", "at_least": 1}
        wrong = {"figure": "slow_held_max", "at_most": 0}
        claim = claim_rows.make(expect=[right, wrong])
        claim_rows.run_for(claim)
        evaluation.refresh(claim)
        (card,) = cards([claim])
        assert card.figure.holds is False

    def test_what_was_read_leads_to_the_server_whose_source_it_is(self):
        told = {"server": "single-thread", "scenario": "source"}
        expect = {"figure": "branches", "at_least": 1}
        claim = claim_rows.make(runs=[told], expect=[expect])
        evaluation.refresh(claim)
        assert "/servers/single-thread/" in links(
            shown("{% claim_cards claims %}", claims=[claim])
        )


class TestWholeEvidence:
    def test_every_row_says_what_was_seen_and_expected(self):
        claim = claim_rows.make()
        claim_rows.run_for(claim, verdict="holds")
        evaluation.refresh(claim)
        text = shown("{% claim_evidence claim %}", claim=claim)
        assert "✕ no" in text and "<td>denied</td>" in text
        assert ">holds<" in text  # what was seen leads to its run

    def test_how_it_stood_before_is_there(self):
        claim = claim_rows.make()
        evaluation.refresh(claim)
        claim_rows.run_for(claim)
        evaluation.refresh(claim)
        text = shown("{% claim_evidence claim %}", claim=claim)
        assert "How it stood before" in text and "0 of 1 runs" in text

    def test_what_was_not_run_yet_is_named_in_words(self):
        expect = {"figure": "denied_at_connections", "equals": "worker_slots"}
        claim = claim_rows.make(expect=[expect])
        evaluation.refresh(claim)
        text = shown("{% claim_evidence claim %}", claim=claim)
        assert "Denied at connections" in text and "Worker slots" in text
        assert "denied_at_connections" not in text and "Apache prefork" in text
