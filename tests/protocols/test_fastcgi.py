"""FastCGI without a socket: cut anywhere, ended in every way, and refused."""

import random
import struct

import pytest

from labs.bench.contracts.protocol import Operation
from labs.protocols.fastcgi import FastCgi, ResponseParser

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7


def record(kind, content=b"", *, padding=0, number=1, version=1) -> bytes:
    header = struct.pack("!BBHHBB", version, kind, number, len(content), padding, 0)
    return header + content + b"\0" * padding


def end(exit_status=0, protocol_status=0) -> bytes:
    return record(END, struct.pack("!LBBBB", exit_status, protocol_status, 0, 0, 0))


HEAD = b"X-Powered-By: PHP/8\r\nContent-type: text/plain\r\n\r\n"
PLAIN = record(STDOUT, HEAD + b"pong\n") + end()
STATUS = record(STDOUT, b"Status: 201 Created\r\n\r\n") + end()
FAILED = record(STDOUT, b"Status: 500 No\r\nA: b\r\n\r\nsorry") + end()
PIECES = record(STDOUT, HEAD[:9]) + record(STDOUT, HEAD[9:-1]) + record(STDOUT, b"\n")
PIECES += record(STDOUT, b"body") + record(STDOUT) + record(STDERR) + end()
PADDED = record(STDOUT, HEAD, padding=7) + record(STDOUT, b"x", padding=255) + end()
NOISY = record(STDERR, b"PHP Notice: so") + PLAIN
BARE = record(STDOUT, b"A: b\n\nbody\r\n\r\nmore") + end()
BUSY = end(0, 2)  # overloaded: nothing was run
EXITED = record(STDOUT, HEAD) + end(255)
ENDED = {
    "plain": PLAIN,
    "status": STATUS,
    "failed": FAILED,
    "pieces": PIECES,
    "padded": PADDED,
    "noisy": NOISY,
    "bare": BARE,
    "busy": BUSY,
    "exited": EXITED,
}
OK = {"plain", "status", "pieces", "padded", "noisy", "bare"}

every_answer = pytest.mark.parametrize("answer", ENDED.values(), ids=ENDED.keys())


def feed(*pieces: bytes) -> tuple[list[int], ResponseParser]:
    """Return what each piece completed, and the parser."""
    parser = ResponseParser()
    return [parser.feed(piece) for piece in pieces], parser


def single_bytes(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


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


class TestRow:
    def test_answers_that_come_together_are_counted_together(self):
        assert feed(PLAIN + PIECES + BUSY + NOISY)[0] == [4]

    def test_one_and_a_half_is_one_and_then_one(self):
        assert feed(PLAIN + PADDED[:20], PADDED[20:])[0] == [1, 1]

    def test_a_body_that_looks_like_an_answer_is_none(self):
        answer = record(STDOUT, HEAD + PLAIN + FAILED) + end()
        completed, parser = feed(answer, FAILED)
        assert completed == [1, 1] and not parser.ok

    def test_each_answer_has_its_own_success(self):
        parser, seen = ResponseParser(), []
        for answer in (PLAIN, FAILED, STATUS, BUSY, EXITED, NOISY):
            parser.feed(answer)
            seen.append(parser.ok)
        assert seen == [True, False, True, False, False, True]


class TestSuccess:
    @pytest.mark.parametrize("name", ENDED)
    def test_it_is_said_by_head_script_and_server(self, name):
        assert feed(ENDED[name])[1].ok is (name in OK)

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


class TestEnd:
    @every_answer
    def test_between_answers_it_completes_nothing(self, answer):
        parser = feed(answer)[1]
        assert parser.keeps_alive
        assert parser.eof() == 0
        assert not parser.keeps_alive

    def test_before_any_byte_it_completes_nothing(self):
        assert ResponseParser().eof() == 0

    @every_answer
    def test_in_the_middle_it_is_an_error_wherever_that_is(self, answer):
        for at in range(1, len(answer)):
            _, parser = feed(answer[:at])
            with pytest.raises(ValueError, match="in the middle of an answer"):
                parser.eof()


GARBAGE = {
    "HTTP": b"HTTP/1.1 200 OK\r\n\r\n",
    "one wrong byte": b"h",
    "version 0": record(STDOUT, HEAD, version=0),
    "version 2": record(STDOUT, HEAD, version=2),
    "a record of a client": record(PARAMS, b"\1\1ab"),
    "a type that is none": record(99, b""),
    "another request": record(STDOUT, HEAD, number=2),
    "no request": record(STDOUT, HEAD, number=0),
    "an end that is too short": record(END, b"\0" * 7),
    "an end that is too long": record(END, b"\0" * 9),
    "an empty end": record(END),
    "a status in letters": record(STDOUT, b"Status: abc\r\n\r\n"),
    "a short status": record(STDOUT, b"Status: 20\r\n\r\n"),
    "a signed status": record(STDOUT, b"Status: +20\r\n\r\n"),
    "a field without a colon": record(STDOUT, b"Status 200\r\n\r\n"),
    "a field without a name": record(STDOUT, b": 200\r\n\r\n"),
    "an endless head": record(STDOUT, b"X" * 40_000) * 2,
    "a long head that ends": record(STDOUT, b"X: " + b"x" * 65_000)
    + record(STDOUT, b"x" * 600 + b"\r\n\r\n"),
}


class TestGarbage:
    @pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
    def test_it_is_a_value_error(self, data):
        with pytest.raises(ValueError):
            feed(data)

    @pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
    def test_it_is_one_in_pieces_too(self, data):
        size = 1 if len(data) < 5000 else 5000
        with pytest.raises(ValueError):
            feed(*(data[at : at + size] for at in range(0, len(data), size)))

    def test_it_is_one_after_a_good_answer_too(self):
        _, parser = feed(PLAIN)
        with pytest.raises(ValueError):
            parser.feed(b"?")

    def test_a_long_body_is_not_kept(self):
        _, parser = feed(record(STDOUT, HEAD))
        for _ in range(50):
            assert parser.feed(record(STDOUT, b"x" * 60_000)) == 0
        assert len(parser._buffer) + len(parser._head) == 0
        assert parser.feed(end()) == 1 and parser.ok

    def test_damaged_answers_are_read_or_refused_and_nothing_else(self):
        source = random.Random(2)
        refused = 0
        for _ in range(3000):
            damaged = damage(source, source.choice(list(ENDED.values())))
            whole, cut = verdict_on([damaged]), verdict_on(single_bytes(damaged))
            assert whole == cut, damaged
            refused += whole is None
        assert 300 < refused < 2900


def damage(source: random.Random, answer: bytes) -> bytes:
    """Change, drop or add up to three bytes."""
    data = bytearray(answer)
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(data))
        new = [source.choice(b"\r\n :;0159aSts/.\x00\x01\x03\x06\xff")]
        data[at : at + source.randint(0, 1)] = new[: source.randint(0, 1)]
    return bytes(data)


def verdict_on(pieces: list[bytes]) -> tuple[int, bool, bool] | None:
    """Return what was read, or None for a ValueError."""
    try:
        completed, parser = feed(*pieces)
    except ValueError:
        return None
    return sum(completed), parser.ok, parser.keeps_alive
