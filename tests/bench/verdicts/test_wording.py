"""The words that judges share."""

import pytest

from labs.bench.verdicts.wording import milliseconds


@pytest.mark.parametrize(
    "value, written",
    [
        (0.0, "0 ms"),
        (0.042, "0.042 ms"),
        (0.1, "0.1 ms"),
        (9.96, "10.0 ms"),
        (12.3, "12 ms"),
        (1234.5, "1,234 ms"),
    ],
)
def test_a_latency_is_written_with_as_many_digits_as_it_needs(value, written):
    assert milliseconds(value) == written
