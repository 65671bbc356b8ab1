"""Says in a sentence how a figure of two sets differs, and how sure that is. Pure."""

import math
from collections.abc import Sequence

from labs.bench.statistics.figures import Figure
from labs.bench.statistics.intervals import Interval, Ratio, Shift
from labs.bench.statistics.noise import Difference

Names = tuple[str, str]

_TOO_FEW = "too few runs to tell (6 of each at least)"


def sentence(left: Figure, right: Figure, found: Difference, names: Names) -> str:
    """Say what is known of a figure that every run has."""
    if len({*left.known, *right.known}) == 1:
        return f"{left.statement}: {left.known[0]:g} in every run"
    if found.ratio is None:
        spans = _both(left, right, names)
        return f"{left.statement}: {spans}; {_moved(found.shift, found.word, names)}"
    return f"{left.statement}: {_times(left.unit, found, found.ratio, names)}"


def incomplete(left: Figure | None, right: Figure | None, names: Names) -> str:
    """Say which runs have a figure that not all of them have."""
    statement = next(figure.statement for figure in (left, right) if figure)
    values = _both(left, right, names)
    return f"{statement}: {values}; runs without a number cannot be compared"


def _both(left: Figure | None, right: Figure | None, names: Names) -> str:
    sides = zip(names, (left, right), strict=True)
    return ", ".join(f"{name} {_side(figure)}" for name, figure in sides)


def _side(figure: Figure | None) -> str:
    if figure is None:
        return "in no run"
    span = f"{_span(figure.known)} {figure.unit}".rstrip()
    if figure.complete:
        return span
    return f"{span} in {len(figure.known)} of {len(figure.values)} runs"


def _span(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _moved(shift: Shift | None, word: str, names: Names) -> str:
    """Say what a difference says where a ratio would mean nothing."""
    if shift is None or shift.interval is None:
        return _TOO_FEW
    if word == "different":
        more = names[0] if shift.interval.low > 0 else names[1]
        return f"{more}'s is more"
    return "that may be chance"


def _times(unit: str, found: Difference, ratio: Ratio, names: Names) -> str:
    interval, floor = ratio.interval, found.floor
    if interval is None:
        times = _factor(ratio.value)
        return f"{names[0]}'s is {times} times {names[1]}'s; {_TOO_FEW}"
    if found.word == "same" and floor is None:
        return "no difference"
    if found.word == "same":
        return f"no difference larger than {_percent(floor or 0.0)}, the noise floor"
    if found.word == "different":
        return _different(unit, interval, names)
    sentence = f"{names[0]}'s is {_from_to(interval)} times {names[1]}'s, which may be"
    if floor is None:
        return f"{sentence} no difference"
    return f"{sentence} the noise ({_percent(floor)}); repeat more often"


def _different(unit: str, interval: Interval, names: Names) -> str:
    # "2 times" is easier to read than "0.5 times": the larger one comes first.
    more, less = names if interval.low > 1 else reversed(names)
    times = _from_to(interval if interval.low > 1 else interval.inverse())
    if unit == "requests/s":
        return f"{more} answers {times} times the requests/s of {less}"
    return f"{more}'s is {times} times {less}'s"


def _from_to(interval: Interval) -> str:
    low, high = _factor(interval.low), _factor(interval.high)
    return low if low == high else f"{low} to {high}"


def _factor(value: float) -> str:
    """Write a factor with as many digits as tell it from 1, and three at least."""
    digits = max(0, 2 - math.floor(math.log10(value)))
    if value < 100 and value != 1:
        digits = max(digits, 1 - math.floor(math.log10(abs(value - 1))))
    return f"{value:,.{min(digits, 6)}f}"


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 2 else f"{percent:.1f} %"
