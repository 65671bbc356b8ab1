"""Lines of the log: of which request, and as what."""

import json
import logging

import pytest
from django.test import RequestFactory

from concsite import error_pages
from concsite.network import request_log
from concsite.network.request_log import JsonFormatter, RequestId, TextFormatter


@pytest.fixture
def request_id():
    token = request_log.current_id.set("abc123")
    yield "abc123"
    request_log.current_id.reset(token)


def record(message="A %s", *arguments, **more):
    made = logging.makeLogRecord(
        {"name": "labs", "levelname": "ERROR", "msg": message, "args": arguments} | more
    )
    RequestId().filter(made)
    return made


class TestText:
    formatter = TextFormatter("{levelname} {name}: {message}", style="{")

    def test_a_line_ends_with_its_request(self, request_id):
        line = self.formatter.format(record("A %s", "fault"))
        assert line == "ERROR labs: A fault [abc123]"

    def test_a_line_of_no_request_has_none(self):
        assert self.formatter.format(record("A fault")) == "ERROR labs: A fault"

    def test_a_traceback_follows_below(self, request_id):
        first, *more = self.formatter.format(
            record("A fault", exc_text="Traceback\nValueError")
        ).split("\n")
        assert first.endswith("[abc123]") and more == ["Traceback", "ValueError"]


class TestJson:
    def test_each_line_is_an_object(self, request_id):
        entry = json.loads(JsonFormatter().format(record("A\n%s", "fault")))
        assert entry.pop("at").endswith("+00:00")
        assert entry == {
            "level": "ERROR",
            "logger": "labs",
            "message": "A\nfault",
            "request_id": "abc123",
        }

    def test_an_answer_has_its_figures(self, caplog):
        caplog.set_level("INFO", "concsite.access")
        request_log.answered(
            request_id="x",
            client="192.0.2.1",
            method="GET",
            path="/\x1b[31m\n",
            status=200,
            size=7,
            duration_ms=1.2345,
        )
        entry = json.loads(JsonFormatter().format(caplog.records[-1]))
        assert entry["path"] == "/\\x1b[31m\\n"
        assert (entry["request_id"], entry["duration_ms"]) == ("x", 1.2)


class TestIds:
    @pytest.mark.parametrize("word", ["4bf92f35-77b3", "a" * 64, "A_b.c:d"])
    def test_a_proxy_may_use_its_usual_ones(self, word):
        assert request_log.is_id(word)

    @pytest.mark.parametrize("word", ["", "a" * 65, "a b", "a\n", "<b>", "é"])
    def test_nothing_else_gets_into_pages_and_logs(self, word):
        assert not request_log.is_id(word)

    def test_the_page_of_a_fault_names_its_request(self, request_id):
        answer = error_pages.failed(RequestFactory().get("/"))
        assert answer.status_code == 500
        assert "Request abc123" in answer.content.decode()
