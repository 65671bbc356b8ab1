"""`script/server`: who it lets in, what it prints, and how it ends."""

import html
import http.client
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model

from concsite import lab_host, serve
from tests.site import CHECKOUT, Site
from tests.waiting import until


@pytest.fixture
def clean_environment(monkeypatch):
    for name in ("LOOPBACK_ONLY", "HOSTS", "DEBUG"):
        monkeypatch.setenv(f"CONCSITE_{name}", "")  # so that it is restored
        monkeypatch.delenv(f"CONCSITE_{name}")
    return monkeypatch


class TestWhoCanReachIt:
    @pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
    def test_loopback_is_private(self, clean_environment, host):
        serve.settle_environment(host)
        assert os.environ["CONCSITE_LOOPBACK_ONLY"] == "1"
        assert serve.url_host(host) in os.environ["CONCSITE_HOSTS"].split(",")

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "lab.example"])
    def test_anything_else_is_public_whatever_is_claimed(self, clean_environment, host):
        clean_environment.setenv("CONCSITE_LOOPBACK_ONLY", "1")
        serve.settle_environment(host)
        assert os.environ["CONCSITE_LOOPBACK_ONLY"] == "0"

    def test_loopback_behind_a_proxy_can_be_called_public(self, clean_environment):
        clean_environment.setenv("CONCSITE_LOOPBACK_ONLY", "0")
        serve.settle_environment("127.0.0.1")
        assert os.environ["CONCSITE_LOOPBACK_ONLY"] == "0"

    def test_names_given_by_the_operator_stay(self, clean_environment):
        clean_environment.setenv("CONCSITE_HOSTS", "lab.example")
        serve.settle_environment("0.0.0.0")
        assert os.environ["CONCSITE_HOSTS"] == "lab.example"

    def test_debug_is_refused_where_others_see_it(self, clean_environment):
        clean_environment.setenv("CONCSITE_DEBUG", "1")
        with pytest.raises(serve.CannotServe, match="CONCSITE_DEBUG"):
            serve.settle_environment("0.0.0.0")


class TestAddress:
    def test_a_port_in_use_is_an_error_in_one_sentence(self, capsys):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            assert serve.main(["--port", str(port)]) == 1
        message = capsys.readouterr().err
        assert f"Cannot listen on 127.0.0.1 port {port}: Address already" in message
        assert "--port" in message

    @pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
    def test_an_address_of_another_machine_is_one_too(self, capsys, host):
        assert serve.main(["--host", host]) == 1
        assert f"Cannot listen on {host}" in capsys.readouterr().err

    def test_a_port_out_of_range_is_one_too(self, capsys):
        with pytest.raises(SystemExit, match="2"):
            serve.main(["--port", "70000"])
        assert "must be between 0 and 65535, not 70000" in capsys.readouterr().err


@pytest.mark.django_db
class TestFirstAdmin:
    def test_it_is_made_once(self):
        notes = serve.first_admin()
        password = re.search(r"name admin, password (\S+)$", notes[0])[1]
        assert get_user_model().objects.get().check_password(password)
        assert serve.first_admin() == []

    def test_none_is_made_beside_another(self):
        get_user_model().objects.create_superuser("ann", password="-")
        assert serve.first_admin() == []


class TestStaticFiles:
    def test_they_are_collected_only_after_a_change(self, settings, tmp_path):
        source, collected = tmp_path / "source/a.css", tmp_path / "static/a.css"
        source.parent.mkdir()
        source.write_text("a{}")
        settings.DATA_DIR = tmp_path
        settings.STATIC_ROOT = collected.parent
        settings.STATICFILES_DIRS = [source.parent]
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        serve.collect_static()
        assert collected.read_text() == "a{}"
        collected.unlink()
        serve.collect_static()
        assert not collected.exists()
        source.write_text("a{color:red}")
        serve.collect_static()
        assert collected.read_text() == "a{color:red}"


class TestFlags:
    def test_what_serves_again_gets_the_flags_but_one(self, monkeypatch):
        calls = []
        monkeypatch.setattr(serve.reloading, "run", lambda *call: calls.append(call))
        serve.main(["--reload", "--wsgi", "--host", "localhost", "--port", "0"])
        (command, folders), *more = calls
        assert not more and all(folder.is_dir() for folder in folders)
        words = ["-m", "concsite.serve", "--host", "localhost", "--port", "0", "--wsgi"]
        assert command[1:] == words


@pytest.mark.server
class TestSite:
    @pytest.mark.parametrize("flags", [(), ("--wsgi",)], ids=["asgi", "wsgi"])
    def test_it_starts_answers_and_ends(self, tmp_path, flags):
        for number, passwords in ((signal.SIGTERM, 1), (signal.SIGINT, 0)):
            site = Site(tmp_path, flags=flags)
            try:
                assert _status(site.wait_for_address()) == 200
            finally:
                code = site.end(number)
            assert code == 0, site.said
            assert site.said.count("Admin account") == passwords
            until(lambda site=site: not _of_session(site.process.pid), max_s=5)

    def test_pages_alone_say_why_labs_are_off(self, tmp_path):
        site = Site(tmp_path, flags=["--wsgi"])
        try:
            address = site.wait_for_address()
            page = _text(f"{address}labs/slowloris/")
            assert html.escape(lab_host.NOBODY) in page
            style = re.search(r'href="/(static/css/base\.\w+\.css)"', page)[1]
            assert _status(f"{address}{style}") == 200
            assert _status(f"{address}ws/runs/{uuid4()}/") == 404
        finally:
            site.end()

    def test_pages_beside_a_site_that_runs_labs_offer_them(self, tmp_path):
        site, pages = Site(tmp_path), None
        try:
            site.wait_for_address()
            pages = Site(tmp_path, flags=["--wsgi"])
            address = f"{pages.wait_for_address()}labs/slowloris/"
            assert html.escape(lab_host.NOBODY) not in _text(address)
            site.end()
            assert html.escape(lab_host.NOBODY) in _text(address)
        finally:
            site.end()
            if pages is not None:
                pages.end()

    def test_a_change_of_a_template_starts_it_again(self, tmp_path):
        template = CHECKOUT / "templates/404.html"
        before = template.stat()
        site = Site(tmp_path, flags=["--reload"])
        try:
            first = site.wait_for_address()
            template.touch()
            until(lambda: site.said.count("Concsite is at") > 1, max_s=120)
            *_, newest = re.findall(r"Concsite is at (\S+)", site.said)
            assert _status(newest) == 200
            with pytest.raises(urllib.error.URLError):
                _status(first)
        finally:
            os.utime(template, ns=(before.st_atime_ns, before.st_mtime_ns))
            code = site.end()
        assert code == 0, site.said
        until(lambda: not _of_session(site.process.pid), max_s=5)


def _status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def _text(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read().decode()


@pytest.mark.server
def test_it_ends_while_requests_are_under_way(tmp_path):
    site = Site(tmp_path)
    try:
        address = site.wait_for_address()
        # With a query, so that none is answered from what is remembered.
        with ThreadPoolExecutor(6) as visitors:
            for number in range(6):
                visitors.submit(_visit, f"{address}models/?x={number}")
            time.sleep(0.06)
            site.process.send_signal(signal.SIGTERM)
            began_s = time.monotonic()
            assert site.process.wait(timeout=20) == 0, site.said
            assert time.monotonic() - began_s < 5
    finally:
        site.process.kill()


def _visit(address: str) -> None:
    with suppress(OSError, http.client.HTTPException):
        urllib.request.urlopen(address, timeout=20).read()


def _of_session(session: int) -> list[str]:
    """List the processes of a session: everything the site started is in it."""
    listed = subprocess.run(
        ["ps", "-o", "args=", "--sid", str(session)], capture_output=True, text=True
    )
    return listed.stdout.splitlines()
