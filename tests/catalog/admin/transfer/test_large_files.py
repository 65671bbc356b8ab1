"""A large table is looked at and brought in apart, and the site answers meanwhile."""

from __future__ import annotations

import re
import sys
import time
import urllib.request
from http.cookiejar import CookieJar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from models_catalog.models import Load
from models_catalog.sync import apart
from tests.catalog.forms import address
from tests.site import Site

PAGE = "/admin/models_catalog/load/import/"
NEVER_S = 300  # far above what any of this takes
ROWS = "".join(f"l{n},T,load,S,Text {n}\n" for n in range(150))
TABLE = f"slug,title,kind,summary,body\n{ROWS}".encode()


class Visitor:
    """A browser without script."""

    def __init__(self, base: str) -> None:
        self._base, self._cookies = base.rstrip("/"), CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self._cookies)
        self._opener = urllib.request.build_opener(cookies)

    def get(self, path: str) -> str:
        return self._text(self._base + path)

    def post(self, path: str, fields: dict) -> str:
        (token,) = (one.value for one in self._cookies if one.name == "csrftoken")
        data = encode_multipart(BOUNDARY, fields | {"csrfmiddlewaretoken": token})
        headers = {"Content-Type": MULTIPART_CONTENT}
        return self._text(urllib.request.Request(self._base + path, data, headers))

    def log_in(self) -> None:
        self.get("/admin/login/?next=/admin/")
        who = {"username": "root", "password": "pw", "next": "/admin/"}
        assert "Log out" in self.post("/admin/login/", who)

    def _text(self, request: urllib.request.Request | str) -> str:
        # An answer of 400 and above is an HTTPError.
        with self._opener.open(request, timeout=NEVER_S) as answer:
            return answer.read().decode()


def table(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("t.csv", data)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of its own, as it is served."""
    site = Site(tmp_path_factory.mktemp("site"))
    base = site.wait_for_address()
    code = "from django.contrib.auth.models import User as U; "
    site.manage("shell", "-c", f"{code}U.objects.create_superuser('root', '', 'pw')")
    yield base
    site.end()


def ended(visitor: Visitor, other: Visitor) -> str:
    """Ask until it has ended, and see that others are answered; return the page."""
    until_s, others = time.monotonic() + NEVER_S, 0
    while time.monotonic() < until_s:
        text = visitor.get(PAGE)
        if 'role="status"' not in text:
            assert others, "It was over before anybody else could be answered"
            return text
        assert 'http-equiv="refresh"' in text and 'name="cancel"' in text
        assert "Pre-forked processes" in other.get("/models/")
        other.log_in()
        others += 1
        time.sleep(0.2)
    raise AssertionError(f"It never ended: {text}")


def test_others_are_answered_while_it_is_looked_at_and_brought_in(site):
    visitor, other = Visitor(site), Visitor(site)
    visitor.log_in()
    visitor.post(PAGE, {"file": table(TABLE)})
    text = ended(visitor, other)
    assert "150 created" in text
    seen = re.search(r'name="seen" value="(\w+)"', text)[1]
    visitor.post(PAGE, {"apply": "1", "seen": seen})
    assert "150 created" in ended(visitor, other)
    other_table = table(TABLE.replace(b"Text 7\n", b"Other\n"))
    visitor.post(PAGE, {"file": other_table})
    assert "1 updated, 149 unchanged" in ended(visitor, other)


@pytest.mark.django_db
class TestPage:
    @pytest.fixture(autouse=True)
    def slow_process(self, settings, tmp_path, monkeypatch):
        settings.DATA_DIR = tmp_path
        code = "import time; time.sleep(600)"
        monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-c", code])

    @pytest.fixture
    def upload(self, admin_client, small):
        page = address(Load, "import")

        def upload():
            return admin_client.post(page, {"file": table(TABLE)}, follow=True)

        yield upload
        admin_client.post(page, {"cancel": "1"})

    def test_it_says_what_it_does_and_can_be_cancelled(
        self, upload, admin_client, tmp_path
    ):
        text = upload().content.decode()
        assert "Starting. It takes at most 120 seconds" in text
        page = address(Load, "import")
        answer = admin_client.post(page, {"cancel": "1"}, follow=True)
        assert "nothing was brought in" in answer.content.decode()
        assert list((tmp_path / "bundles").iterdir()) == []
        assert Load.objects.count() == 1

    def test_another_file_of_the_same_person_replaces_it(self, upload):
        for _ in range(apart.MAX_AT_ONCE - 1):
            upload()
        before = {child.pid for child in apart._children}
        upload()
        running = {one.pid for one in apart._children if one.poll() is None}
        assert len(running - before) == 1

    def test_more_than_the_site_can_do_are_refused(self, upload, monkeypatch):
        monkeypatch.setattr(apart, "MAX_AT_ONCE", 0)
        answer = upload()
        assert answer.status_code == 503
        assert "try again in a minute" in answer.content.decode()
