"""Numbers for people, one way everywhere (static/js/numbers.js writes the same)."""

from decimal import ROUND_HALF_UP, Decimal
from math import floor, log10


def number(value):
    """Write a number for people: thousands grouped, no more digits than tell."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    # As Intl.NumberFormat does: from the digits that the number is written with.
    text = f"{_rounded(Decimal(repr(value)), _digits(abs(value))):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def fixed(value, digits):
    """Write a number with so many decimal places, as toFixed() does in a browser."""
    # From the exact binary value: 5.635 is a little less than that.
    return f"{_rounded(Decimal(value), digits):f}"


def _digits(size):
    if size >= 100:
        return 0
    return 1 if size >= 10 else 2 - floor(log10(size))


def _rounded(value, digits):
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
