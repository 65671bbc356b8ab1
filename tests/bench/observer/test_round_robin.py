"""Who has a turn, look after look."""

import pytest

from labs.bench.observer.round_robin import RoundRobin

LOOKS_S = [n * 0.2 for n in range(15)]


class TestTurns:
    @pytest.mark.parametrize("number", [1, 8, 50, 300])
    def test_each_has_one_once_a_second(self, number):
        turns = RoundRobin()
        had = [turns.choose(range(number), at_s) for at_s in LOOKS_S]
        for second in (had[:5], had[5:10], had[10:]):
            everybody = sorted(pid for look in second for pid in look)
            assert everybody == list(range(number))

    def test_many_share_the_looks_of_a_second(self):
        turns = RoundRobin()
        assert {len(turns.choose(range(300), at_s)) for at_s in LOOKS_S} == {60}

    def test_few_are_complete_at_once(self):
        assert RoundRobin().choose([7, 5, 6], 0.0) == [5, 6, 7]

    def test_one_that_is_new_comes_first(self):
        turns = RoundRobin()
        for at_s in LOOKS_S[:5]:
            turns.choose(range(100), at_s)
        assert turns.choose(range(101), LOOKS_S[5])[0] == 100

    def test_a_number_that_was_away_is_new(self):
        turns = RoundRobin()
        turns.choose([1], 0.0)
        turns.choose([], 0.2)
        assert turns.choose([1], 0.4) == [1]
