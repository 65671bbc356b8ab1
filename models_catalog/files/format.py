"""A content file's two halves: front matter with the line of each value, and Markdown.

A file begins with `---`, YAML, `---`; the rest is Markdown. Whatever is wrong is a
ContentError that names file and line.
"""

import math

import yaml

MAX_BYTES = 1024 * 1024
_MAX_DEPTH = 50  # of front matter; pages here need 5


class ContentError(Exception):
    """Something wrong in a content file; `str()` is "file:line: what"."""

    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: {message}")
        self.path, self.line, self.message = path, line, message
        self.faults = (self,)


class ContentErrors(ContentError):
    """Several things wrong, a line for each; the first one gives path and line."""

    def __init__(self, faults):
        Exception.__init__(self, "\n".join(map(str, faults)))
        first, self.faults = faults[0], tuple(faults)
        self.path, self.line, self.message = first.path, first.line, first.message


def refuse(faults):
    """Raise what is wrong, all of it; do nothing where nothing is."""
    faults = list(faults)
    if faults:
        raise faults[0] if len(faults) == 1 else ContentErrors(faults)


class Lines(dict):
    """The line of each key, and of a list's items under (key, number or word).

    "body" has the line on which the text begins; `start` is where the whole begins.
    """

    start = 1

    def line_of(self, key, item=None):
        """Return the line of a key or an item; `start` for one that is not given."""
        return self.get((key, item), self.get(key, self.start))


def read_bytes(path):
    """Return a file's bytes; of one too large to be a page, enough for `split`."""
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)


def split(data, path):
    """Return the front matter's text, the Markdown, and the Markdown's first line."""
    if len(data) > MAX_BYTES:
        raise ContentError(path, 1, f"must be at most {MAX_BYTES} bytes")
    lines = _decoded(data, path).split("\n")
    if lines[0].strip() != "---":
        raise ContentError(path, 1, "must begin with a line of ---")
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            front = "\n".join(lines[1 : number - 1])
            return front, "\n".join(lines[number:]), number + 1
    raise ContentError(path, 1, "the front matter has no end: a line of --- is missing")


def _decoded(data, path):
    try:
        return data.decode("utf-8-sig")  # spreadsheets and Windows begin with a BOM
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ContentError(path, line, "is not UTF-8") from None


def front_matter(front, path):
    """Return the values by the file's own keys, and the Lines they stand on."""
    try:
        values, node = _loaded(front)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A date that is none (2020-13-45) is a ValueError without a place.
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        what = getattr(error, "problem", None) or str(error) or "it cannot be read"
        raise ContentError(path, line, f"malformed front matter: {what}") from None
    if not isinstance(values, dict):
        raise ContentError(path, 2, "the front matter must be lines of name: value")
    return values, _lines(node, path)


def _loaded(front):
    """Return the values in YAML, and the node that knows their places.

    libyaml is five times as fast; of a fault PyYAML's own parser says more.
    """
    try:
        _check_depth(front)
        return _loaded_by(yaml.CSafeLoader, front)
    except yaml.YAMLError:
        _loaded_by(yaml.SafeLoader, front)
        raise


def _loaded_by(loader_class, front):
    loader = loader_class(front)
    try:
        node = loader.get_single_node()
        return loader.construct_document(node) if node else None, node
    finally:
        loader.dispose()


def _check_depth(front):
    """Refuse YAML nested so deep that libyaml's recursion would end the process.

    Its parser, unlike its composer, keeps a stack of its own.
    """
    depth = 0
    for event in yaml.parse(front, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise RecursionError("values are nested too deep")


def _lines(node, path):
    lines = Lines()
    for key, value in node.value:
        line = key.start_mark.line + 2
        if key.value in lines:
            message = f"{key.value} is given a second time; first on line "
            raise ContentError(path, line, f"{message}{lines[key.value]}")
        lines[key.value] = line
        if isinstance(value, yaml.SequenceNode):
            for number, item in enumerate(value.value):
                lines[key.value, number] = item.start_mark.line + 2
                if isinstance(item, yaml.ScalarNode):
                    lines[key.value, item.value] = item.start_mark.line + 2
    return lines


def joined(front, body):
    """Return the text of a file with these values and this Markdown."""
    head = front_text(front)
    body = body.replace("\r\n", "\n").strip()
    return f"---\n{head}---\n\n{body}\n" if body else f"---\n{head}---\n"


def front_text(values):
    """Return front matter with these values, laid out as people write it here."""
    return yaml.dump(
        values,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=math.inf,
        default_flow_style=None,
    )


class _Dumper(yaml.SafeDumper):
    """A key a line; lists of words within their line, others indented below it."""

    def serialize(self, node):
        node.flow_style = False
        super().serialize(node)

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)
