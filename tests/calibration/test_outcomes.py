"""Whatever a server says or leaves unsaid ends in the right outcome, and in one.

In lockstep with a fake: nothing depends on how fast anything is.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from labs.bench.contracts.loads import CONSTANT, ClosedLoop, OpenLoop
from labs.bench.generator.phase_counts import Tally
from labs.protocols.fastcgi import FastCgi
from labs.protocols.http1 import Http1
from labs.protocols.resp import Resp
from tests.calibration.fakes import CLOSE, HALF_CLOSE, KEEP, OK, RESET, Saying, Silent
from tests.calibration.lockstep import lockstep

ATTEMPTS = 10
OPEN = OpenLoop(10.0, arrivals=CONSTANT)
OPEN_S = (ATTEMPTS + 0.5) / 10.0
CLOSED = ClosedLoop(2, think_s=0.1)

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKS = b"2;a=b\r\nok\r\n3\r\n\r\n!\r\n0\r\nSum: 1\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS
LONG_HEAD = HEAD + b"X: %b\r\nContent-Length: 2\r\n\r\nok"
UNTIL_CLOSE = HEAD + b"\r\nas long as there is"
ANNOUNCED = HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nok"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
HINTED = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK


def in_pieces(data: bytes, size: int = 1) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def record(kind: int, content: bytes, padding: int = 0) -> bytes:
    header = struct.pack("!BBHHBx", 1, kind, 1, len(content), padding)
    return header + content + bytes(padding)


PAGE = record(6, b"Content-type: text/plain\r\n\r\nok", 7) + record(7, b"a notice", 1)
SERVED, OVERLOADED = record(3, bytes(8), 3), record(3, b"\0\0\0\0\2\0\0\0")

# What a request ends with, for a fake that knows no protocol.
ENDS = {
    Http1: b"\r\n\r\n",
    Resp: b"PING\r\n",
    FastCgi: record(5, b""),
}

# name: (protocol, pieces, what becomes of the connection, outcome)
SAYINGS: dict[str, tuple[Callable[[], Any], list[bytes], str, str]] = {
    "an answer": (Http1, [OK], KEEP, "ok"),
    "one without a body": (Http1, [NO_CONTENT], KEEP, "ok"),
    "one that was announced": (Http1, [HINTED], KEEP, "ok"),
    "single bytes": (Http1, in_pieces(OK), KEEP, "ok"),
    "chunks": (Http1, [CHUNKED], KEEP, "ok"),
    "chunks in single bytes": (Http1, in_pieces(CHUNKED), KEEP, "ok"),
    "a head of 64 KB": (Http1, [LONG_HEAD % (b"x" * 64_000)], KEEP, "ok"),
    "the same in segments": (
        Http1,
        in_pieces(LONG_HEAD % (b"x" * 64_000), 1448),
        KEEP,
        "ok",
    ),
    "a longer head": (Http1, [LONG_HEAD % (b"x" * 66_000)], KEEP, "http_error"),
    "the last answer": (Http1, [ANNOUNCED], CLOSE, "ok"),
    "a body until the end": (Http1, [UNTIL_CLOSE], CLOSE, "ok"),
    "a body until half an end": (Http1, [UNTIL_CLOSE], HALF_CLOSE, "ok"),
    "a body until a reset": (Http1, [UNTIL_CLOSE], RESET, "reset"),
    "an excuse": (Http1, [UNAVAILABLE], KEEP, "http_error"),
    "nothing and the end": (Http1, [], CLOSE, "reset"),
    "nothing and half an end": (Http1, [], HALF_CLOSE, "reset"),
    "nothing and a reset": (Http1, [], RESET, "reset"),
    "half a head and the end": (Http1, [OK[:20]], CLOSE, "reset"),
    "half a body and half an end": (Http1, [OK[:-1]], HALF_CLOSE, "reset"),
    "half a chunk and a reset": (Http1, [CHUNKED[:-20]], RESET, "reset"),
    "a hint and the end": (Http1, [HINTED[: -len(OK)]], CLOSE, "reset"),
    "another protocol": (Http1, [b"SSH-2.0-OpenSSH_9.2\r\n"], KEEP, "http_error"),
    "noise": (Http1, [bytes(range(256))], KEEP, "http_error"),
    "noise for a chunk": (Http1, [CHUNKED[:47], b"no chunk\r\n"], KEEP, "http_error"),
    "two answers at once": (Http1, [OK + OK], KEEP, "http_error"),
    "a status": (Resp, [b"+PONG\r\n"], KEEP, "ok"),
    "an error": (Resp, [b"-ERR no\r\n"], KEEP, "http_error"),
    "nothing": (Resp, [b"$-1\r\n"], KEEP, "ok"),
    "arrays in single bytes": (
        Resp,
        in_pieces(b"*2\r\n*2\r\n$2\r\n\r\n\r\n$-1\r\n:1\r\n"),
        KEEP,
        "ok",
    ),
    "half an array": (Resp, [b"*2\r\n:1\r\n"], CLOSE, "reset"),
    "no reply": (Resp, [b"HTTP/1.1 200 OK\r\n\r\n"], KEEP, "http_error"),
    "a page": (FastCgi, [PAGE + SERVED], KEEP, "ok"),
    "a page in single bytes": (FastCgi, in_pieces(PAGE + SERVED), KEEP, "ok"),
    "too much to do": (FastCgi, [OVERLOADED], KEEP, "http_error"),
    "half a page": (FastCgi, [PAGE], CLOSE, "reset"),
    "no record": (FastCgi, [OK], KEEP, "http_error"),
}


@pytest.fixture(params=SAYINGS.values(), ids=SAYINGS.keys())
def saying(request):
    """A world in which every request is answered like this, and what that is."""
    protocol, pieces, then, outcome = request.param
    settings = {"answers": [pieces], "then": then, "end": ENDS[protocol]}
    with lockstep(Saying, protocol(), **settings) as world:
        yield world, outcome


def outcomes(tally: Tally) -> dict[str, int]:
    return dict(+tally.outcomes)


class TestOutcomes:
    def test_an_open_loop_reads_it_for_each_request(self, saying):
        world, outcome = saying
        tally = world.measure(OPEN, OPEN_S)
        assert outcomes(tally) == {outcome: ATTEMPTS}
        assert (tally.attempts, tally.unfinished) == (ATTEMPTS, 0)

    def test_a_closed_loop_reads_it_for_each_request(self, saying):
        world, outcome = saying
        tally = world.measure(CLOSED, 1.0)
        assert outcomes(tally) == {outcome: tally.attempts}
        assert len(world.fake.arrived_s) == tally.attempts >= 2 * 8


class TestRefused:
    @pytest.mark.parametrize("load", [OPEN, CLOSED])
    def test_a_port_where_nobody_listens_refuses_each(self, load):
        with lockstep(Silent) as world:
            world.fake.stop_listening()
            tally = world.measure(load, OPEN_S)
        assert outcomes(tally) == {"refused": tally.attempts}
        assert tally.attempts >= ATTEMPTS


class TestLost:
    """Connections that the server ended without having announced it."""

    def lost(self, pieces: list[bytes], then: str) -> int:
        with lockstep(Saying, answers=[pieces], then=then) as world:
            assert world.measure(OPEN, OPEN_S).attempts == ATTEMPTS
            return world.engine.totals.connections_lost

    @pytest.mark.parametrize("then", [CLOSE, HALF_CLOSE, RESET])
    def test_one_that_ends_after_its_answer_is_lost(self, then):
        assert self.lost([OK], then) == ATTEMPTS

    @pytest.mark.parametrize("then", [CLOSE, HALF_CLOSE, RESET])
    def test_one_that_ends_without_an_answer_is_lost(self, then):
        assert self.lost([], then) == ATTEMPTS

    def test_one_that_was_announced_to_end_is_not(self):
        assert self.lost([ANNOUNCED], CLOSE) == 0
        assert self.lost([UNTIL_CLOSE], CLOSE) == 0

    def test_one_that_the_client_ends_is_not(self):
        assert self.lost([b"garbage"], KEEP) == 0


class TestPipelined:
    """Four requests at a time; the server answers one after the other."""

    LOAD = ClosedLoop(1, think_s=0.1, pipeline=4)

    def measure(self, *answers: list[bytes], then: str = KEEP, **rest: Any) -> Tally:
        with lockstep(Saying, answers=answers, then=then, **rest) as world:
            return world.measure(self.LOAD, 1.0)

    @pytest.mark.parametrize("size", [1, 5, 1000])
    def test_each_answer_is_one_however_it_is_cut(self, size):
        tally = self.measure(in_pieces(OK, size), in_pieces(CHUNKED, size))
        assert outcomes(tally) == {"ok": tally.attempts}
        assert tally.attempts >= 4 * 8

    def test_answers_that_come_together_are_each_one(self):
        tally = self.measure([OK], gap_s=0.0)
        assert outcomes(tally) == {"ok": tally.attempts}

    @pytest.mark.parametrize("size", [1, 5, len(UNAVAILABLE) + 20])
    def test_a_failure_among_them_is_one(self, size):
        row = in_pieces(OK + UNAVAILABLE + OK + OK, size)
        tally = self.measure(row, [], [], [])
        assert tally.outcomes["ok"] == 3 * tally.outcomes["http_error"]
        assert tally.outcomes.total() == tally.attempts >= 4 * 8

    @pytest.mark.parametrize("size", [1, 5, len(OK) + 60])
    def test_the_last_may_announce_the_end(self, size):
        row = in_pieces(OK + OK + OK + ANNOUNCED, size)
        tally = self.measure(row, [], [], [])
        assert outcomes(tally) == {"ok": tally.attempts}

    def test_those_that_an_end_cuts_off_are_reset(self):
        tally = self.measure([OK], then=CLOSE)
        assert outcomes(tally) == {
            "ok": tally.attempts // 4,
            "reset": tally.attempts * 3 // 4,
        }


class TestNeverAnswered:
    def test_what_is_under_way_at_the_end_is_unfinished(self):
        with lockstep(Silent) as world:
            tally = world.offer(OPEN, OPEN_S)
            assert (tally.attempts, tally.unfinished) == (ATTEMPTS, 0)
            world.engine.finish()
            assert tally.unfinished == tally.attempts == ATTEMPTS
            assert outcomes(tally) == {}

    def test_a_closed_loop_has_one_for_each_client(self):
        with lockstep(Silent) as world:
            tally = world.offer(CLOSED, 5.0)
            world.engine.finish()
            assert tally.unfinished == tally.attempts == CLOSED.connections

    def test_what_waits_longer_than_its_limit_has_timed_out(self):
        load = replace(OPEN, timeout_s=0.5)
        with lockstep(Silent) as world:
            tally = world.offer(load, OPEN_S)
            world.engine.finish()
            # Due at 0.1 s, 0.2 s ... 1.0 s, and looked at every 0.05 s up to 1.05 s.
            assert outcomes(tally) == {"read_timeout": 5}
            assert tally.unfinished == 5
            assert tally.attempts == ATTEMPTS

    def test_who_finds_no_free_connection_is_counted_as_well(self):
        load = replace(OPEN, connections=3)
        with lockstep(Silent) as world:
            tally = world.offer(load, OPEN_S)
            assert len(world.fake.arrived_s) == 3
            assert world.engine.waiting_to_send == ATTEMPTS - 3
            world.engine.finish()
            assert tally.unfinished == tally.attempts == ATTEMPTS
            assert outcomes(tally) == {}
