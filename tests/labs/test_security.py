"""What keeps visitors apart, foreign pages out, and the browser careful."""

import json
import os
import stat
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import reverse

from labs.models import LabRun
from tests.labs import runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]

READ = ("run_detail", "run_outcome", "run_events", "run_result", "run_series")
CHANGE = ("run_stop", "run_visibility")


def url_of(run, part):
    return reverse(f"labs:{part}", args=[run.pk])


class TestPrivateRuns:
    @pytest.fixture
    def run(self, guest):
        return runs.finished(client=guest, visibility="private")

    @pytest.mark.parametrize("part", READ)
    def test_others_find_nothing_where_the_owner_reads(
        self, run, part, guest, stranger, ann, staff
    ):
        url = url_of(run, part)
        found = [
            c.get(url).status_code for c in (guest, staff, stranger, ann, Client())
        ]
        assert found == [200, 200, 404, 404, 404]

    @pytest.mark.parametrize("part", CHANGE)
    def test_others_change_nothing(self, run, part, stranger, ann):
        before = LabRun.objects.values().get()
        for client in (stranger, ann, Client()):
            response = client.post(url_of(run, part), {"visibility": "link"})
            assert response.status_code == 404
        assert LabRun.objects.values().get() == before

    def test_what_is_not_theirs_looks_like_what_is_not_there(self, run, stranger):
        missing = "/runs/00000000-0000-4000-8000-000000000000/"
        hidden = stranger.get(url_of(run, "run_detail"))
        path = url_of(run, "run_detail").encode()
        assert hidden.content.replace(path, b"") == stranger.get(
            missing
        ).content.replace(missing.encode(), b"")

    def test_it_is_in_no_list_of_others(self, run, guest, stranger):
        for url in ("/", "/runs/", "/runs/?mine=1"):
            assert str(run.pk) in guest.get(url).content.decode(), url
            assert str(run.pk) not in stranger.get(url).content.decode(), url


class TestRunsWithALink:
    @pytest.mark.parametrize("part", CHANGE)
    def test_whoever_may_see_one_may_not_change_it(self, part, guest, stranger, ann):
        run = runs.under_way(guest)
        before = LabRun.objects.values().get()
        for client in (stranger, ann, Client()):
            response = client.post(url_of(run, part), {"visibility": "private"})
            assert response.status_code in (403, 404)
        assert LabRun.objects.values().get() == before


class TestForgery:
    @pytest.mark.parametrize(
        "url",
        [
            "/labs/slowloris/?server=nginx",
            "/runs/{run}/stop",
            "/runs/{run}/visibility",
            "/accounts/login/",
            "/accounts/logout/",
            "/admin/labs/labrun/",
        ],
    )
    def test_a_post_without_the_sites_token_is_403(self, staff, url):
        run = runs.make(staff)
        client = Client(enforce_csrf_checks=True)
        client.force_login(staff.user)
        before = LabRun.objects.values().get()
        response = client.post(url.format(run=run.pk), {"visibility": "private"})
        assert response.status_code == 403
        assert LabRun.objects.values().get() == before

    def test_with_it_a_run_starts(self):
        client = Client(enforce_csrf_checks=True)
        url = "/labs/slowloris/?server=nginx"
        form = client.get(url).context["form"]
        data = {name: form[name].initial for name in form.fields}
        token = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
        assert client.post(url, data | token).status_code == 302


PAGES = [
    "/",
    "/models/",
    "/servers/",
    "/labs/",
    "/labs/slowloris/?server=nginx",
    "/runs/",
    "/runs/{run}/",
    "/runs/{run}/outcome",
    "/runs/{run}/events",
    "/runs/{run}/events?after=x",
    "/runs/{run}/stop",
    "/runs/{run}/result.json",
    "/runs/{run}/series.csv",
    "/nothing/here",
    "/accounts/login/",
    "/admin/login/",
    "/robots.txt",
]


class TestHeaders:
    @pytest.mark.parametrize("page", PAGES)
    def test_every_answer_tells_the_browser_to_be_careful(self, guest, page):
        response = guest.get(page.format(run=runs.finished().pk))
        assert response.status_code < 500
        policy = response["Content-Security-Policy"]
        assert "unsafe-" not in policy and "*" not in policy
        assert "default-src 'self'" in policy and "script-src 'self'" in policy
        assert "object-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"

    @pytest.mark.parametrize("page", [page for page in PAGES if "admin" not in page])
    def test_no_page_has_what_the_policy_forbids(self, guest, page):
        response = guest.get(page.format(run=runs.finished().pk))
        body = response.content.decode()
        assert " style=" not in body and "<style" not in body
        assert " onclick=" not in body and "javascript:" not in body
        scripts = body.split("<script")[1:]
        tags = [script.split(">", 1)[0] for script in scripts]
        assert all("src=" in tag or "application/json" in tag for tag in tags)

    def test_the_session_is_out_of_reach_of_scripts(self):
        client = Client()
        url = "/labs/slowloris/?server=nginx"
        form = client.get(url).context["form"]
        client.post(url, {name: form[name].initial for name in form.fields})
        cookie = client.cookies["sessionid"]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


PROGRAM = """
import json, sys
import django
from django.conf import settings
from django.test import Client
from django.test.utils import setup_test_environment
django.setup()
setup_test_environment()
settings.STATIC_ROOT = settings.BASE_DIR / "static"
proxied = Client().get("/robots.txt", headers={"X-Forwarded-Proto": "https"})
names = sys.argv[1:]
told = {name: getattr(settings, name) for name in names}
print(json.dumps(told | {"proxied": proxied.status_code}, default=str))
"""
TOLD = ("LABS_GUESTS", "LABS_MIN_LEVEL", "DEBUG", "SESSION_COOKIE_SECURE")


def site_with(data, **environment):
    """Return what the settings are in a process of its own."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("CONCSITE_")}
    given = {f"CONCSITE_{name}": value for name, value in environment.items()}
    module = {"DJANGO_SETTINGS_MODULE": "concsite.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *TOLD, "CSRF_COOKIE_SECURE"],
        env=ours | module | {"CONCSITE_DATA": str(data)} | given,
        cwd=runs.ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestSettings:
    def test_a_private_site_lets_guests_run(self, tmp_path):
        told = site_with(tmp_path, LOOPBACK_ONLY="1")
        assert (told["LABS_GUESTS"], told["LABS_MIN_LEVEL"]) == (True, "degraded")
        assert (told["DEBUG"], told["proxied"]) == (False, 200)

    def test_a_public_one_wants_a_login_and_a_strict_sandbox(self, tmp_path):
        told = site_with(tmp_path, LOOPBACK_ONLY="0")
        assert (told["LABS_GUESTS"], told["LABS_MIN_LEVEL"]) == (False, "strict")

    def test_behind_https_cookies_are_secure_and_pages_are_served(self, tmp_path):
        told = site_with(tmp_path, HTTPS="1", LOOPBACK_ONLY="0")
        assert told["SESSION_COOKIE_SECURE"] and told["CSRF_COOKIE_SECURE"]
        assert told["proxied"] == 200

    def test_the_secret_key_is_made_once_and_for_the_owner_alone(self, tmp_path):
        site_with(tmp_path)
        path = tmp_path / "secret-key"
        key = path.read_text()
        assert len(key) >= 50 and stat.S_IMODE(path.stat().st_mode) == 0o600
        site_with(tmp_path)
        assert path.read_text() == key
