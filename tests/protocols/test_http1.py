"""HTTP/1.1 without a socket: cut anywhere, ended in every way, and refused."""

import random

import pytest

from labs.bench.contracts.protocol import Operation
from labs.protocols.http1 import Http1, ResponseParser

SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nsorry"
OLD = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
CONTINUED += SIZED
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED = CHUNKED_HEAD + b"5\r\nhello\r\nA\r\n\r\n23456789\r\n0\r\n\r\n"
TRAILED = CHUNKED_HEAD + b"2;name=value\r\nok\r\n0;x\r\nSum: 1\r\nMore: 2\r\n\r\n"
ENDED = {
    "sized": SIZED,
    "empty": EMPTY,
    "no_content": NO_CONTENT,
    "not_modified": NOT_MODIFIED,
    "failed": FAILED,
    "old": OLD,
    "continued": CONTINUED,
    "chunked": CHUNKED,
    "trailed": TRAILED,
}
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nHTTP/1.1 is only text here\r\n\r\n"

every_answer = pytest.mark.parametrize("answer", ENDED.values(), ids=ENDED.keys())


def feed(*pieces: bytes) -> tuple[list[int], ResponseParser]:
    """Return what each piece completed, and the parser."""
    parser = ResponseParser()
    return [parser.feed(piece) for piece in pieces], parser


def single_bytes(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


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


class TestCuts:
    @every_answer
    def test_two_pieces_complete_one_answer_wherever_they_are_cut(self, answer):
        for at in range(1, len(answer)):
            assert feed(answer[:at], answer[at:])[0] == [0, 1]

    @every_answer
    def test_single_bytes_complete_it_with_the_last(self, answer):
        completed, _ = feed(*single_bytes(answer))
        assert completed == [0] * (len(answer) - 1) + [1]

    @every_answer
    def test_what_is_known_afterwards_does_not_depend_on_them(self, answer):
        _, whole = feed(answer)
        for at in range(1, len(answer)):
            _, cut = feed(answer[:at], answer[at:])
            assert (cut.ok, cut.keeps_alive) == (whole.ok, whole.keeps_alive)

    def test_a_row_of_answers_can_be_cut_anywhere(self):
        source = random.Random(1)
        for _ in range(200):
            answers = source.choices(list(ENDED.values()), k=6)
            row, rest, pieces = b"".join(answers), b"".join(answers), []
            while rest:
                at = source.randint(1, min(len(rest), 80))
                pieces.append(rest[:at])
                rest = rest[at:]
            assert sum(feed(*pieces)[0]) == 6, (row, pieces)


class TestPipelining:
    def test_answers_that_come_together_are_counted_together(self):
        assert feed(SIZED + CHUNKED + NO_CONTENT + EMPTY)[0] == [4]

    def test_one_and_a_half_is_one_and_then_one(self):
        assert feed(SIZED + SIZED[:9], SIZED[9:])[0] == [1, 1]

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

    def test_each_answer_has_its_own_success(self):
        parser = ResponseParser()
        seen = []
        for answer in (SIZED, FAILED, SIZED, FAILED, FAILED, SIZED, SIZED):
            parser.feed(answer)
            seen.append(parser.ok)
        assert seen == [True, False, True, False, False, True, True]


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
        completed, parser = feed(*single_bytes(UNTIL_CLOSE))
        assert sum(completed) == 0
        assert parser.eof() == 1
        assert parser.ok

    @every_answer
    def test_between_answers_it_completes_nothing(self, answer):
        assert feed(answer)[1].eof() == 0

    def test_before_any_byte_it_completes_nothing(self):
        assert ResponseParser().eof() == 0

    @pytest.mark.parametrize("answer", [SIZED, CHUNKED, TRAILED, FAILED])
    def test_in_the_middle_it_is_an_error_wherever_that_is(self, answer):
        for at in range(1, len(answer)):
            _, parser = feed(answer[:at])
            with pytest.raises(ValueError, match="in the middle of an answer"):
                parser.eof()


GARBAGE = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01",
    "one wrong byte": b"h",
    "a wrong byte later": b"HTTP/1,",
    "version 2": b"HTTP/2 200\r\n\r\n",
    "version 3": b"HTTP/3.0 200 OK\r\n\r\n",
    "a status in letters": b"HTTP/1.1 abc OK\r\n\r\n",
    "a short status": b"HTTP/1.1 20\r\n\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "a signed status": b"HTTP/1.1 +20 OK\r\n\r\n",
    "a field without a colon": b"HTTP/1.1 200 OK\r\nServer x\r\n\r\n",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "a signed length": b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
    "a grouped length": b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
    "a length in hex": b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
    "an empty length": b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
    "a length in words": b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
    "a chunk without a size": CHUNKED_HEAD + b"\r\n",
    "a negative chunk": CHUNKED_HEAD + b"-2\r\n",
    "a chunk with a prefix": CHUNKED_HEAD + b"0x2\r\nok\r\n",
    "a chunk of no number": CHUNKED_HEAD + b"size\r\n",
    "an endless head": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
    "a long head that ends": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    "an endless chunk size": CHUNKED_HEAD + b"0" * 5000,
    "an endless trailer": CHUNKED_HEAD + b"0\r\nX: " + b"x" * 5000,
}


class TestGarbage:
    @pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
    def test_it_is_a_value_error(self, data):
        with pytest.raises(ValueError):
            feed(data)

    @pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
    def test_it_is_one_byte_by_byte_too(self, data):
        if len(data) > 5000:
            data_in_pieces = [data[:60_000], data[60_000:]]
        else:
            data_in_pieces = single_bytes(data)
        with pytest.raises(ValueError):
            feed(*data_in_pieces)

    def test_it_is_one_after_a_good_answer_too(self):
        _, parser = feed(SIZED)
        with pytest.raises(ValueError):
            parser.feed(b"?")

    def test_damaged_answers_are_read_or_refused_and_nothing_else(self):
        source = random.Random(2)
        refused = 0
        for _ in range(3000):
            damaged = damage(source, source.choice(list(ENDED.values())))
            whole, cut = verdict_on([damaged]), verdict_on(single_bytes(damaged))
            assert whole == cut, damaged
            refused += whole is None
        assert 300 < refused < 2700


def damage(source: random.Random, answer: bytes) -> bytes:
    """Change, drop or add up to three bytes."""
    data = bytearray(answer)
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(data))
        new = [source.choice(b"\r\n :;0159afzHTP/.\x00\xff")]
        data[at : at + source.randint(0, 1)] = new[: source.randint(0, 1)]
    return bytes(data)


def verdict_on(pieces: list[bytes]) -> tuple[int, bool, bool] | None:
    """Return what was read, or None for a ValueError."""
    try:
        completed, parser = feed(*pieces)
    except ValueError:
        return None
    return sum(completed), parser.ok, parser.keeps_alive
