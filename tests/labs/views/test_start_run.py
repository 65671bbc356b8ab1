"""What makes a run, and what keeps one from being made."""

import html
import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labs.models import LabRun
from labs.plugins import registry
from tests.labs import runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]

KEY = "0123456789abcdef" * 2


def form_url(scenario="slowloris", server="nginx"):
    return f"{reverse('labs:run_form', args=[scenario])}?server={server}"


def sent(client, server="nginx", **changed):
    """Send the form of a slowloris run as it was shown, but for what is changed."""
    url = form_url(server=server)
    form = client.get(url).context["form"]
    data = {name: form[name].initial for name in form.fields}
    return client.post(url, data | {"server": server} | changed)


def text_of(response):
    return html.unescape(response.content.decode())


class TestStarting:
    def test_it_makes_a_waiting_run_and_leads_to_it(self, guest):
        response = sent(guest, param_connections="7", knob_processes="3")
        run = LabRun.objects.get()
        assert response.status_code == 302
        assert response.url == run.get_absolute_url()
        assert (run.status, run.server, run.scenario) == (
            "queued",
            "nginx",
            "slowloris",
        )
        assert (run.params["connections"], run.knobs["processes"]) == (7, 3)
        assert runs.owner_of(guest).owns(run)

    def test_an_account_owns_what_it_starts(self, ann):
        sent(ann)
        assert LabRun.objects.get().owner == ann.user

    def test_a_guest_without_a_session_gets_one(self):
        client = Client()
        client.user = None
        sent(client)
        assert runs.owner_of(client).owns(LabRun.objects.get())

    @pytest.mark.parametrize("server", registry.servers())
    def test_every_server_can_be_chosen(self, guest, server):
        assert sent(guest, server).status_code == 302
        assert LabRun.objects.get().server == server

    def test_nothing_but_knobs_and_parameters_is_taken(self, guest, bob):
        more = {"owner": bob.user.pk, "status": "finished", "verdict": "holds"}
        sent(guest, **more, visibility="private", seed="9", result="{}")
        run = LabRun.objects.get()
        assert (run.owner, run.status, run.verdict) == (None, "queued", None)
        assert (run.visibility, run.seed, run.result) == ("link", 1, None)


class TestBadInput:
    @pytest.mark.parametrize(
        "changed, sentence",
        [
            (
                {"param_connections": "0"},
                "connections must be between 1 and 50000, not 0",
            ),
            ({"param_connections": "x"}, "connections must be a whole number, not 'x'"),
            ({"knob_processes": "99"}, "processes must be between 1 and 16, not 99"),
            (
                {"param_growth": "<b>"},
                "growth must be one of doubling, at_once, not '<b>",
            ),
        ],
    )
    def test_it_is_400_with_the_fields_own_sentence(self, guest, changed, sentence):
        response = sent(guest, **changed)
        assert response.status_code == 400
        assert sentence in text_of(response)
        assert b"<b>'" not in response.content
        assert not LabRun.objects.exists()

    def test_what_was_typed_is_still_there(self, guest):
        response = sent(guest, param_connections="6", knob_processes="99")
        assert 'value="6"' in text_of(response)
        assert 'value="99"' in text_of(response)

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize(
        "url", [form_url("slowlorris"), form_url(server="ngnix"), form_url(server="..")]
    )
    def test_what_there_is_not_is_404(self, guest, method, url):
        assert getattr(guest, method)(url).status_code == 404
        assert not LabRun.objects.exists()

    def test_a_server_that_is_not_here_is_refused_with_the_reason(
        self, guest, lab_home
    ):
        lab_home.remove("/usr/sbin/nginx")
        response = sent(guest)
        assert response.status_code == 400
        assert "there is no /usr/sbin/nginx" in text_of(response)
        assert not LabRun.objects.exists()
        assert "NGINX: not available" in text_of(
            guest.get(reverse("labs:scenario_list"))
        )


class TestDoubleClick:
    def test_the_same_key_is_one_run(self, guest):
        first = sent(guest, submission_key=KEY)
        second = sent(guest, submission_key=KEY)
        assert first.url == second.url
        assert LabRun.objects.count() == 1

    def test_it_is_also_on_a_first_visit(self):
        first, second = Client(), Client()
        first.get(form_url())
        second.cookies = first.cookies.copy()  # the same browser, before any answer
        assert (
            sent(first, submission_key=KEY).url == sent(second, submission_key=KEY).url
        )
        assert LabRun.objects.count() == 1

    def test_it_does_not_count_against_the_limit(self, guest, settings):
        settings.LABS_MAX_UNFINISHED_PER_OWNER = 1
        assert sent(guest, submission_key=KEY).status_code == 302
        assert sent(guest, submission_key=KEY).status_code == 302
        assert sent(guest).status_code == 429

    def test_without_a_key_each_is_a_run(self, guest):
        sent(guest, submission_key="")
        sent(guest, submission_key="")
        assert LabRun.objects.count() == 2

    def test_another_persons_key_is_no_way_to_their_run(self, guest, stranger):
        theirs = sent(guest, submission_key=KEY)
        mine = sent(stranger, submission_key=KEY)
        assert mine.status_code == 302
        assert mine.url != theirs.url
        assert LabRun.objects.count() == 2


class TestLimits:
    def test_too_many_unfinished_is_429_with_a_sentence(self, guest, settings):
        settings.LABS_MAX_UNFINISHED_PER_OWNER = 1
        runs.make(guest)
        response = sent(guest)
        assert (response.status_code, response["Retry-After"]) == (429, "30")
        assert "You have 1 run waiting or under way" in text_of(response)
        assert LabRun.objects.count() == 1

    def test_too_many_in_a_day_is(self, guest, settings):
        settings.LABS_MAX_RUNS_PER_DAY = 1
        runs.make(guest, status="finished")
        LabRun.objects.update(created_at=timezone.now() - timedelta(hours=22))
        response = sent(guest)
        assert response.status_code == 429
        assert 0 < int(response["Retry-After"]) <= 2 * 3600
        assert "You have started 1 run within a day" in text_of(response)

    def test_a_full_queue_is(self, guest, stranger, settings):
        settings.LABS_MAX_QUEUED = 1
        runs.make(stranger)
        response = sent(guest)
        assert (response.status_code, response["Retry-After"]) == (429, "30")
        assert "The queue of this host is full: 1 run waiting" in text_of(response)

    def test_the_form_says_it_before_it_is_sent(self, guest, settings):
        settings.LABS_MAX_UNFINISHED_PER_OWNER = 1
        runs.make(guest)
        assert "1 is the most at once" in text_of(guest.get(form_url()))


class TestLabsOff:
    def test_below_the_minimum_it_is_503_with_the_reason(
        self, guest, lab_home, settings
    ):
        settings.LABS_MIN_LEVEL = "strict"
        lab_home.examined("degraded", "own user: the sandbox shares ours")
        response = sent(guest)
        assert response.status_code == 503
        assert int(response["Retry-After"]) > 0
        assert "own user: the sandbox shares ours" in text_of(response)
        assert not LabRun.objects.exists()

    def test_the_catalog_and_old_runs_are_still_there(self, guest, lab_home):
        call_command("catalog", "sync", stdout=io.StringIO())
        run = runs.finished()
        lab_home.examined("refuse", "escape: it read /etc/shadow")
        catalog = ("/models/", "/models/event-driven/", "/servers/", "/servers/nginx/")
        for page in (*catalog, "/runs/", run.get_absolute_url()):
            assert guest.get(page).status_code == 200, page
        for page in ("/", "/labs/", form_url()):
            assert "escape: it read /etc/shadow" in text_of(guest.get(page)), page

    def test_a_host_that_was_never_examined_starts_nothing(self, guest, lab_home):
        for path in lab_home.path.glob("doctor*.json"):
            path.unlink()
        response = sent(guest)
        assert response.status_code == 503
        assert "has not been examined yet" in text_of(response)


class TestLogin:
    @pytest.fixture(autouse=True)
    def public(self, settings):
        settings.LABS_GUESTS = False

    def test_a_guest_is_asked_to_log_in(self, guest):
        response = sent(guest)
        assert response.status_code == 302
        assert response.url.startswith("/accounts/login/?next=/labs/slowloris/")
        assert not LabRun.objects.exists()

    def test_an_account_may_start(self, ann):
        assert sent(ann).url == LabRun.objects.get().get_absolute_url()

    def test_reading_needs_none(self, guest):
        run = runs.finished()
        for page in ("/", "/labs/", form_url(), "/runs/", run.get_absolute_url()):
            assert guest.get(page).status_code == 200, page
