"""Pages that are kept whole: nothing stale in them, whatever changed beside rows."""

import itertools
import re
import time

import pytest
from channels.testing import HttpCommunicator
from django.core.cache import cache
from django.middleware.csrf import _does_token_match
from django.test import Client
from django.urls import reverse

from concsite.handler import OneThreadHandler
from labs.bench.result.recheck import Rechecked
from labs.claims import evaluation
from labs.cli import rejudge
from labs.models import Evidence, LabRun
from models_catalog.cache import edition, remembered
from models_catalog.models import ConcurrencyModel, Load, Server, Source
from tests.labs import claim_rows, runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]

PAGES = [
    "/",
    *("/models/", "/models/pool/", "/servers/", "/servers/nginx/"),
    *("/claims/", "/claims/slow-clients-deny-it/"),
    *("/loads/", "/loads/slow/", "/sources/", "/sources/kegel/", "/glossary/"),
]
CLAIM = "/claims/slow-clients-deny-it/"
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")([^"]*)')
# What a visitor may send and these pages do not look at; a page that begins to look
# must no longer be kept for everybody.
HEADERS = [
    {"Accept-Language": "de"},
    {"HX-Request": "true"},
    {"X-Requested-With": "XMLHttpRequest"},
    {"User-Agent": "Phone", "Accept": "application/json"},
    {"Cookie": "theme=dark"},
]


@pytest.fixture(autouse=True)
def catalog(db):
    """Write a page of each kind, and a claim about the server."""
    pool = ConcurrencyModel.objects.create(slug="pool", title="Pool", position=(5, 5))
    server = Server.objects.create(slug="nginx", name="NGINX", concurrency_model=pool)
    Load.objects.create(slug="slow", title="Slow", kind="attack")
    Source.objects.create(slug="kegel", title="C10K", authors="Dan Kegel", year=1999)
    claim = claim_rows.make()
    claim.servers.add(server)
    return claim


def shown(path, **headers) -> str:
    """Return a page as somebody new sees it."""
    answer = Client().get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def without_tokens(page: str) -> str:
    return TOKEN.sub(r"\1", page)


class TestEveryPage:
    @pytest.mark.parametrize("path", PAGES)
    def test_the_second_visitor_is_asked_nothing_new(
        self, path, django_assert_num_queries
    ):
        first = shown(path)
        with django_assert_num_queries(3 if path == "/" else 1) as asked:
            assert without_tokens(shown(path)) == without_tokens(first)
        assert "edition" in asked[-1]["sql"]

    @pytest.mark.parametrize("path", PAGES)
    def test_it_is_the_page_that_would_be_made_for_that_visitor(self, path):
        shown(path)
        for headers in HEADERS:
            kept = without_tokens(shown(path, **headers))
            cache.clear()
            assert without_tokens(shown(path, **headers)) == kept

    @pytest.mark.parametrize("path", PAGES)
    def test_somebody_logged_in_has_their_own_and_leaves_none_behind(self, path, ann):
        assert "Log out" in ann.get(path).content.decode()
        assert "Log out" not in shown(path) and "Log out" not in shown(path)
        assert "Log out" in ann.get(path).content.decode()

    @pytest.mark.parametrize("path", PAGES)
    def test_nobody_in_between_may_mistake_it_for_everybodys(self, path):
        for _ in range(2):
            assert "Cookie" in Client().get(path)["Vary"]

    @pytest.mark.parametrize("path", PAGES)
    def test_no_nonce_of_one_answer_is_kept_for_another(self, path):
        for _ in range(2):
            assert "nonce" not in Client().get(path)["Content-Security-Policy"]

    @pytest.mark.parametrize("path", ["/models/", "/servers/", "/"])
    def test_a_curators_save_is_seen_at_once(self, path):
        shown(path)
        ConcurrencyModel.objects.update(title="Renamed <1>")
        page = shown(path)
        assert "Renamed &lt;1&gt;" in page and "Pool" not in page

    def test_another_host_is_told_its_own_address(self, settings):
        settings.ALLOWED_HOSTS = ["one.test", "two.test"]
        for host in ("one.test", "two.test"):
            page = Client().get("/servers/nginx/", headers={"host": host})
            assert f"http://{host}/servers/nginx/" in page.content.decode()

    def test_what_is_chosen_from_a_list_is_not_kept_for_all(self):
        Server.objects.create(
            slug="other", name="Other", concurrency_model=ConcurrencyModel.objects.get()
        )
        assert "Other" in shown("/servers/")
        assert "<h2" in shown("/servers/?lab=yes")
        assert ">Other</a>" not in shown("/servers/?lab=yes")
        assert ">Other</a>" in shown("/servers/")


class TestUnderAsgi:
    @pytest.mark.django_db(transaction=True)
    async def test_a_page_is_answered_from_what_is_remembered(self):
        pages = set()
        for _ in range(3):
            answer = await _ask_handler(CLAIM)
            page, headers = answer["body"].decode(), dict(answer["headers"])
            pages.add(without_tokens(page))
            secret = re.search(r"csrftoken=(\w+)", headers[b"Set-Cookie"].decode())[1]
            assert answer["status"] == 200
            assert _does_token_match(TOKEN.search(page)[2], secret)
            assert int(headers[b"Content-Length"]) == len(answer["body"])
            assert b"Cookie" in headers[b"Vary"]
        assert len(pages) == 1


async def _ask_handler(path) -> dict:
    host = [(b"host", b"localhost")]
    asked = HttpCommunicator(OneThreadHandler(), "GET", path, headers=host)
    return await asked.get_response(timeout=60)


class TestServer:
    def test_one_that_is_taken_away_says_so_and_one_that_comes_back_too(self, lab_home):
        path, why = "/servers/nginx/", "It cannot run on this host"
        assert why not in shown(path) and "Version 1.2.3" in shown(path)
        binary = lab_home.root / "usr/sbin/nginx"
        binary.rename(f"{binary}.away")
        assert why in shown(path) and "Version 1.2.3" not in shown(path)
        binary.with_name("nginx.away").rename(binary)
        assert why not in shown(path)

    def test_it_has_nothing_of_another_server(self):
        model = ConcurrencyModel.objects.get()
        Server.objects.create(slug="node", name="Node", concurrency_model=model)
        Server.objects.create(slug="here", name="Here", concurrency_model=model)
        pages = {slug: shown(f"/servers/{slug}/") for slug in ("nginx", "node", "here")}
        assert "nginx.conf" in pages["nginx"] and "nginx.conf" not in pages["node"]
        assert "This server does not run in the lab" in pages["here"]


class TestClaim:
    @pytest.fixture
    def run(self, catalog):
        """A run that is the claim's evidence."""
        run = claim_rows.run_for(catalog)
        evaluation.refresh(catalog)
        return run

    def test_new_evidence_is_shown(self, catalog):
        assert "Not put to the test on this machine yet" in shown(CLAIM)
        run = claim_rows.run_for(catalog)
        evaluation.refresh(catalog)
        page = shown(CLAIM)
        assert "Not put to the test" not in page and run.get_absolute_url() in page

    def test_a_run_judged_again_is_shown_as_it_is_now(self, run):
        shown(CLAIM)
        run.verdict_sentence = "Judged <again>"
        run.save(update_fields=["verdict_sentence"])
        assert "Judged &lt;again&gt;" in shown(CLAIM)

    def test_rejudging_shows_its_verdict(self, run, monkeypatch):
        assert "Quite another sentence" not in shown(CLAIM)
        told = run.result | {"sentence": "Quite another sentence"}
        monkeypatch.setattr(rejudge, "judge", lambda result: Rechecked(told))
        list(rejudge.in_database([str(run.pk)]))
        assert "Quite another sentence" in shown(CLAIM)

    def test_a_run_that_its_owner_hides_is_no_longer_named(self, run, staff):
        assert run.get_absolute_url() in shown(CLAIM)
        address = reverse("labs:run_visibility", args=[run.pk])
        assert staff.post(address, {"visibility": "private"}).status_code == 302
        for path in (CLAIM, "/claims/", "/servers/nginx/"):
            assert run.get_absolute_url() not in shown(path)
        staff.post(address, {"visibility": "link"})
        assert run.get_absolute_url() in shown(CLAIM)

    def test_a_run_that_is_deleted_is_gone(self, run):
        shown(CLAIM)
        LabRun.objects.all().delete()
        assert str(run.pk) not in shown(CLAIM)

    def test_a_flip_that_a_curator_has_seen_is_no_longer_marked(self, catalog, staff):
        for verdict in ("denied", "holds"):
            claim_rows.run_for(catalog, verdict=verdict)
            evaluation.refresh(catalog)
        assert "was: holds" in shown(CLAIM)
        flipped = Evidence.objects.newest_first().first()
        staff.post(
            reverse("admin:labs_evidence_changelist"),
            {"action": "mark_seen", "_selected_action": flipped.pk},
        )
        assert "was: holds" not in shown(CLAIM)

    def test_the_button_of_a_kept_page_works_for_whoever_sees_it(self):
        shown(CLAIM)
        for _ in range(2):
            client = Client(enforce_csrf_checks=True)
            token = TOKEN.search(client.get(CLAIM).content.decode())[2]
            answer = client.post(f"{CLAIM}run", {"csrfmiddlewaretoken": token})
            assert answer.status_code == 302
        stranger = Client(enforce_csrf_checks=True)
        stranger.get("/models/")
        answer = stranger.post(f"{CLAIM}run", {"csrfmiddlewaretoken": token})
        assert answer.status_code == 403

    def test_a_run_that_is_no_evidence_renews_nothing(self, catalog):
        before = edition.current()
        runs.under_way().save()
        runs.finished("nginx-throughput").save()
        assert edition.current() == before


class TestHome:
    def test_a_run_that_ends_is_listed(self):
        run = runs.under_way()
        assert str(run.pk) not in shown("/")
        done = runs.finished("nginx-throughput")
        assert str(done.pk) in shown("/") and str(run.pk) not in shown("/")

    def test_a_hidden_one_is_seen_by_its_owner_alone(self, guest):
        run = runs.finished("nginx-throughput", guest)
        assert str(run.pk) in shown("/")
        LabRun.objects.filter(pk=run.pk).update(visibility="private")
        assert str(run.pk) not in shown("/")
        assert str(run.pk) in guest.get("/").content.decode()
        assert str(run.pk) not in shown("/")

    def test_a_verdict_given_again_is_shown(self):
        run = runs.finished("nginx-throughput")
        shown("/")
        LabRun.objects.filter(pk=run.pk).update(verdict_sentence="Seen anew")
        assert "Seen anew" in shown("/")

    def test_labs_that_go_off_and_on_again(self, lab_home):
        assert "Labs are off" not in shown("/")
        lab_home.examined("refuse", "A02 is open")
        assert "A02 is open" in shown("/")
        lab_home.examined("strict")
        assert "Labs are off" not in shown("/")


class TestForASecond:
    @pytest.fixture
    def count(self):
        """A function that counts how often it was asked, for each argument."""
        counters = {}

        def ask(name):
            return next(counters.setdefault(name, itertools.count(1)))

        return lambda name: remembered.for_a_second(name, lambda: ask(name))

    def test_in_a_transaction_it_is_asked_anew(self, count):
        assert [count("a"), count("a"), count("b")] == [1, 2, 1]

    @pytest.mark.django_db(transaction=True)
    def test_else_once_a_second_for_each_argument(self, count, monkeypatch):
        now_s = time.time()
        monkeypatch.setattr(time, "time", lambda: now_s)
        assert [count("a"), count("a"), count("b")] == [1, 1, 1]
        now_s += remembered.MAX_AGE_S
        assert [count("a"), count("b")] == [2, 2]


class TestHomeAnswersItsQuestion:
    """Each of the first cards says what was measured, or else what is expected."""

    def test_without_a_run_it_says_what_is_expected_and_of_which_claim(self):
        assert "Not measured here yet. Expected: holds (claim S8)" in shown("/")

    def test_the_newest_run_is_told_and_led_to_though_the_page_is_kept(self):
        shown("/")
        run = runs.finished("nginx-slowloris")
        page = shown("/")
        assert f'<a href="{run.get_absolute_url()}">{run.verdict_sentence}' in page
        assert "Expected: holds" not in page
        newest = runs.finished("nginx-slowloris")
        cards = shown("/").split('id="first-runs"')[1].split("</section>")[0]
        assert newest.get_absolute_url() in cards
        assert run.get_absolute_url() not in cards

    def test_a_run_that_is_hidden_or_unsure_is_not_told(self):
        run = runs.finished("nginx-slowloris")
        shown("/")
        LabRun.objects.filter(pk=run.pk).update(verdict="inconclusive")
        assert "Expected: holds" in shown("/")
        LabRun.objects.filter(pk=run.pk).update(verdict="holds", visibility="private")
        assert "Expected: holds" in shown("/")
