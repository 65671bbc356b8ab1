"""Models and servers side by side: the address, the rows, the claims, the download."""

import csv
import io
import re

import pytest

from models_catalog.compare import rows as comparing
from models_catalog.models import Claim, ConcurrencyModel, Server
from tests.labs import runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]

MODELS = "/compare/?a=thread-pool&a=single-event-loop"
SERVERS = "/compare/?kind=servers&a=nginx&a=apache-prefork"
TEACHING = "/compare/?kind=servers&a=thread-pool&a=event-loop"


def read(client, address):
    page = client.get(address, follow=True)
    assert page.status_code == 200
    return page.content.decode()


def rows(html):
    """Return each row's words, and whether it is hidden."""
    row = r'<tr( data-equal)?( hidden)?><th scope="row">(.*?)</th>'
    found = re.findall(row, html)
    return {re.sub("<.*?>", "", label): bool(hidden) for _, hidden, label in found}


class TestTheChoice:
    def test_without_one_there_is_a_picker(self, client):
        html = read(client, "/compare/")
        assert html.count('<select name="a">') == 4
        assert '<option value="thread-pool"' in html

    def test_the_picker_shows_what_the_address_holds(self, client):
        html = read(client, MODELS)
        assert '<option value="thread-pool" selected>' in html
        assert '<option value="single-event-loop" selected>' in html

    def test_the_kind_is_that_which_all_of_them_are(self, client):
        page = client.get("/compare/?a=nginx&a=node", follow=True)
        assert page.redirect_chain == [("/compare/?kind=servers&a=nginx&a=node", 302)]
        assert page.context["choice"].kind == "servers"

    def test_a_slug_of_both_kinds_is_a_model_unless_asked(self, client):
        assert client.get(TEACHING).context["choice"].kind == "servers"
        both = "/compare/?a=thread-pool&a=thread-per-connection"
        assert client.get(both, follow=True).context["choice"].kind == "models"

    def test_free_places_of_the_picker_are_left_out_of_the_address(self, client):
        answer = client.get("/compare/?kind=models&a=thread-pool&a=&a=actors&a=")
        assert answer.status_code == 302
        assert answer["Location"] == "/compare/?kind=models&a=thread-pool&a=actors"

    def test_the_same_twice_is_one(self, client):
        page = client.get("/compare/?a=nginx&a=nginx", follow=True)
        assert [str(page) for page in page.context["choice"].pages] == ["NGINX"]
        assert "Choose one more" in page.content.decode()

    def test_a_fifth_is_left_out_and_named(self, client):
        slugs = Server.objects.published().values_list("slug", flat=True)[:5]
        page = client.get("/compare/", {"kind": "servers", "a": list(slugs)})
        assert len(page.context["choice"].pages) == comparing.MAX
        assert "Left out" in page.content.decode()

    def test_an_unknown_slug_is_a_404_that_suggests_the_nearest(self, client):
        answer = client.get("/compare/?kind=servers&a=ngnix&a=node")
        assert answer.status_code == 404
        assert "did you mean nginx?" in answer.content.decode()

    @pytest.mark.parametrize("kind", ["", "kind=servers&", "kind=models&"])
    def test_a_model_and_a_server_are_told_apart(self, client, kind):
        answer = client.get(f"/compare/?{kind}a=nginx&a=actors")
        text = answer.content.decode()
        assert answer.status_code == 404 and "varnish" not in text
        assert "nginx is a server, actors is a concurrency model" in text

    def test_a_slug_of_neither_kind_is_no_page(self, client):
        text = client.get("/compare/?a=zzzz&a=qqqq").content.decode()
        assert "There is no page &#x27;zzzz&#x27; to compare" in text

    def test_a_draft_is_not_to_be_compared(self, client):
        Server.objects.filter(slug="nginx").update(status="draft")
        assert client.get(SERVERS).status_code == 404
        assert 'value="nginx"' not in read(client, "/compare/?kind=servers")


class TestRows:
    def test_models_have_their_traits(self, client):
        ConcurrencyModel.objects.update(unit="thread", scheduler="kernel")
        html = read(client, MODELS)
        labels = rows(html)
        for label in ("Unit of concurrency", "Who schedules", "Limit"):
            assert label in labels
        assert ConcurrencyModel.objects.get(slug="thread-pool").limit in html

    def test_servers_have_language_version_and_roles(self, client):
        Server.objects.filter(slug="nginx").update(language="C", version="1.26.3")
        labels = rows(read(client, SERVERS))
        assert {"Written in", "Version described", "Concurrency model"} <= set(labels)

    def test_equal_rows_are_hidden_when_asked_and_no_others(self, client):
        ConcurrencyModel.objects.filter(
            slug__in=["thread-pool", "single-event-loop"]
        ).update(limit="The same", unit_of_concurrency="")
        shown, hidden = read(client, MODELS), read(client, f"{MODELS}&hide=equal")
        assert not any(rows(shown).values())
        assert rows(hidden)["Limit"] is True
        assert rows(hidden)["In short"] is False

    def test_claims_tell_how_they_stand_and_what_they_are_about(self, client):
        claim = Claim.objects.create(
            slug="a-claim", code="Q1", statement="It is so", body="Because."
        )
        claim.servers.set(Server.objects.filter(slug="nginx"))
        html = read(client, SERVERS)
        row = html[html.index("Q1</a> It is so") :].split("</tr>")[0]
        assert "standing--open" in row
        assert re.findall(r"(yes|no)(?:</span>)?</td>", row) == ["yes", "no"]

    def test_the_models_diagrams_play_together(self, client):
        html = read(client, MODELS)
        assert "data-diagrams" in html
        assert html.count("data-diagram=") == 2

    def test_servers_of_one_model_show_its_diagram_once(self, client):
        html = read(client, "/compare/?kind=servers&a=nginx&a=multi-event-loop")
        assert html.count("data-diagram=") == 1
        assert "data-diagrams" not in html


class TestSources:
    def test_two_teaching_servers_show_their_sources_as_a_diff(self, client):
        html = read(client, TEACHING)
        assert "diff__added" in html and "diff__removed" in html
        assert '<td class="diff__sign">+</td>' in html
        assert '<td class="diff__sign">−</td>' in html
        assert '<span class="k">' in html

    def test_others_have_none(self, client):
        assert "diff__table" not in read(client, SERVERS)


class TestFigures:
    def make(self, server):
        run = runs.finished("nginx-throughput", server=server)
        run.result["server"]["slug"] = server
        for row in run.result["findings"]:
            # So that the two servers do not measure the very same.
            row["measured"] = (row["measured"] or 0) + len(server)
        run.save()
        return run

    def test_each_number_leads_to_the_run_that_measured_it(self, client):
        made = [self.make(server) for server in ("nginx", "apache-prefork")]
        html = read(client, SERVERS)
        for run in made:
            assert f'<a href="{run.get_absolute_url()}">' in html
        assert "one run" in html and "too few runs to tell" in html

    def test_the_same_scenario_twice_has_two_names(self, client):
        for seconds in (4, 8):
            for server in ("nginx", "apache-prefork"):
                run = self.make(server)
                run.result["scenario"]["params"]["duration_s"] = seconds
                run.save()
        names = re.findall(r"<h3 id=\"figures-.\">(.*?)</h3>", read(client, SERVERS))
        assert sorted(names) == [
            "Throughput (Duration: 4 s)",
            "Throughput (Duration: 8 s)",
        ]

    def test_conditions_have_the_labels_and_units_of_the_forms(self, client):
        for server in ("nginx", "apache-prefork"):
            self.make(server)
        html = read(client, SERVERS)
        assert re.search(r"All with Connections: [\d,]+", html)
        assert "duration_s" not in html and "worker_connections" not in html

    def test_all_but_the_first_table_are_folded(self, client):
        self.test_the_same_scenario_twice_has_two_names(client)
        html = read(client, SERVERS)
        heads = re.findall(r'<details[^>]*>(?=<summary><h3 id="figures-)', html)
        assert [" open" in head for head in heads] == [True, False]

    def test_without_any_the_page_says_so(self, client):
        assert "Nothing was measured on two of them" in read(client, SERVERS)


class TestDownload:
    def table(self, client, address):
        answer = client.get(address.replace("/compare/", "/compare.csv"))
        assert answer["Content-Type"].startswith("text/csv")
        return list(csv.reader(io.StringIO(answer.content.decode())))

    def test_it_has_the_rows_of_the_page(self, client):
        header, *found = self.table(client, SERVERS)
        assert header[3] == "NGINX" and len({len(row) for row in found}) == 1
        assert {row[1] for row in found} >= {"Limit", "Concurrency model"}

    def test_it_leaves_out_equal_rows_when_the_page_does(self, client):
        whole = self.table(client, MODELS)
        ConcurrencyModel.objects.update(limit="The same")
        fewer = self.table(client, f"{MODELS}&hide=equal")
        assert len(fewer) < len(whole)
        assert "Limit" not in {row[1] for row in fewer}

    def test_numbers_come_with_their_spread_and_run(self, client):
        made = [TestFigures().make(slug) for slug in ("nginx", "apache-prefork")]
        header, *found = self.table(client, SERVERS)
        measured = [row for row in found if row[0] == "measured"]
        run = header.index("NGINX run")
        assert measured
        assert all(made[0].get_absolute_url() in row[run] for row in measured)

    def test_a_text_is_never_a_formula(self, client):
        Server.objects.filter(slug="nginx").update(summary="=1+1")
        _, *found = self.table(client, SERVERS)
        assert "'=1+1" in {row[3] for row in found}


class TestWaysToIt:
    @pytest.mark.parametrize(
        "address, way",
        [
            ("/models/", "?kind=models"),
            ("/servers/", "?kind=servers"),
            ("/models/thread-pool/", "?kind=models&amp;a=thread-pool"),
            ("/servers/nginx/", "?kind=servers&amp;a=nginx"),
        ],
    )
    def test_lists_and_pages_lead_to_it(self, client, address, way):
        assert f'href="/compare/{way}"' in read(client, address)
