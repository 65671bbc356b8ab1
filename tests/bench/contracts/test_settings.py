"""Settings: one declaration, the same words of refusal everywhere."""

import json
from dataclasses import dataclass

import pytest

from labs.bench.contracts import settings
from labs.bench.contracts.errors import SpecError


@dataclass(frozen=True)
class Knobs:
    processes: int = settings.number(8, 1, 64, label="Processes", help="How many")
    wait_s: float = settings.number(0.5, 0.1, 2.0, label="Wait", help="", unit="s")
    growth: str = settings.choice(
        "doubling", ("doubling", "at_once"), label="", help=""
    )
    reuse: bool = settings.flag(True, label="Reuse", help="")


class TestParse:
    def test_defaults_are_kept(self):
        assert settings.parse(Knobs, {}) == Knobs()

    def test_words_become_typed_values(self):
        given = {"processes": "3", "wait_s": "1", "growth": "at_once", "reuse": "off"}
        assert settings.parse(Knobs, given) == Knobs(3, 1.0, "at_once", False)

    def test_bounds_are_inclusive(self):
        assert settings.parse(Knobs, {"processes": 1}).processes == 1
        assert settings.parse(Knobs, {"processes": 64}).processes == 64

    @pytest.mark.parametrize(
        ("name", "raw", "words"),
        [
            ("processes", "65", "processes must be between 1 and 64, not 65"),
            ("processes", 0, "processes must be between 1 and 64, not 0"),
            ("processes", "many", "processes must be a whole number, not 'many'"),
            ("processes", 2.5, "processes must be a whole number, not '2.5'"),
            ("processes", True, "processes must be a whole number, not 'True'"),
            ("processes", None, "processes must be a whole number, not 'None'"),
            ("processes", [1], "processes must be a whole number, not '[1]'"),
            ("wait_s", "nan", "wait_s must be between 0.1 and 2.0, not nan"),
            ("wait_s", "inf", "wait_s must be between 0.1 and 2.0, not inf"),
            ("growth", "slow", "growth must be one of doubling, at_once, not 'slow'"),
            ("reuse", "maybe", "reuse must be on or off, not 'maybe'"),
            ("port", "80", "Unknown setting 'port'; known: processes, wait_s, "),
        ],
    )
    def test_refusal_names_found_and_wanted(self, name, raw, words):
        with pytest.raises(SpecError) as caught:
            settings.parse(Knobs, {name: raw})
        assert caught.value.message.startswith(words)
        assert caught.value.field == name


class TestDeclaration:
    def test_description_is_plain_json(self):
        rows = [setting.as_json() for setting in settings.settings_of(Knobs)]
        assert json.loads(json.dumps(rows))[0] == {
            "name": "processes",
            "type": "int",
            "default": 8,
            "label": "Processes",
            "help": "How many",
            "low": 1,
            "high": 64,
        }

    def test_undeclared_field_is_refused_by_name(self):
        @dataclass(frozen=True)
        class Loose:
            port: int = 80

        with pytest.raises(TypeError, match="Loose.port must be declared"):
            settings.settings_of(Loose)
