"""A real site on loopback: what clients that mean ill do to those who do not."""

import contextlib
import json
import os
import re
import resource
import signal
import socket
import time

import pytest

from tests.network.clients import (
    Visitor,
    connect,
    drippers,
    get,
    is_open,
    post_head,
    read_all,
)
from tests.site import Site

pytestmark = pytest.mark.server

GET_HEAD = b"GET /models/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
PROXY = "127.0.0.2"
BUNDLE = "/admin/catalog/bundle/"
SHORT = "head_s=2 grace_s=2 keep_alive_s=2 linger_s=1"
LOOP_S = 10  # that nothing kept the event loop for as long as it once was
MIB = 1024 * 1024


@contextlib.contextmanager
def served(data, files=None, **environment):
    """Serve a site with its data there; yield it and its address."""
    site = Site(data, **environment)
    if files:
        resource.prlimit(site.process.pid, resource.RLIMIT_NOFILE, (files, files))
    try:
        yield site, site.wait_for_address()
    finally:
        site.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with few files, whose proxy has an address that visitors do not have."""
    environment = {"CONCSITE_LOG": "json", "CONCSITE_TRUSTED_PROXIES": f"{PROXY}/32"}
    with served(tmp_path_factory.mktemp("site"), 256, **environment) as pair:
        yield pair


@pytest.fixture(scope="module")
def impatient_site(tmp_path_factory):
    """A site that waits for clients as short as a test can."""
    data = tmp_path_factory.mktemp("impatient")
    with served(data, CONCSITE_LIMITS=SHORT) as pair:
        yield pair


@pytest.fixture
def address(site):
    return site[1]


class TestSlowClients:
    def test_more_drippers_than_files_shut_nobody_out(self, site):
        site, address = site
        with drippers(address, 260, GET_HEAD):
            for _ in range(5):
                assert get(address, "/models/?x=1").status == 200
                assert json.loads(get(address, "/readyz").text)["ok"]
            open_files = len(os.listdir(f"/proc/{site.process.pid}/fd"))
        assert open_files < 256 - 32
        assert "Too many open files" not in site.said
        assert "waits for the database" not in site.said

    def test_each_kind_of_slow_client_is_ended(self, impatient_site):
        _, address = impatient_site
        slow_body = post_head("/accounts/login/", 10_000)
        with (
            drippers(address, 10, GET_HEAD) as heads,
            drippers(address, 10, slow_body) as bodies,
            drippers(address, 10, b"") as silent,
            connect(address) as idle,
        ):
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            clients = [*heads, *bodies, *silent, idle]
            until_s = time.monotonic() + 30
            while any(map(_is_served, clients)):
                assert time.monotonic() < until_s
                time.sleep(0.2)


def _is_served(client):
    """Tell whether the site still waits for a client."""
    with contextlib.suppress(BlockingIOError, OSError):
        while client.recv(65536, socket.MSG_DONTWAIT):
            pass  # what it was told before the end
    return is_open(client)


class TestBodies:
    @pytest.mark.parametrize("path", ["/", "/accounts/login/", BUNDLE])
    def test_200_mib_are_refused_before_they_are_sent(self, address, path):
        with connect(address) as client:
            client.sendall(post_head(path, 200 * MIB))
            answer = read_all(client).decode()
        assert answer.startswith("HTTP/1.1 413 ")
        assert "may have" in answer

    @pytest.mark.parametrize("path", ["/", BUNDLE])
    def test_one_that_does_not_say_its_length_is_cut(self, address, path):
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        with connect(address) as client:
            client.sendall(post_head(path, None))
            with contextlib.suppress(ConnectionError):
                for _ in range(20 * MIB // 65536):
                    client.sendall(chunk)
            answer = read_all(client).decode()
        assert answer == "" or answer.startswith("HTTP/1.1 413 ")

    @pytest.mark.parametrize(
        ("kind", "piece"),
        [
            (FORM, b"%41"),
            (FORM, b"a=1&"),
            (MULTIPART, b"--x\r\n"),
        ],
    )
    def test_the_longest_that_is_taken_keeps_nobody_waiting(self, address, kind, piece):
        for path, size in (
            (BUNDLE, 9 * MIB),
            ("/admin/models_catalog/server/add/", 4 * MIB),
            ("/", 60 * MIB),
        ):
            body = piece * (size // len(piece))
            with Visitor(address) as visitor, connect(address) as client:
                client.settimeout(60)
                with contextlib.suppress(ConnectionError):
                    client.sendall(post_head(path, len(body), kind) + body)
                assert re.match(rb"HTTP/1.1 [34]\d\d ", client.recv(65536))
            assert visitor.answers and visitor.longest_s < LOOP_S

    def test_a_short_form_is_read_as_ever(self, address):
        with connect(address) as client:
            body = b"username=ann&password=wrong"
            client.sendall(post_head("/accounts/login/", len(body), FORM) + body)
            assert client.recv(65536).startswith(b"HTTP/1.1 403 ")  # without a token


class TestHealth:
    def test_the_process_answers(self, address):
        answer = get(address, "/healthz", Host="no-name-of-the-site")
        assert answer.status == 200 and json.loads(answer.text)["ok"]

    def test_it_is_ready_with_database_and_dispatcher(self, address):
        answer = get(address, "/readyz")
        document = json.loads(answer.text)
        assert (answer.status, document["faults"]) == (200, {})
        assert set(document["labs"]) == {"enabled", "level"}
        assert "Set-Cookie" not in answer.headers

    def test_it_is_not_without_its_tables(self, impatient_site):
        site, address = impatient_site
        site.manage("migrate", "labs", "zero")
        until_s = time.monotonic() + 30
        while get(address, "/readyz").status == 200:
            assert time.monotonic() < until_s
            time.sleep(0.1)
        assert get(address, "/healthz").status == 200


class TestRequestIds:
    def test_a_page_that_is_missing_names_its_request(self, site):
        answer = get(site[1], "/no/such/page")
        request_id = answer.headers["X-Request-ID"]
        assert answer.status == 404 and f"Request {request_id}" in answer.text
        lines = [json.loads(line) for line in _json_lines(site[0])]
        mine = [line for line in lines if line["request_id"] == request_id]
        assert {line["logger"] for line in mine} == {
            "concsite.access",
            "django.request",
        }
        access = next(line for line in mine if line["logger"] == "concsite.access")
        assert access["status"] == 404 and access["path"] == "/no/such/page"
        assert access["duration_ms"] > 0

    def test_a_visitor_cannot_choose_it(self, address):
        answer = get(address, "/healthz", **{"X-Request-ID": "mine"})
        assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"])

    def test_a_trusted_proxy_can(self, site):
        site, address = site
        headers = {"X-Request-ID": "from-proxy:7", "X-Forwarded-For": "192.0.2.9"}
        answer = get(address, "/healthz", PROXY, **headers)
        assert answer.headers["X-Request-ID"] == "from-proxy:7"
        assert "192.0.2.9 GET /healthz 200" in site.said
        answer = get(address, "/healthz", PROXY, **{"X-Request-ID": "<script>"})
        assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"])

    def test_control_characters_reach_no_terminal(self, site):
        with connect(site[1]) as client:
            client.sendall(b"GET /\x1b[31m HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            client.recv(65536)
        assert "\x1b" not in site[0].said


def _json_lines(site):
    return [line for line in site.said.splitlines() if line.startswith("{")]


class TestEnd:
    def test_nobody_keeps_it_longer_than_five_seconds(self, tmp_path):
        slow_reader = b"GET /static/js/run.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 50
        with (
            served(tmp_path) as (site, address),
            drippers(address, 20, GET_HEAD),
            drippers(address, 20, post_head("/accounts/login/", 9999)),
            drippers(address, 5, slow_reader),
        ):
            pages = [connect(address) for _ in range(6)]
            for number, client in enumerate(pages):
                path = f"/models/?x={number}".encode()
                client.sendall(GET_HEAD.replace(b"/models/", path) + b"\r\n")
            get(address, "/healthz")  # so that the site has seen those before it
            began_s = time.monotonic()
            assert site.end() == 0, site.said
            assert time.monotonic() - began_s < 8  # five, and what a busy machine adds
            for client in pages:
                answer = read_all(client)
                assert re.match(rb"HTTP/1.1 (200|503) ", answer), answer[:80]
                client.close()
