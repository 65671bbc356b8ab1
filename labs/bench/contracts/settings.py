"""Typed, bounded settings: one declaration for forms, flags, docs and checks.

Drivers declare `Knobs`, scenarios declare `Params`: frozen dataclasses whose fields are
made with `number()`, `choice()` or `flag()`. Nothing here knows a form or a page.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.errors import SpecError

_KEY = "bound"
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


@dataclass(frozen=True)
class Bound:
    """What is allowed for one setting; `low` and `high` are inclusive."""

    label: str
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


def number(
    default: int | float,
    low: int | float,
    high: int | float,
    *,
    label: str,
    help: str,
    unit: str = "",
) -> Any:
    """Declare a number between two inclusive bounds: whole if `default` is an int."""
    bound = Bound(label=label, help=help, unit=unit, low=low, high=high)
    return dataclasses.field(default=default, metadata={_KEY: bound})


def choice(default: str, choices: tuple[str, ...], *, label: str, help: str) -> Any:
    """Declare a setting that takes one of a few words."""
    bound = Bound(label=label, help=help, choices=choices)
    return dataclasses.field(default=default, metadata={_KEY: bound})


def flag(default: bool, *, label: str, help: str) -> Any:
    """Declare a setting that is on or off."""
    return dataclasses.field(
        default=default, metadata={_KEY: Bound(label=label, help=help)}
    )


@dataclass(frozen=True)
class Setting:
    """One declared setting, as forms and flags see it (int, float, bool or str)."""

    name: str
    kind: type
    default: Any
    bound: Bound

    def parse(self, raw: Any) -> Any:
        """Return the typed value of `raw`, a string or already typed.

        Raises SpecError for a wrong type or a value out of bounds.
        """
        value = self._convert(raw)
        self._check(value)
        return value

    def _convert(self, raw: Any) -> Any:
        if self.kind is bool:
            return self._convert_flag(raw)
        # To Python a bool is an int: true would be 1.
        if isinstance(raw, bool) or raw is None:
            raise self._wrong_type(raw)
        if self.kind is int and isinstance(raw, float) and not raw.is_integer():
            raise self._wrong_type(raw)
        try:
            return self.kind(raw)
        except (TypeError, ValueError, OverflowError):
            raise self._wrong_type(raw) from None

    def _convert_flag(self, raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().lower()
        if word not in _TRUE | _FALSE:
            raise self._wrong_type(raw)
        return word in _TRUE

    def _wrong_type(self, raw: Any) -> SpecError:
        wanted = {
            int: "a whole number",
            float: "a number",
            bool: "on or off",
            str: "a word",
        }
        return SpecError(
            f"{self.name} must be {wanted[self.kind]}, not {str(raw)[:40]!r}",
            field=self.name,
        )

    def _check(self, value: Any) -> None:
        bound = self.bound
        if bound.choices and value not in bound.choices:
            raise SpecError(
                f"{self.name} must be one of {', '.join(bound.choices)}, "
                f"not {value[:40]!r}",
                field=self.name,
            )
        # `not low <= value` rather than `value < low`: NaN must fail too.
        if bound.low is not None and not bound.low <= value <= bound.high:
            raise SpecError(
                f"{self.name} must be between {bound.low} and {bound.high}, "
                f"not {value}",
                field=self.name,
            )

    def as_json(self) -> dict[str, Any]:
        """Describe the setting for `lab servers --json`, the docs and the pages."""
        row = {"name": self.name, "type": self.kind.__name__, "default": self.default}
        row |= {
            k: v
            for k, v in dataclasses.asdict(self.bound).items()
            if v not in (None, "", ())
        }
        return row


def settings_of(declaration: type) -> tuple[Setting, ...]:
    """List the settings of a Knobs or Params class, in the order of declaration.

    Raises TypeError for a field that was not made with number(), choice() or flag().
    """
    return tuple(
        _setting(declaration, field) for field in dataclasses.fields(declaration)
    )


def _setting(declaration: type, field: dataclasses.Field[Any]) -> Setting:
    bound = field.metadata.get(_KEY)
    kind = type(field.default)
    if bound is None or kind not in (int, float, bool, str):
        raise TypeError(
            f"{declaration.__qualname__}.{field.name} must be declared with "
            "number(), choice() or flag()"
        )
    return Setting(name=field.name, kind=kind, default=field.default, bound=bound)


def parse(declaration: type, given: Mapping[str, Any]) -> Any:
    """Build a Knobs or Params value from raw words.

    Raises SpecError for an unknown name or a value out of bounds.
    """
    settings = {setting.name: setting for setting in settings_of(declaration)}
    for name in given:
        if name not in settings:
            known = ", ".join(settings) or "none"
            raise SpecError(
                f"Unknown setting {name[:40]!r}; known: {known}", field=name
            )
    return declaration(
        **{name: settings[name].parse(raw) for name, raw in given.items()}
    )


def as_dict(values: Any) -> dict[str, Any]:
    """Turn a Knobs or Params value into plain JSON types."""
    return dataclasses.asdict(values)
