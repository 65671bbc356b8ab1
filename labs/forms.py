"""The form of a run, built from the driver's Knobs and the scenario's Params.

Bounds, words of refusal and help come from the plug-ins' declarations; nothing here
knows a server or a scenario. There is no field for a host, a port or a URL.
"""

import secrets

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.settings import Setting, settings_of
from labs.bench.contracts.spec import Spec
from labs.plugins import registry


class RunForm(forms.Form):
    """Knobs are the fields `knob_<name>`, parameters `param_<name>`."""

    submission_key = forms.RegexField(
        r"\A[0-9a-f]{32}\Z", widget=forms.HiddenInput, required=False
    )

    def __init__(self, driver, scenario, data=None, initial=None):
        super().__init__(data, initial={"submission_key": secrets.token_hex(16)})
        self._driver, self._scenario = driver, scenario
        self._knobs = settings_of(driver.Knobs)
        self._params = settings_of(scenario.Params)
        initial = initial or {}
        for prefix, settings in (("knob", self._knobs), ("param", self._params)):
            given = initial.get(prefix, {})
            for setting in settings:
                name = f"{prefix}_{setting.name}"
                self.fields[name] = _field(setting)
                self.fields[name].initial = given.get(setting.name, setting.default)

    def clean(self):
        """Refuse a parameter that the server's protocol cannot carry out."""
        cleaned = super().clean()
        if self.errors:
            return cleaned
        try:
            params = self._scenario.Params(**self.params)
            registry.check_abilities(self._driver, self._scenario, params)
        except SpecError as error:
            self.add_error(f"param_{error.field}", error.message)
        return cleaned

    @property
    def knob_fields(self):
        """The server's settings, as bound fields."""
        return [self[f"knob_{setting.name}"] for setting in self._knobs]

    @property
    def param_fields(self):
        """The scenario's parameters, as bound fields."""
        return [self[f"param_{setting.name}"] for setting in self._params]

    @property
    def spec(self):
        """The run that was asked for."""
        return Spec(self._driver.slug, self._scenario.slug, self.knobs, self.params)

    @property
    def knobs(self):
        """The cleaned knobs by name."""
        return {s.name: self.cleaned_data[f"knob_{s.name}"] for s in self._knobs}

    @property
    def params(self):
        """The cleaned parameters by name."""
        return {s.name: self.cleaned_data[f"param_{s.name}"] for s in self._params}


class _SettingField(forms.Field):
    """A field with the words of a setting, which its plug-in declares."""

    bounds_text = ""

    def __init__(self, setting, **options):
        super().__init__(
            label=setting.bound.label,
            help_text=setting.bound.help,
            required=setting.kind is not bool,
            **options,
        )
        self.setting: Setting = setting
        self.unit = setting.bound.unit


class _ParsedField(_SettingField):
    """Lets the setting itself convert and refuse, so that there is one wording."""

    def to_python(self, value):
        try:
            return self.setting.parse(value)
        except SpecError as error:
            raise ValidationError(error.message, code="bounds") from None

    def run_validators(self, value):
        """Do nothing: `parse` has checked. The validators are there for the widgets."""


class _SwitchField(_SettingField, forms.BooleanField):
    pass


class _ChoiceField(_ParsedField, forms.ChoiceField):
    def __init__(self, setting):
        words = setting.bound.choices
        choices = [(word, word.replace("_", " ").capitalize()) for word in words]
        super().__init__(setting, choices=choices)

    def validate(self, value):
        """Do nothing: `parse` has checked."""


class _NumberField(_ParsedField, forms.FloatField):
    def __init__(self, setting):
        low, high = setting.bound.low, setting.bound.high
        step = "1" if setting.kind is int else "any"
        super().__init__(
            setting,
            widget=forms.NumberInput(attrs={"min": low, "max": high, "step": step}),
            validators=[MinValueValidator(low), MaxValueValidator(high)],
        )
        self.bounds_text = f"{low:g} to {high:g}"


def _field(setting):
    if setting.kind is bool:
        return _SwitchField(setting)
    return _ChoiceField(setting) if setting.bound.choices else _NumberField(setting)
