"""RESP without a socket: cut anywhere, ended in every way, and refused."""

import random

import pytest

from labs.bench.contracts.protocol import Operation
from labs.protocols.resp import ReplyParser, Resp

PONG = b"+PONG\r\n"
ERROR = b"-ERR unknown command 'X'\r\n"
ENDED = {
    "pong": PONG,
    "error": ERROR,
    "empty status": b"+\r\n",
    "number": b":12\r\n",
    "negative": b":-9223372036854775808\r\n",
    "text": b"$5\r\nhello\r\n",
    "empty": b"$0\r\n\r\n",
    "nothing": b"$-1\r\n",
    "lines": b"$8\r\n\r\n+OK\r\n\r\r\n",
    "array": b"*2\r\n$3\r\nkey\r\n$5\r\nvalue\r\n",
    "no items": b"*0\r\n",
    "no array": b"*-1\r\n",
    "nested": b"*3\r\n*2\r\n:1\r\n*0\r\n$-1\r\n*1\r\n+a\r\n",
    "error within": b"*2\r\n-ERR one of them\r\n:1\r\n",
}
every_answer = pytest.mark.parametrize("answer", ENDED.values(), ids=ENDED.keys())


def feed(*pieces: bytes) -> tuple[list[int], ReplyParser]:
    """Return what each piece completed, and the parser."""
    parser = ReplyParser()
    return [parser.feed(piece) for piece in pieces], parser


def single_bytes(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def words(command: bytes) -> list[bytes]:
    """Read one command as a server would; nothing may be left over."""
    head, rest = command.split(b"\r\n", 1)
    assert head[:1] == b"*"
    found = []
    for _ in range(int(head[1:])):
        length, rest = rest.split(b"\r\n", 1)
        assert length[:1] == b"$"
        size = int(length[1:])
        assert rest[size : size + 2] == b"\r\n"
        found.append(rest[:size])
        rest = rest[size + 2 :]
    assert rest == b""
    return found


class TestRequest:
    def test_ping_is_the_smallest_command(self):
        assert Resp().request(Operation()) == b"*1\r\n$4\r\nPING\r\n"

    @pytest.mark.parametrize(
        ("ms", "limit"), [(1500, b"1.500"), (100, b"0.100"), (1, b"0.001")]
    )
    def test_wait_blocks_for_so_long_and_no_longer(self, ms, limit):
        name, _, seconds = words(Resp().request(Operation("wait", ms)))
        assert (name, seconds) == (b"BLPOP", limit)

    def test_waiting_for_nothing_does_not_wait_for_ever(self):
        assert float(words(Resp().request(Operation("wait", 0)))[2]) > 0

    @pytest.mark.parametrize("name", ["cpu", "bytes"])
    def test_a_script_gets_the_number_as_an_argument(self, name):
        command = words(Resp().request(Operation(name, 4096)))
        assert command[0] == b"EVAL" and command[2:] == [b"0", b"4096"]
        assert b"ARGV[1]" in command[1]

    def test_a_connection_is_left_to_the_client(self):
        requests = {Resp().request(Operation(), keep_alive=k) for k in (True, False)}
        assert len(requests) == 1

    def test_slow_pieces_are_an_argument_that_is_never_the_last(self):
        count, *rest = Resp().slow_head().split(b"\r\n")
        arguments = int(count.removeprefix(b"*"))
        assert rest[:2] == [b"$4", b"ECHO"] and rest[3:] == [b""]
        size = int(rest[2].removeprefix(b"$"))
        for number in range(1, 3 * size):
            piece = Resp().slow_piece(number)
            if number % (size + 1):
                assert len(piece) == 1
            else:
                assert piece == b"\r\n$%d\r\n" % size
        # At one byte a second it takes centuries.
        assert arguments * size > 100 * 366 * 24 * 3600


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
                at = source.randint(1, min(len(rest), 20))
                pieces.append(rest[:at])
                rest = rest[at:]
            assert sum(feed(*pieces)[0]) == 6, (row, pieces)


class TestRow:
    def test_answers_that_come_together_are_counted_together(self):
        assert feed(b"".join(ENDED.values()))[0] == [len(ENDED)]

    def test_one_and_a_half_is_one_and_then_one(self):
        assert feed(PONG + PONG[:3], PONG[3:])[0] == [1, 1]

    def test_a_text_that_looks_like_an_answer_is_none(self):
        inside = PONG + ERROR
        completed, parser = feed(b"$%d\r\n%b\r\n" % (len(inside), inside))
        assert completed == [1] and parser.ok

    def test_a_long_text_is_not_kept(self):
        _, parser = feed(b"$5000000\r\n")
        for _ in range(50):
            assert parser.feed(b"x" * 100_000) == 0
            assert parser._buffer == b""
        assert parser.feed(b"\r\n") == 1


class TestSuccess:
    @pytest.mark.parametrize("name", ENDED)
    def test_only_an_error_is_none(self, name):
        assert feed(ENDED[name])[1].ok is (name != "error")

    def test_each_answer_has_its_own(self):
        parser, seen = ReplyParser(), []
        for answer in (PONG, ERROR, ENDED["error within"], ERROR, ENDED["nothing"]):
            parser.feed(answer)
            seen.append(parser.ok)
        assert seen == [True, False, True, False, True]


class TestEnd:
    @every_answer
    def test_between_answers_it_completes_nothing(self, answer):
        parser = feed(answer)[1]
        assert parser.keeps_alive
        assert parser.eof() == 0
        assert not parser.keeps_alive

    def test_before_any_byte_it_completes_nothing(self):
        assert ReplyParser().eof() == 0

    @every_answer
    def test_in_the_middle_it_is_an_error_wherever_that_is(self, answer):
        for at in range(1, len(answer)):
            _, parser = feed(answer[:at])
            with pytest.raises(ValueError, match="in the middle of an answer"):
                parser.eof()


GARBAGE = {
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n",
    "one wrong byte": b"P",
    "a type of RESP 3": b"#t\r\n",
    "an empty line": b"\r\n",
    "a number in words": b":five\r\n",
    "no number": b":\r\n",
    "a minus alone": b":-\r\n",
    "a signed number": b":+5\r\n",
    "a grouped length": b"$1_0\r\n",
    "a length with a space": b"$ 5\r\n",
    "no length": b"$\r\n",
    "a negative length": b"$-2\r\n",
    "a negative array": b"*-3\r\n",
    "a length without end": b"$" + b"1" * 30,
    "a length beyond the limit": b"$536870913\r\n",
    "an array beyond the limit": b"*1048577\r\n",
    "a text that is too long": b"$2\r\nabc\r\n",
    "a text without its end": b"$2\r\nab\n\r",
    "half of an end": b"$2\r\nab\rc",
    "a line end within a line": b"+a\nb\r\n",
    "a carriage return within": b"-a\rb\r\n",
    "too many arrays in each other": b"*1\r\n" * 9,
    "an endless line": b"+" + b"x" * 70_000,
    "a long line that ends": b"+" + b"x" * 70_000 + b"\r\n",
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
        _, parser = feed(PONG)
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
        new = [source.choice(b"\r\n +-:$*0159aP\x00\xff")]
        data[at : at + source.randint(0, 1)] = new[: source.randint(0, 1)]
    return bytes(data)


def verdict_on(pieces: list[bytes]) -> tuple[int, bool, bool] | None:
    """Return what was read, or None for a ValueError."""
    try:
        completed, parser = feed(*pieces)
    except ValueError:
        return None
    return sum(completed), parser.ok, parser.keeps_alive
