"""HTTP/1.1 alone: its requests, its heads, and bodies of every kind."""

import pytest

from labs.bench.contracts.protocol import Operation
from labs.protocols.http1 import Http1
from tests.protocols.http1_wire import (
    CHUNKED,
    EMPTY,
    FAILED,
    SIZED,
    UNTIL_CLOSE,
    WIRE,
)
from tests.protocols.wire import in_pieces

feed = WIRE.feed


class TestRequest:
    @pytest.mark.parametrize(
        ("operation", "line"),
        [
            (Operation(), b"GET /ping HTTP/1.1"),
            (Operation("wait", 100), b"GET /wait?ms=100 HTTP/1.1"),
            (Operation("cpu", 5), b"GET /cpu?ms=5 HTTP/1.1"),
            (Operation("bytes", 4096), b"GET /bytes?n=4096 HTTP/1.1"),
        ],
    )
    def test_each_operation_has_its_target(self, operation, line):
        request = Http1().request(operation)
        assert request.split(b"\r\n")[0] == line
        assert request.count(b"\r\n\r\n") == 1 and request.endswith(b"\r\n\r\n")

    @pytest.mark.parametrize(("keep", "word"), [(True, "keep-alive"), (False, "close")])
    def test_it_says_what_becomes_of_the_connection(self, keep, word):
        request = Http1().request(Operation(), keep_alive=keep)
        assert f"\r\nConnection: {word}\r\n".encode() in request

    def test_slow_pieces_are_whole_lines_and_never_the_last(self):
        sent = Http1().slow_head()
        for number in range(1, 100):
            piece = Http1().slow_piece(number)
            assert piece.endswith(b"\r\n")
            sent += piece
        assert b"\r\n\r\n" not in sent
        names = [line.partition(b":")[0] for line in sent.split(b"\r\n")[1:-1]]
        assert len(set(names)) == len(names)


class TestPipelining:
    def test_the_same_answer_again_is_one_each_time(self):
        assert feed(*[SIZED] * 3, SIZED[:9], SIZED[9:], SIZED)[0] == [1, 1, 1, 0, 1, 1]

    def test_a_body_that_looks_like_an_answer_is_none(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(EMPTY)
        assert feed(head + EMPTY)[0] == [1]
        assert feed(head, EMPTY, head + EMPTY)[0] == [0, 1, 1]

    def test_a_body_made_of_the_last_answer_is_none_either(self):
        head = b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % (2 * len(SIZED))
        assert feed(SIZED, head, SIZED, SIZED, CHUNKED)[0] == [1, 0, 0, 1, 1]

    def test_an_answer_of_another_length_is_not_taken_for_the_last_one(self):
        longer = SIZED.replace(b": 5", b": 6") + b"!"
        assert feed(SIZED, SIZED + b"HTTP", longer[4:], longer)[0] == [1, 1, 1, 1]


class TestSuccess:
    @pytest.mark.parametrize(
        ("status", "ok"),
        [(200, True), (204, True), (299, True), (301, False), (304, False)]
        + [(400, False), (408, False), (503, False)],
    )
    def test_it_is_a_status_between_200_and_299(self, status, ok):
        head = b"HTTP/1.1 %d Word\r\nContent-Length: 0\r\n\r\n" % status
        assert feed(head)[1].ok is ok

    def test_an_interim_answer_is_none(self):
        completed, parser = feed(b"HTTP/1.1 100 Continue\r\n\r\n", FAILED)
        assert completed == [0, 1]
        assert not parser.ok


class TestKeepAlive:
    @pytest.mark.parametrize(
        ("version", "field", "keeps"),
        [
            (b"1.1", b"Server: x", True),
            (b"1.1", b"Connection: keep-alive", True),
            (b"1.1", b"Connection: close", False),
            (b"1.1", b"CONNECTION:Close", False),
            (b"1.0", b"Server: x", False),
            (b"1.0", b"Connection: Keep-Alive", True),
        ],
    )
    def test_it_follows_from_version_and_field(self, version, field, keeps):
        head = b"HTTP/%b 200 OK\r\n%b\r\nContent-Length: 0\r\n\r\n" % (version, field)
        assert feed(head)[1].keeps_alive is keeps

    def test_a_body_without_a_length_uses_the_connection_up(self):
        _, parser = feed(UNTIL_CLOSE)
        assert parser.eof() == 1
        assert not parser.keeps_alive


class TestEnd:
    def test_it_completes_a_body_without_a_length(self):
        completed, parser = feed(*in_pieces(UNTIL_CLOSE))
        assert sum(completed) == 0
        assert parser.eof() == 1
        assert parser.ok
