"""Numbers for people: rounding half up, grouping, no more digits than matter.

The texts are those that browsers wrote of the same numbers (Intl.NumberFormat, toFixed)
when the page's script formatted them too.
"""

import pytest

from labs.presentation.number_format import fixed, number

TEXTS = [
    (0, "0", "0.00"),
    (1, "1", "1.00"),
    (-1, "-1", "-1.00"),
    (7.0, "7", "7.00"),
    (0.125, "0.125", "0.13"),
    (0.375, "0.375", "0.38"),
    (1.005, "1.01", "1.00"),
    (2.675, "2.68", "2.67"),
    (5.635, "5.64", "5.63"),
    (9.995, "10", "9.99"),
    (9.999, "10", "10.00"),
    (10.04, "10", "10.04"),
    (12.0, "12", "12.00"),
    (12.25, "12.3", "12.25"),
    (12.75, "12.8", "12.75"),
    (99.95, "100", "99.95"),
    (99.96, "100", "99.96"),
    (100.5, "101", "100.50"),
    (101.5, "102", "101.50"),
    (1234.5, "1,235", "1234.50"),
    (1e6, "1,000,000", "1000000.00"),
    (0.00012345, "0.000123", "0.00"),
    (0.5595, "0.56", "0.56"),
    (-3.456, "-3.46", "-3.46"),
    (79_772.4, "79,772", "79772.40"),
    (26_484_736 / 2**20, "25.3", "25.26"),
    (1 / 3, "0.333", "0.33"),
    (None, "–", ""),
]


@pytest.mark.parametrize("value, text, two_places", TEXTS)
def test_rounding_grouping_and_digits(value, text, two_places):
    assert number(value) == text
    assert value is None or fixed(value, 2) == two_places
