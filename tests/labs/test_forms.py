"""The form of a run: what the plug-ins declare, in their own words, and no more."""

import pytest
from django import forms

from labs.bench.contracts.settings import settings_of
from labs.forms import RunForm
from labs.plugins import registry
from tests.test_boundaries import AIMS

SERVERS, SCENARIOS = registry.servers(), registry.scenarios()


# Every server and every scenario once: a form takes knobs from the one and parameters
# from the other, whichever two they are.
PAIRS = [
    *((slug, "slowloris") for slug in SERVERS),
    *(("nginx", slug) for slug in SCENARIOS if slug != "slowloris"),
]


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request):
    server, scenario = request.param
    return SERVERS[server], SCENARIOS[scenario]


@pytest.fixture
def driver(pair):
    return pair[0]


@pytest.fixture
def scenario(pair):
    return pair[1]


def filled(driver, scenario, **changed):
    """Return the form sent as it was shown, but for what is changed."""
    shown = RunForm(driver, scenario)
    data = {name: shown[name].initial for name in shown.fields}
    return RunForm(driver, scenario, data | changed)


class TestEveryForm:
    def test_sent_unchanged_it_is_the_defaults(self, driver, scenario):
        form = filled(driver, scenario)
        assert form.is_valid(), form.errors
        assert form.knobs == vars(driver.Knobs())
        assert form.params == vars(scenario.Params())

    def test_types_are_those_declared(self, driver, scenario):
        form = filled(driver, scenario)
        assert form.is_valid()
        for setting in settings_of(scenario.Params):
            assert type(form.params[setting.name]) is setting.kind

    def test_it_has_each_setting_once_with_label_and_help(self, driver, scenario):
        form = RunForm(driver, scenario)
        for kind, fields in (
            (driver.Knobs, form.knob_fields),
            (scenario.Params, form.param_fields),
        ):
            declared = settings_of(kind)
            assert [field.label for field in fields] == [
                setting.bound.label for setting in declared
            ]
            assert [field.help_text for field in fields] == [
                setting.bound.help for setting in declared
            ]

    def test_none_of_its_fields_can_aim_it(self, driver, scenario):
        fields = RunForm(driver, scenario).fields
        kinds = (forms.URLField, forms.GenericIPAddressField, forms.CharField)
        free_text = {name for name, f in fields.items() if isinstance(f, kinds)}
        assert free_text == {"submission_key"}
        bare = [name.split("_", 1)[1] for name in fields]
        assert not [name for name in bare if AIMS.search(name)]

    def test_bounds_are_in_the_page_too(self, driver, scenario):
        form = RunForm(driver, scenario)
        for field in form.param_fields:
            bound = field.field.setting.bound
            if bound.low is not None:
                assert f'min="{bound.low}"' in str(field)
                assert f'max="{bound.high}"' in str(field)


class TestAbilities:
    @pytest.mark.parametrize("server, is_valid", [("redis", True), ("php-fpm", False)])
    def test_what_the_protocol_cannot_do_is_refused_at_its_field(
        self, server, is_valid
    ):
        driver, scenario = (
            registry.servers()[server],
            registry.scenarios()["throughput"],
        )
        fields = RunForm(driver, scenario).fields.items()
        known = {name: field.initial for name, field in fields}
        data = {name: value for name, value in known.items() if value is not None}
        form = RunForm(driver, scenario, data | {"param_pipeline": "8"})
        assert form.is_valid() is is_valid
        errors = form.errors.get("param_pipeline", [])
        assert bool(errors) is not is_valid
        assert all("which PHP-FPM refuses" in error for error in errors)


class TestRefusal:
    @pytest.mark.parametrize(
        "name, value, sentence",
        [
            (
                "param_connections",
                "0",
                "connections must be between 1 and 50000, not 0",
            ),
            ("param_connections", "x", "connections must be a whole number, not 'x'"),
            ("param_connections", "1.5", "connections must be a whole number, not"),
            (
                "param_step_s",
                "1e9",
                "step_s must be between 0.5 and 30, not 1000000000",
            ),
            ("param_step_s", "nan", "step_s must be between 0.5 and 30, not nan"),
            (
                "param_growth",
                "sideways",
                "growth must be one of doubling, at_once, not",
            ),
            ("knob_processes", "99", "processes must be between 1 and 16, not 99"),
            ("knob_processes", "9" * 5000, "processes must be a whole number, not '99"),
        ],
    )
    def test_it_is_the_settings_own_sentence(self, name, value, sentence):
        form = filled(SERVERS["nginx"], SCENARIOS["slowloris"], **{name: value})
        assert not form.is_valid()
        [[said]] = form.errors.values()
        assert name in form.errors and said.startswith(sentence)

    def test_a_setting_cannot_be_left_out(self):
        form = filled(SERVERS["nginx"], SCENARIOS["slowloris"], param_step_s="")
        assert form.errors.keys() == {"param_step_s"}

    def test_what_was_not_declared_is_not_taken(self):
        form = filled(SERVERS["nginx"], SCENARIOS["slowloris"], param_host="evil")
        assert form.is_valid()
        assert "evil" not in {*form.knobs.values(), *form.params.values()}


class TestSubmissionKey:
    def test_each_form_has_its_own(self):
        keys = {
            RunForm(SERVERS["nginx"], SCENARIOS["slowloris"])["submission_key"].initial
            for _ in range(3)
        }
        assert len(keys) == 3

    @pytest.mark.parametrize("key", ["x", "A" * 32, "a" * 33, "a" * 31 + "\n"])
    def test_it_is_of_one_shape(self, key):
        form = filled(SERVERS["nginx"], SCENARIOS["slowloris"], submission_key=key)
        assert form.errors.keys() == {"submission_key"}


class TestInitial:
    def test_it_is_filled_as_another_run_was(self):
        given = {"knob": {"processes": 7}, "param": {"connections": 3, "gone": 1}}
        form = RunForm(SERVERS["nginx"], SCENARIOS["slowloris"], initial=given)
        assert form["knob_processes"].initial == 7
        assert form["param_connections"].initial == 3
        assert form["param_step_s"].initial == 2.0
