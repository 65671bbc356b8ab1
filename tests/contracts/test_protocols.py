"""The contract of a protocol: bytes and events, whatever way they are cut."""

from itertools import pairwise

import pytest

from labs.bench.contracts.protocol import Operation, Protocol
from labs.bench.contracts.settings import as_dict
from labs.plugins import registry
from labs.plugins.validation import OPERATIONS
from tests.contracts import examples
from tests.contracts.real_server import report

PROTOCOLS = registry.protocols()
GARBAGE = [
    b"\x00" * 64,
    b"\xff\xfe" * 40,
    b"\r\n" * 40,
    b"!!! no such protocol\r\n\r\n",
]


EXAMPLE = "adding-a-protocol.md"


@pytest.fixture(params=[*PROTOCOLS, EXAMPLE])
def protocol(request, tmp_path):
    if request.param != EXAMPLE:
        return PROTOCOLS[request.param]
    (path,) = examples.write(EXAMPLE, tmp_path)
    (example,) = registry.find_files(path.parent, Protocol).plugins.values()
    return example


def requests(protocol) -> list[bytes]:
    return [
        protocol.request(Operation(name, 7), keep_alive=keep_alive)
        for name in sorted(OPERATIONS)
        for keep_alive in (True, False)
    ]


class TestRequests:
    def test_there_is_one_for_every_operation(self, protocol):
        assert all(isinstance(data, bytes) and data for data in requests(protocol))
        names = {protocol.request(Operation(name, 7)) for name in OPERATIONS}
        assert len(names) == len(OPERATIONS)

    def test_the_argument_is_in_it(self, protocol):
        for name in OPERATIONS - {"ping"}:
            few, many = (protocol.request(Operation(name, n)) for n in (7, 70))
            assert few != many

    def test_the_same_operation_is_the_same_bytes(self, protocol):
        assert requests(protocol) == requests(protocol)


class TestSlowPieces:
    def test_they_are_bytes_and_never_empty(self, protocol):
        pieces = [protocol.slow_head(), *map(protocol.slow_piece, range(1, 50))]
        assert all(isinstance(piece, bytes) and piece for piece in pieces)

    def test_the_same_number_is_the_same_piece(self, protocol):
        assert protocol.slow_piece(3) == protocol.slow_piece(3)

    def test_no_whole_request_is_hidden_in_them(self, protocol):
        dripped = protocol.slow_head()
        dripped += b"".join(map(protocol.slow_piece, range(1, 200)))
        assert not [request for request in requests(protocol) if request in dripped]


class TestParser:
    def test_every_connection_has_its_own(self, protocol):
        assert protocol.parser() is not protocol.parser()

    def test_nothing_received_completes_nothing(self, protocol):
        parser = protocol.parser()
        assert parser.feed(b"") == 0 and parser.eof() == 0

    @pytest.mark.parametrize("data", GARBAGE)
    def test_garbage_is_refused_or_completes_nothing(self, protocol, data):
        parser = protocol.parser()
        try:
            assert parser.feed(data) == 0
            with pytest.raises(ValueError):
                parser.eof()
        except ValueError as error:
            assert str(error)


@pytest.mark.server
class TestRealAnswers:
    """Answers of real servers, which speak it better than a made-up one."""

    @pytest.fixture(params=registry.servers())
    def spoken(self, request):
        """Return a server's protocol and two answers: connection kept, and closed."""
        driver = registry.servers()[request.param]
        told = report(driver, as_dict(driver.Knobs()))
        kept, closed = (answer.encode("latin-1") for answer in told["answers"])
        return PROTOCOLS[driver.protocol], kept, closed

    def test_they_are_read_however_they_are_cut(self, spoken):
        protocol, kept, _ = spoken
        for size in (1, 2, 3, 7, len(kept) - 1):
            parser = protocol.parser()
            cuts = pairwise([*range(0, len(kept), size), len(kept)])
            completed = [parser.feed(kept[a:b]) for a, b in cuts]
            assert sum(completed) == completed[-1] == 1
            assert parser.ok

    def test_many_in_one_piece_are_counted(self, spoken):
        protocol, kept, _ = spoken
        parser = protocol.parser()
        assert parser.feed(kept * 5 + kept[:-1]) == 5
        assert parser.feed(kept[-1:] + kept) == 2

    def test_an_end_between_answers_is_fine_and_within_one_is_not(self, spoken):
        protocol, kept, _ = spoken
        parser = protocol.parser()
        parser.feed(kept)
        assert parser.eof() == 0
        parser.feed(kept[:-1])
        with pytest.raises(ValueError):
            parser.eof()

    def test_a_last_answer_is_known_to_be_the_last(self, spoken):
        protocol, _, closed = spoken
        parser = protocol.parser()
        assert parser.feed(closed) + parser.eof() == 1
        assert parser.ok and not parser.keeps_alive
