"""When requests fall due: known instants, and the same ones for the same seed."""

import itertools

import pytest

from labs.bench.contracts.loads import CONSTANT, POISSON, OpenLoop
from labs.bench.generator.arrivals import Arrivals


def first(number: int, load: OpenLoop, length_s: float = 10.0, seed: str = "1/1"):
    arrivals, found = Arrivals(load, length_s, seed), []
    for _ in range(number):
        found.append(arrivals.next_s)
        arrivals.advance()
    return found


class TestConstant:
    def test_they_are_evenly_spaced(self):
        load = OpenLoop(4.0, arrivals=CONSTANT)
        assert first(4, load) == pytest.approx([0.25, 0.5, 0.75, 1.0])

    def test_a_ramp_has_the_mean_of_its_ends_in_all(self):
        load = OpenLoop(100.0, arrivals=CONSTANT, to_rate_per_s=300.0)
        within = [t_s for t_s in first(2500, load) if t_s <= 10.0]
        assert len(within) == pytest.approx(2000, abs=1)
        early = sum(t_s <= 1.0 for t_s in within)
        assert early == pytest.approx(110, abs=1)  # 100 + 20 / 2

    def test_after_the_ramp_the_rate_stays(self):
        load = OpenLoop(100.0, arrivals=CONSTANT, to_rate_per_s=300.0)
        after = [t_s for t_s in first(3000, load) if t_s > 10.0]
        gaps = [b - a for a, b in itertools.pairwise(after)]
        assert gaps == pytest.approx([1 / 300] * len(gaps))

    def test_a_ramp_may_fall(self):
        load = OpenLoop(300.0, arrivals=CONSTANT, to_rate_per_s=100.0)
        within = [t_s for t_s in first(2500, load) if t_s <= 10.0]
        assert len(within) == pytest.approx(2000, abs=1)


class TestPoisson:
    LOAD = OpenLoop(1000.0, arrivals=POISSON)

    def test_the_same_seed_gives_the_same_instants(self):
        assert first(100, self.LOAD) == first(100, self.LOAD)
        assert first(100, self.LOAD) != first(100, self.LOAD, seed="2/1")

    def test_the_gaps_have_the_mean_and_the_spread_of_theory(self):
        found = first(20_000, self.LOAD)
        gaps = [b - a for a, b in itertools.pairwise([0.0, *found])]
        mean = sum(gaps) / len(gaps)
        variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
        # Fixed seed, so this cannot flicker; 3 % is four standard errors.
        assert mean == pytest.approx(0.001, rel=0.03)
        assert variance == pytest.approx(0.001**2, rel=0.06)

    def test_they_never_go_back(self):
        found = first(1000, OpenLoop(10.0, to_rate_per_s=1000.0))
        assert found == sorted(found)
