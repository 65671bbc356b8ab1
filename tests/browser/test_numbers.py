"""Numbers are written the same by the server and by the page's script."""

import pytest
from playwright.sync_api import Page

from labs.presentation.number_format import fixed, number

pytestmark = pytest.mark.browser

VALUES = [
    0, 1, -1, 7.0, 0.125, 0.375, 1.005, 2.675, 5.635, 9.995, 9.999, 10.04, 12.0,
    12.25, 12.75, 99.95, 99.96, 100.5, 101.5, 1234.5, 1e6, 0.00012345, 0.5595, -3.456,
    79_772.4, 26_484_736 / 2**20, 1 / 3, None,
]  # fmt: skip
SCRIPT = """async (values) => {
  const link = [...document.querySelectorAll("script[src]")].map((s) => s.src)
    .find((src) => src.includes("/js/"));
  const names = await (await fetch("/static/js/numbers.js")).ok
    ? "/static/js/numbers.js" : link;
  const { number } = await import(names);
  return values.map((value) => [number(value), value === null ? "" : value.toFixed(2)]);
}"""


def test_rounding_grouping_and_digits(page: Page):
    page.goto("/")
    shown = page.evaluate(SCRIPT, VALUES)
    for value, (text, to_fixed) in zip(VALUES, shown, strict=True):
        assert number(value) == text, value
        assert value is None or fixed(value, 2) == to_fixed, value
