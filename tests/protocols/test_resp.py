"""RESP alone: its commands, and texts that are none of the parser's business."""

import pytest

from labs.bench.contracts.protocol import Operation
from labs.protocols.resp import Resp
from tests.protocols.resp_wire import ERROR, PONG, WIRE

feed = WIRE.feed


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


class TestTexts:
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
