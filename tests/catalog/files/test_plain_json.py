"""JSON of tables and forms, within bounds."""

import pytest

from models_catalog.files import plain_json


@pytest.mark.parametrize(
    "text, value", [("[1, 2.5]", [1, 2.5]), ('{"a": null}', {"a": None})]
)
def test_values_are_read(text, value):
    assert plain_json.load(text) == value


@pytest.mark.parametrize(
    "text, said",
    [
        ("[" * 30_000, "too many values, or too deep"),
        ("[" * 10 + "]" * 10, "too many values, or too deep"),
        ("[" + "1," * 5000 + "1]", "too many values"),
        ("1" * 101, "at most 100 digits"),
        ("-" + "1" * 5000, "at most 100 digits"),
        ("1e999", "must hold text and numbers, not inf"),
        ("[NaN]", "must hold text and numbers, not nan"),
        ('["\\ud800"]', "half of a character"),
        ('["\\u0000"]', "control character"),
        ('"' + "x" * 65536 + '"', "at most 65536 characters"),
        ("[{]", "this is no JSON"),
        ("", "this is no JSON"),
    ],
)
def test_what_is_no_plain_value_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        plain_json.load(text)
