"""Every parser, over every way to cut a stream of answers: the same count and outcomes.

The examples are derived and not random, and nothing here looks at a clock.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labs.bench.contracts.protocol import Parser
from labs.protocols import fastcgi, http1, resp
from tests.calibration import streams
from tests.calibration.properties import bounded
from tests.calibration.streams import Answer
from tests.protocols.fastcgi_wire import STDERR, STDOUT, record
from tests.protocols.fastcgi_wire import end as end_record
from tests.protocols.wire import in_pieces


@dataclass(frozen=True)
class Kind:
    """A protocol's parser, and answers for it."""

    parser: Callable[[], Parser]
    answers: st.SearchStrategy[Answer]


KINDS = {
    "http1": Kind(http1.ResponseParser, streams.http1_answers()),
    "resp": Kind(resp.ReplyParser, streams.resp_answers()),
    "fastcgi": Kind(fastcgi.ResponseParser, streams.fastcgi_answers()),
}
every_protocol = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


def row(data: st.DataObject, kind: Kind) -> list[Answer]:
    """Some answers one after the other; alike ones are as likely as different ones."""
    different = data.draw(st.lists(kind.answers, min_size=1, max_size=3))
    return data.draw(st.lists(st.sampled_from(different), min_size=1, max_size=6))


def joined(answers: list[Answer]) -> bytes:
    return b"".join(answer.data for answer in answers)


def ends_of(answers: list[Answer]) -> list[int]:
    return list(itertools.accumulate(len(answer.data) for answer in answers))


def read(parser: Parser, pieces: list[bytes]) -> int | None:
    """Return how many answers were completed; None if the stream was refused."""
    try:
        return sum(parser.feed(piece) for piece in pieces)
    except ValueError:
        return None


def refuses_the_end(parser: Parser) -> bool:
    try:
        parser.eof()
    except ValueError:
        return True
    return False


@every_protocol
class TestWholeAnswers:
    @bounded
    @given(data=st.data())
    def test_each_counts_with_its_last_byte_and_not_before(self, kind, data):
        answers, parser = row(data, kind), kind.parser()
        ends, fed, completed = ends_of(answers), 0, 0
        for piece in data.draw(streams.pieces(joined(answers), ends)):
            fed += len(piece)
            completed += parser.feed(piece)
            assert completed == sum(end <= fed for end in ends)

    @bounded
    @given(data=st.data())
    def test_each_has_its_own_outcome(self, kind, data):
        answers, parser = row(data, kind), kind.parser()
        completed = 0
        for piece in data.draw(streams.pieces(joined(answers), ends_of(answers))):
            new = parser.feed(piece)
            completed += new
            assert parser.failed == sum(not a.ok for a in answers[:completed])
            if new:
                last = answers[completed - 1]
                assert (parser.ok, parser.keeps_alive) == (last.ok, last.keeps)

    @bounded
    @given(data=st.data())
    def test_nothing_is_left_over(self, kind, data):
        answers, parser = row(data, kind), kind.parser()
        read(parser, data.draw(streams.pieces(joined(answers))))
        assert parser.eof() == 0

    @bounded
    @given(data=st.data())
    def test_a_part_of_one_is_not_the_end_of_a_connection(self, kind, data):
        *before, last = row(data, kind)
        part = last.data[: data.draw(st.integers(1, len(last.data) - 1))]
        # A head that only announces another is whole, and no answer.
        assume(not (part.startswith(b"HTTP/1.1 1") and part.endswith(b"\r\n\r\n")))
        parser = kind.parser()
        cut = data.draw(streams.pieces(joined(before) + part))
        assert read(parser, cut) == len(before)
        assert refuses_the_end(parser)


class TestUntilClose:
    @bounded
    @given(data=st.data())
    def test_it_counts_with_the_end_of_the_connection_alone(self, data):
        kind = KINDS["http1"]
        before = data.draw(st.lists(kind.answers, max_size=3))
        last, parser = data.draw(streams.http1_last_answers()), kind.parser()
        cut = data.draw(streams.pieces(joined([*before, last])))
        assert read(parser, cut) == len(before)
        assert parser.eof() == 1
        assert (parser.ok, parser.keeps_alive) == (last.ok, False)
        assert parser.failed == sum(not answer.ok for answer in [*before, last])


@every_protocol
class TestGarbage:
    """What is refused is refused with ValueError, and everything else returns."""

    @bounded
    @given(noise=st.lists(st.binary(max_size=80), max_size=20))
    def test_noise_is_refused_or_waited_with(self, kind, noise):
        parser = kind.parser()
        if read(parser, noise) is not None:
            refuses_the_end(parser)

    @bounded
    @given(data=st.data())
    def test_a_damaged_stream_ends_alike_however_it_is_cut(self, kind, data):
        whole = bytearray(joined(row(data, kind)))
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(whole) - 1))
            length = data.draw(st.integers(0, 3))
            whole[at : at + length] = data.draw(st.binary(max_size=3))
            assume(whole)
        at_once, in_pieces = kind.parser(), kind.parser()
        expected = read(at_once, [bytes(whole)])
        assert read(in_pieces, data.draw(streams.pieces(bytes(whole)))) == expected
        if expected is not None:
            assert refuses_the_end(in_pieces) == refuses_the_end(at_once)


# Three answers of each protocol, one of them not well, with all that ends somewhere.
HTTP1_ROW = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n"
    b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2;a\r\n\r\n\r\n0\r\nA: b\r\n\r\n"
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"
)
RESP_ROW = b"*2\r\n$4\r\n\r\n$1\r\n*1\r\n:-7\r\n-ERR $\r\n$-1\r\n"


def fastcgi_row() -> bytes:
    page, end = record(STDOUT, b"A: b\n\nok", padding=1), end_record()
    status = record(STDERR, b"!") + record(STDOUT, b"Status: 500\r\n\r\n")
    return page + end + status + end + page + record(STDOUT, b"") + end


ROWS = {"http1": HTTP1_ROW, "resp": RESP_ROW, "fastcgi": fastcgi_row()}


class TestEveryPairOfCuts:
    """Not some of them, as above, but all: three pieces of every length there is."""

    @pytest.mark.parametrize("protocol", ROWS)
    def test_three_answers_are_three_and_one_has_failed(self, protocol):
        row, parser_of = ROWS[protocol], KINDS[protocol].parser
        for first, second in itertools.combinations(range(len(row) + 1), 2):
            parser = parser_of()
            pieces = [row[:first], row[first:second], row[second:]]
            found = sum(parser.feed(piece) for piece in pieces if piece)
            assert (found, parser.failed, parser.eof()) == (3, 1, 0), pieces


MAX = 64 * 1024
MAX_LINE = 4 * 1024


def http_head(head_bytes: int) -> bytes:
    """An answer with a head of so many bytes before its empty line."""
    begin, end = b"HTTP/1.1 200 OK\r\nX-Long: ", b"\r\nContent-Length: 2"
    filler = b"x" * (head_bytes - len(begin) - len(end))
    return begin + filler + end + b"\r\n\r\nok"


def resp_line(line_bytes: int) -> bytes:
    return b"+" + b"x" * (line_bytes - 1) + b"\r\n"


def fastcgi_head(head_bytes: int) -> bytes:
    """An answer with a head of so many bytes, its empty line among them."""
    head = b"X-Long: " + b"x" * (head_bytes - 12) + b"\r\n\r\n"
    half = head_bytes // 2
    parts = (record(STDOUT, part) for part in (head[:half], head[half:], b"ok"))
    return b"".join(parts) + end_record()


@dataclass(frozen=True)
class Long:
    """Answers with a head of a given length, and the pieces of one without an end."""

    parser: Callable[[], Parser]
    of: Callable[[int], bytes]
    endless: bytes


FIELD = b"X: " + b"y" * 1000 + b"\r\n"
LONG = {
    "http1": Long(http1.ResponseParser, http_head, b"HTTP/1.1 200 OK\r\n" + FIELD),
    "resp": Long(resp.ReplyParser, resp_line, b"+" + b"y" * 1000),
    "fastcgi": Long(fastcgi.ResponseParser, fastcgi_head, record(STDOUT, FIELD)),
}


@pytest.mark.parametrize("long", LONG.values(), ids=LONG.keys())
class TestLongHeads:
    @pytest.mark.parametrize("number", [MAX - 1, MAX])
    def test_64_kib_may_be_cut_around_their_end(self, long, number):
        whole = long.of(number)
        for at in range(len(whole) - 30, len(whole)):
            assert read(long.parser(), [whole[:at], whole[at:]]) == 1

    @pytest.mark.parametrize(
        ("size", "number"), [(1, 10_000), (7, MAX), (1448, MAX), (16 * 1024, MAX)]
    )
    def test_they_may_come_in_pieces_of_any_size(self, long, size, number):
        assert read(long.parser(), in_pieces(long.of(number), size)) == 1

    def test_longer_ones_are_refused_wherever_they_are_cut(self, long):
        whole = long.of(MAX + 1)
        assert read(long.parser(), [whole]) is None
        for at in range(len(whole) - 30, len(whole)):
            assert read(long.parser(), [whole[:at], whole[at:]]) is None

    def test_those_without_an_end_are_refused(self, long):
        assert read(long.parser(), [long.endless] * 100) is None


@pytest.mark.parametrize("line", [b"1;%b\r\nx\r\n0\r\n\r\n", b"0\r\nA:%b\r\n\r\n"])
class TestLongLinesOfChunks:
    HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    def of(self, line: bytes, line_bytes: int) -> bytes:
        return self.HEAD + line % (b"x" * (line_bytes - 2))

    def test_4_kib_may_be_cut_anywhere(self, line):
        whole = self.of(line, MAX_LINE)
        for at in range(len(whole) - 30, len(whole)):
            assert read(http1.ResponseParser(), [whole[:at], whole[at:]]) == 1

    def test_longer_ones_are_refused_wherever_they_are_cut(self, line):
        whole = self.of(line, MAX_LINE + 1)
        assert read(http1.ResponseParser(), [whole]) is None
        for at in range(len(whole) - 30, len(whole)):
            assert read(http1.ResponseParser(), [whole[:at], whole[at:]]) is None
