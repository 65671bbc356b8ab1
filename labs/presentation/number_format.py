"""Numbers for people, written one way everywhere."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import floor, log10

_NOTHING = "–"


# A board of 256 processes has 2,000 numbers a tick, and most of them again and again.
@lru_cache(maxsize=10_000)
def number(value: float | str | None) -> str:
    """Write a number for people: thousands grouped, no more digits than matter.

    Text stays as it is, and what is not known is a dash.
    """
    if value is None:
        return _NOTHING
    if isinstance(value, str):
        return value
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    # From the digits that the number is written with: 2.675 becomes 2.68, as people
    # expect, and not 2.67, as its binary value would have it.
    text = f"{_rounded(Decimal(repr(value)), _digits(abs(value))):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def fixed(value: float, digits: int) -> str:
    """Write a number with so many decimal places, from its exact binary value."""
    return f"{_rounded(Decimal(value), digits):f}"


def _digits(size: float) -> int:
    """Return the decimal places at which a number has three digits that matter."""
    if size >= 100:
        return 0
    return 1 if size >= 10 else 2 - floor(log10(size))


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
