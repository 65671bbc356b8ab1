"""JSON that people type or send, loaded within bounds."""

import json
import math

MAX_CHARACTERS = 64 * 1024
MAX_VALUES, MAX_DEPTH = 5000, 8
_MAX_DIGITS = 100


def load(text):
    """Return the value in a text; ValueError says what is wrong with it."""
    if len(text) > MAX_CHARACTERS:
        message = f"it must be at most {MAX_CHARACTERS} characters, not {len(text)}"
        raise ValueError(message)
    try:
        value = json.loads(text, parse_int=_whole_number)
    except json.JSONDecodeError:
        raise ValueError("this is no JSON") from None
    except RecursionError:
        raise ValueError("it holds too many values, or too deep") from None
    if fault := fault_in(value):
        raise ValueError(fault)
    return value


def _whole_number(digits):
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"a number has at most {_MAX_DIGITS} digits")
    return int(digits)


def fault_in(value, name="it"):
    """Return why a value is no plain JSON value, or too much; "" if all is well."""
    waiting, count = [(value, 0)], 0
    while waiting:
        one, depth = waiting.pop()
        count += 1
        if count > MAX_VALUES or depth > MAX_DEPTH:
            return f"{name} holds too many values, or too deep"
        if isinstance(one, dict):
            waiting += [(part, depth + 1) for pair in one.items() for part in pair]
            if odd := [name for name in one if not isinstance(name, str)]:
                return f"names in {name} must be text, not {odd[0]!r}"
        elif isinstance(one, list):
            waiting += [(part, depth + 1) for part in one]
        elif isinstance(one, str):
            if fault := fault_in_text(one):
                return f"a text in {name} {fault}"
        elif not isinstance(one, int | float | None) or _is_endless(one):
            return f"{name} must hold text and numbers, not {one!r}"
    return ""


def fault_in_text(text):
    """Return what in a text no page, feed or database can take; "" if nothing is."""
    for sign in text if not text.isprintable() else "":
        if "\ud800" <= sign <= "\udfff":
            return "holds half of a character"
        if sign < " " and sign not in "\t\n\r":
            return f"holds the control character {sign!r}"
    return ""


def _is_endless(value):
    return isinstance(value, float) and not math.isfinite(value)
