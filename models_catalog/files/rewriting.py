"""Writes new values into a content file; whatever has not changed keeps its bytes.

People write these files by hand and read their diffs. So a key whose value has not
changed keeps its lines, with its order, its quotes and its comments, and so does the
text below. ruamel.yaml lays lists out anew as it writes, and would change 120 of our
509 files, so the lines of changed keys are replaced here instead.
"""

from dataclasses import fields

import yaml

from models_catalog.files import format, reader
from models_catalog.files.fields import plain
from models_catalog.files.kinds import NAMES


def rewritten(data, path, values, kind):
    """Return the bytes of a file that holds these values, as near to `data` as can be.

    ContentError if `data` is no content file of this kind; `path` is for its message.
    """
    old = reader.as_values(reader.parse(data, path, kind))
    if _are_equal(old, values):
        return data
    text = data.decode()
    new = _edited(text.replace("\r\n", "\n"), path, old, values, kind)
    if "\r\n" in text:
        new = new.replace("\n", "\r\n")
    return new.encode()


def _edited(text, path, old, values, kind):
    front, body, _ = format.split(text.encode(), path)
    head = _front(front, old, values, kind)
    if not _same(old["body"], values["body"]):
        text = _plain(values["body"])
        body = f"\n{text}\n" if text else ""
    new = f"---\n{head}---\n{body}"
    return new if _holds(new, path, values, kind) else reader.write(values, kind)


def _holds(text, path, values, kind):
    """Tell whether a file says what it should: an anchor may have gone with its key."""
    try:
        return _are_equal(
            reader.as_values(reader.parse(text.encode(), path, kind)), values
        )
    except format.ContentError:
        return False


def _front(front, old, values, kind):
    """Return front matter in which only the lines of changed keys are others."""
    lead, found = _segments(front)
    if found is None:
        return format.front_text(reader.front_of(values, kind))
    wanted = reader.front_of(values, kind)
    order = [NAMES.get(field.name, field.name) for field in fields(kind)]
    for name in values.keys() - {"body"}:
        key = NAMES.get(name, name)
        if _same(old[name], values[name]) and (key in found or key not in wanted):
            continue
        if key not in wanted:
            found[key] = _after_value(found[key])
        elif key in found:
            found[key] = format.front_text({key: wanted[key]}) + _after_value(
                found[key]
            )
        else:
            found = _inserted(found, order, key, format.front_text({key: wanted[key]}))
    return lead + "".join(found.values())


def _segments(front):
    """Return what is before the first key, and {key: its lines}.

    None in place of those where keys do not begin lines of their own. Blank lines and
    comments belong to the key above them.
    """
    keys = [key for key, _ in yaml.compose(front, yaml.CSafeLoader).value]
    starts = [key.start_mark.line for key in keys]
    if any(key.start_mark.column for key in keys) or len(set(starts)) < len(starts):
        return "", None
    lines = [f"{line}\n" for line in front.split("\n")]
    ends = [*starts[1:], len(lines)]
    found = {
        key.value: "".join(lines[start:end])
        for key, start, end in zip(keys, starts, ends, strict=True)
    }
    return "".join(lines[: starts[0]]), found


def _after_value(segment):
    """Return the blank lines and comments at the end of a key's lines."""
    lines = segment.split("\n")[:-1]
    end = len(lines)
    while end > 1 and (not lines[end - 1].strip() or lines[end - 1][0] == "#"):
        end -= 1
    return "".join(f"{line}\n" for line in lines[end:])


def _inserted(found, order, key, lines):
    """Return the segments with one more, behind those that usually stand before it."""
    before = set(order[: order.index(key)]) & found.keys()
    last = max((place for place, one in enumerate(found) if one in before), default=-1)
    items = [*found.items()]
    items.insert(last + 1, (key, lines))
    return dict(items)


def _are_equal(one, other):
    return all(_same(one[name], other[name]) for name in one)


def _same(one, other):
    return _plain(one) == _plain(other)


def _plain(value):
    """Return a value as the digest of a page takes it: ends of texts do not matter."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return plain(value)
