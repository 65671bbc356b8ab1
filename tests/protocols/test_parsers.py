"""Every parser: cut anywhere, ended in every way, and given what is no answer."""

import random

import pytest

from tests.protocols import fastcgi_wire, http1_wire, resp_wire
from tests.protocols.wire import Wire, in_pieces

WIRES = {
    "http1": http1_wire.WIRE,
    "resp": resp_wire.WIRE,
    "fastcgi": fastcgi_wire.WIRE,
}
every_protocol = pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES.keys())


def every(kind: str):
    """Run a test with each `kind` (answers, garbage) of each protocol, by its name."""
    cases = {
        f"{slug}-{name}": (wire, name)
        for slug, wire in WIRES.items()
        for name in sorted(getattr(wire, kind))  # each process finds the same order
    }
    return pytest.mark.parametrize(("wire", "name"), cases.values(), ids=cases.keys())


every_answer = every("answers")


class TestCuts:
    @every_answer
    def test_two_pieces_complete_one_answer_wherever_they_are_cut(self, wire, name):
        answer = wire.answers[name]
        for at in range(1, len(answer)):
            assert wire.feed(answer[:at], answer[at:])[0] == [0, 1]

    @every_answer
    def test_single_bytes_complete_it_with_the_last(self, wire, name):
        completed, _ = wire.feed(*in_pieces(wire.answers[name]))
        assert completed == [0] * (len(completed) - 1) + [1]

    @every_answer
    def test_what_is_known_afterwards_does_not_depend_on_them(self, wire, name):
        answer = wire.answers[name]
        _, whole = wire.feed(answer)
        for at in range(1, len(answer)):
            _, cut = wire.feed(answer[:at], answer[at:])
            assert (cut.ok, cut.keeps_alive) == (whole.ok, whole.keeps_alive)

    @every_protocol
    def test_a_row_of_answers_can_be_cut_anywhere(self, wire):
        source = random.Random(1)
        for _ in range(200):
            answers = source.choices(list(wire.answers.values()), k=6)
            row, rest, pieces = b"".join(answers), b"".join(answers), []
            while rest:
                at = source.randint(1, min(len(rest), wire.longest_piece))
                pieces.append(rest[:at])
                rest = rest[at:]
            assert sum(wire.feed(*pieces)[0]) == 6, (row, pieces)


class TestRow:
    @every_protocol
    def test_answers_that_come_together_are_counted_together(self, wire):
        whole = b"".join(wire.answers.values())
        assert wire.feed(whole)[0] == [len(wire.answers)]

    @every_answer
    def test_one_and_a_part_is_one_and_then_one(self, wire, name):
        usual, answer = wire.answers[wire.usual], wire.answers[name]
        for at in range(1, len(answer)):
            assert wire.feed(usual + answer[:at], answer[at:])[0] == [1, 1]

    @every_protocol
    def test_each_answer_has_its_own_success(self, wire):
        parser = wire.parser()
        for name in wire.sequence:
            parser.feed(wire.answers[name])
            assert parser.ok is (name not in wire.failures)


class TestSuccess:
    @every_answer
    def test_it_is_said_by_the_answer(self, wire, name):
        assert wire.feed(wire.answers[name])[1].ok is (name not in wire.failures)


class TestEnd:
    @every_answer
    def test_between_answers_it_completes_nothing(self, wire, name):
        _, parser = wire.feed(wire.answers[name])
        assert parser.keeps_alive or not wire.end_is_unannounced
        assert parser.eof() == 0
        assert not (parser.keeps_alive and wire.end_is_unannounced)

    @every_protocol
    def test_before_any_byte_it_completes_nothing(self, wire):
        assert wire.parser().eof() == 0

    @every("indivisible")
    def test_in_the_middle_it_is_an_error_wherever_that_is(self, wire, name):
        answer = wire.answers[name]
        for at in range(1, len(answer)):
            _, parser = wire.feed(answer[:at])
            with pytest.raises(ValueError, match="in the middle of an answer"):
                parser.eof()


class TestGarbage:
    @every("garbage")
    def test_it_is_a_value_error(self, wire, name):
        with pytest.raises(ValueError):
            wire.feed(wire.garbage[name])

    @every("garbage")
    def test_it_is_one_in_pieces_too(self, wire, name):
        data = wire.garbage[name]
        for size in (5000, 60_000) if len(data) > 5000 else (1,):
            with pytest.raises(ValueError):
                wire.feed(*in_pieces(data, size))

    @every_protocol
    def test_it_is_one_after_a_good_answer_too(self, wire):
        _, parser = wire.feed(wire.answers[wire.usual])
        with pytest.raises(ValueError):
            parser.feed(b"?")

    @every_protocol
    def test_damaged_answers_are_read_or_refused_and_nothing_else(self, wire):
        source = random.Random(2)
        refused = 0
        for _ in range(3000):
            answer = source.choice(list(wire.answers.values()))
            damaged = damage(source, answer, wire.damaging)
            whole = verdict_on(wire, [damaged])
            assert whole == verdict_on(wire, in_pieces(damaged)), damaged
            refused += whole is None
        assert 300 < refused < wire.most_refused


def damage(source: random.Random, answer: bytes, alphabet: bytes) -> bytes:
    """Change, drop or add up to three bytes."""
    data = bytearray(answer)
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(data))
        new = [source.choice(alphabet)]
        data[at : at + source.randint(0, 1)] = new[: source.randint(0, 1)]
    return bytes(data)


def verdict_on(wire: Wire, pieces: list[bytes]) -> tuple[int, bool, bool] | None:
    """Return what was read, or None for a ValueError."""
    try:
        completed, parser = wire.feed(*pieces)
    except ValueError:
        return None
    return sum(completed), parser.ok, parser.keeps_alive
