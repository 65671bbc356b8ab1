"""The spec: read back as written; anything else refused in words."""

import json

import pytest

from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.spec import Spec


class TestSpec:
    def test_reads_back_what_it_wrote(self):
        spec = Spec("nginx", "slowloris", {"processes": 2}, {"connections": 10}, 7)
        assert Spec.from_json(spec.to_json()) == spec

    def test_is_one_line(self):
        assert "\n" not in Spec("a\nb", "c").to_json()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("{", "Spec is not JSON"),
            ("[]", "Spec must be an object, not list"),
            ("{}", "server must be a slug, not None"),
            ('{"server":1,"scenario":"x"}', "server must be a slug, not 1"),
            ('{"server":"x","scenario":"y","knobs":[]}', "knobs must be an object"),
            ('{"server":"x","scenario":"y","seed":-1}', "seed must be a whole number"),
            ('{"server":"x","scenario":"y","seed":true}', "seed must be a whole"),
            ('{"server":"x","scenario":"y","host":"h"}', "Unknown key in spec: host"),
            ("[" * 70_000, "Spec must be at most 65536 bytes"),
            ("[" * 60_000, "Spec is not JSON"),
        ],
    )
    def test_refuses_in_words(self, text, words):
        with pytest.raises(SpecError) as caught:
            Spec.from_json(text)
        assert caught.value.message.startswith(words)

    def test_has_no_field_that_could_aim(self):
        fields = set(json.loads(Spec("a", "b").to_json()))
        assert fields == {"server", "scenario", "knobs", "params", "seed"}
