"""FastCGI alone: its requests, the status of an answer, and long bodies."""

import struct

import pytest

from labs.bench.contracts.protocol import Operation
from labs.protocols.fastcgi import FastCgi
from tests.protocols.fastcgi_wire import (
    BEGIN,
    FAILED,
    HEAD,
    PARAMS,
    PLAIN,
    STDIN,
    STDOUT,
    WIRE,
    end,
    record,
)

feed = WIRE.feed


def records(data: bytes) -> list[tuple[int, int, bytes]]:
    """Read what a client sent: (type, request, content) of each record."""
    found = []
    while data:
        version, kind, number, length, padding, _ = struct.unpack("!BBHHBB", data[:8])
        assert version == 1 and len(data) >= 8 + length + padding
        found.append((kind, number, data[8 : 8 + length]))
        data = data[8 + length + padding :]
    return found


def pairs(content: bytes) -> dict[bytes, bytes]:
    """Read name-value pairs, whose lengths all fit into one byte."""
    found = {}
    while content:
        name, value = content[0], content[1]
        assert name < 128 and value < 128
        found[content[2 : 2 + name]] = content[2 + name : 2 + name + value]
        assert len(content) >= 2 + name + value
        content = content[2 + name + value :]
    return found


class TestRequest:
    @pytest.mark.parametrize(
        ("operation", "query"),
        [
            (Operation(), b"op=ping"),
            (Operation("wait", 100), b"op=wait&ms=100"),
            (Operation("cpu", 5), b"op=cpu&ms=5"),
            (Operation("bytes", 4096), b"op=bytes&n=4096"),
        ],
    )
    def test_each_operation_is_a_query_of_the_script(self, operation, query):
        sent = records(FastCgi().request(operation))
        assert [kind for kind, _, _ in sent] == [BEGIN, PARAMS, PARAMS, STDIN]
        assert {number for _, number, _ in sent} == {1}
        assert sent[2][2] == sent[3][2] == b""
        params = pairs(sent[1][2])
        assert params[b"QUERY_STRING"] == query
        assert params[b"REQUEST_URI"] == b"/app.php?" + query
        assert params[b"SCRIPT_FILENAME"] == b"/lab/app.php"
        assert params[b"REQUEST_METHOD"] == b"GET"

    @pytest.mark.parametrize("keep", [True, False])
    def test_it_says_what_becomes_of_the_connection(self, keep):
        (_, _, body), *_ = records(FastCgi().request(Operation(), keep_alive=keep))
        assert struct.unpack("!HBBBBBB", body)[:2] == (1, int(keep))

    def test_slow_pieces_are_parameters_and_never_the_last(self):
        sent = FastCgi().slow_head()
        sent += b"".join(map(FastCgi().slow_piece, range(1, 1000)))
        (kind, _, _), *others = records(sent)
        assert kind == BEGIN
        assert {kind for kind, _, _ in others} == {PARAMS}
        assert all(content for _, _, content in others)
        names = [name for _, _, content in others for name in pairs(content)]
        assert len(set(names)) == len(names) > 1000


class TestBody:
    def test_a_body_that_looks_like_an_answer_is_none(self):
        answer = record(STDOUT, HEAD + PLAIN + FAILED) + end()
        completed, parser = feed(answer, FAILED)
        assert completed == [1, 1] and not parser.ok

    def test_a_long_body_is_not_kept(self):
        _, parser = feed(record(STDOUT, HEAD))
        for _ in range(50):
            assert parser.feed(record(STDOUT, b"x" * 60_000)) == 0
        assert len(parser._buffer) + len(parser._head) == 0
        assert parser.feed(end()) == 1 and parser.ok


class TestSuccess:
    @pytest.mark.parametrize(
        ("status", "ok"),
        [(200, True), (204, True), (299, True), (301, False), (404, False)]
        + [(500, False), (503, False)],
    )
    def test_it_is_a_status_between_200_and_299(self, status, ok):
        output = b"Content-type: a\r\nSTATUS: %d Word\r\n\r\n" % status
        assert feed(record(STDOUT, output) + end())[1].ok is ok

    def test_output_without_a_head_is_none(self):
        assert not feed(record(STDOUT, b"only text") + end())[1].ok

    def test_a_status_in_the_body_is_text(self):
        output = HEAD + b"Status: 500 No\r\n\r\n"
        assert feed(record(STDOUT, output) + end())[1].ok
