"""What a field of a content file may hold, and how it is read into a plain value.

A page's dataclass says it with its annotation and with `field(metadata=...)`:
`choices` (a dict of words), `least` and `most`, `length` (of a list), `keys` (which a
list's mappings must have, all of them text), `refers` (the group of pages that its
slugs are of), `within` (the key that holds the slug, in a list of mappings).
"""

import math
import re

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
# Of all values below one field: aliases in YAML can turn a few lines into billions of
# values, or into a list that contains itself.
_MAX_VALUES, _MAX_DEPTH = 5000, 8


class Texts(tuple):
    """A list of text, in the order of the file."""


class Slugs(tuple):
    """Slugs of other pages: a set, kept sorted."""


class Numbers(tuple):
    """A list of whole numbers."""


class Mappings(tuple):
    """A list of mappings of plain JSON values."""


class Refused(Exception):
    """A value that cannot be taken; `item` is its number in the list, or None."""

    def __init__(self, message, item=None):
        super().__init__(message)
        self.message, self.item = message, item


def read(value, field, key):
    """Return a field's plain value; Refused with what was found and what wanted."""
    plain = _READERS[field.type](value, key)
    _check_bounds(plain, field, key)
    return plain


def _text(value, key):
    if not isinstance(value, str):
        raise Refused(f"{key} must be text, not {_shown(value)}")
    return value


def _number(value, key, item=None):
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(f"{key} must be a whole number, not {_shown(value)}", item)
    return value


def _mapping(value, key, item=None):
    if not isinstance(value, dict):
        raise Refused(f"{key} must be lines of name: value, not {_shown(value)}", item)
    _check_plain(value, key, item)
    return value


def _items(value, key, words):
    if not isinstance(value, list):
        raise Refused(f"{key} must be a list of {words}, not {_shown(value)}")
    return enumerate(value)


def _texts(value, key):
    for number, item in _items(value, key, "text"):
        if not isinstance(item, str) or not item.strip():
            raise Refused(f"{key} must be a list of text, not {_shown(item)}", number)
    return Texts(value)


def _slugs(value, key):
    for number, item in enumerate(_texts(value, key)):
        if not SLUG.match(item):
            raise Refused(f"{item!r} is not a slug", number)
        if item in value[:number]:
            raise Refused(f"{key} names {item!r} a second time", number)
    return Slugs(sorted(value))


def _numbers(value, key):
    items = _items(value, key, "whole numbers")
    return Numbers(_number(item, key, number) for number, item in items)


def _mappings(value, key):
    items = _items(value, key, "mappings")
    words = f"an entry of {key}"
    return Mappings(_mapping(item, words, number) for number, item in items)


_READERS = {
    str: _text,
    int: _number,
    dict: _mapping,
    Texts: _texts,
    Slugs: _slugs,
    Numbers: _numbers,
    Mappings: _mappings,
}


def _check_plain(value, key, item):
    """Refuse what is no JSON value, and what has no end."""
    waiting, count = [(value, 0)], 0
    while waiting:
        one, depth = waiting.pop()
        count += 1
        if count > _MAX_VALUES or depth > _MAX_DEPTH:
            raise Refused(f"{key} holds too many values, or too deep", item)
        if isinstance(one, dict):
            waiting += [(part, depth + 1) for pair in one.items() for part in pair]
            if odd := [name for name in one if not isinstance(name, str)]:
                raise Refused(f"names in {key} must be text, not {odd[0]!r}", item)
        elif isinstance(one, list):
            waiting += [(part, depth + 1) for part in one]
        elif not isinstance(one, str | int | float | None) or _is_endless(one):
            raise Refused(f"{key} must hold text and numbers, not {one!r}", item)


def _is_endless(value):
    return isinstance(value, float) and not math.isfinite(value)


def _check_bounds(value, field, key):
    rules = field.metadata
    if value == field.default:
        return
    if (choices := rules.get("choices")) and value not in choices:
        raise Refused(f"{key} must be one of {', '.join(choices)}, not {value!r}")
    if (length := rules.get("length")) and len(value) != length:
        raise Refused(f"{key} must be {length} numbers, not {len(value)}")
    if "least" in rules:
        _check_range(value, rules["least"], rules["most"], key)
    if "keys" in rules:
        _check_keys(value, rules["keys"], key)


def _check_range(value, least, most, key):
    for number in value if isinstance(value, tuple) else (value,):
        if not least <= number <= most:
            raise Refused(f"{key} must be between {least} and {most}, not {number}")


def _check_keys(value, keys, key):
    for number, item in enumerate(value):
        texts = [name for name, text in item.items() if text and isinstance(text, str)]
        if sorted(texts) != sorted(keys) or len(item) != len(keys):
            wanted = " and ".join(keys)
            message = f"an entry of {key} must be {wanted}, both text, not "
            raise Refused(message + _shown(item), number)


def _shown(value):
    shown = repr(value)
    return shown if len(shown) < 60 else f"{shown[:56]}..."


def plain(value):
    """Return a value as JSON and YAML have it: tuples as lists, all the way down."""
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value
