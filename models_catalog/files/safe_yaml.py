"""YAML of front matter, loaded within bounds that are checked before anything is built.

A few hundred bytes of YAML can stand for billions of values (aliases of aliases), for
a value that contains itself, or for a number that takes minutes to compute.
"""

import re

import yaml

# Front matter of this catalog's pages has at most 1,400 characters, 119 values, and 5
# levels.
MAX_CHARACTERS = 64 * 1024
MAX_VALUES = 5000  # an alias counts as all that it stands for
MAX_DEPTH = 20
_MAX_DIGITS = 100
# YAML 1.1 reads 1:30:00 as a number in base 60, in time that grows with the square of
# its length; YAML 1.2 and people read it as text.
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\Z")


def load(text):
    """Return the values in YAML, and the node that knows their places.

    libyaml is five times as fast; of a fault PyYAML's own parser says more.
    """
    try:
        _Count().check(text)
        if len(text) > MAX_CHARACTERS:
            message = f"it must be at most {MAX_CHARACTERS} characters, not {len(text)}"
            raise _OutOfBounds(problem=message)
        return _loaded_by(_CLoader, text)
    except yaml.YAMLError as error:
        if not isinstance(error, _OutOfBounds):
            _loaded_by(_Loader, text)
        raise


class _OutOfBounds(yaml.MarkedYAMLError):
    """YAML that is well formed and refused all the same."""


class _Count:
    """Counts the values that YAML stands for, while its parser reads it.

    Its parser, unlike its composer, keeps a stack of its own: libyaml's recursion would
    end the process.
    """

    def __init__(self):
        self._values = 0
        self._open = []  # (anchor, values before it) of collections under way
        self._of_anchor = {}

    def check(self, text):
        """Raise _OutOfBounds at the first place that is beyond a bound."""
        for event in yaml.parse(text, yaml.CSafeLoader):
            self._take(event)
            if self._values > MAX_VALUES:
                raise _refused("it holds too many values, or too deep", event)
            if len(self._open) > MAX_DEPTH:
                raise _refused("values are nested too deep", event)

    def _take(self, event):
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = self._open.pop()
            self._of_anchor[anchor] = self._values - before
        elif isinstance(event, yaml.AliasEvent):
            if any(event.anchor == anchor for anchor, _ in self._open):
                raise _refused(f"*{event.anchor} stands within itself", event)
            self._values += self._of_anchor.get(event.anchor, 1)
        elif isinstance(event, yaml.NodeEvent):
            if event.tag is not None:
                raise _refused(f"the tag {event.tag[:60]} is not taken", event)
            if isinstance(event, yaml.CollectionStartEvent):
                self._open.append((event.anchor, self._values))
            elif event.anchor:
                self._of_anchor[event.anchor] = 1
            self._values += 1


def _refused(message, event):
    return _OutOfBounds(problem=message, problem_mark=event.start_mark)


def _loaded_by(loader_class, text):
    loader = loader_class(text)
    try:
        node = loader.get_single_node()
        return loader.construct_document(node) if node else None, node
    finally:
        loader.dispose()


def _number(loader, node):
    """Return a number, unless it is so long that nobody can mean it."""
    if len(node.value) > _MAX_DIGITS:
        message = f"a number has at most {_MAX_DIGITS} digits"
        raise _OutOfBounds(problem=message, problem_mark=node.start_mark)
    if _BASE_60.match(node.value):
        return node.value
    kind = node.tag.rpartition(":")[2]
    return getattr(yaml.SafeLoader, f"construct_yaml_{kind}")(loader, node)


class _CLoader(yaml.CSafeLoader):
    """libyaml, with our own numbers."""


class _Loader(yaml.SafeLoader):
    """PyYAML in Python, with our own numbers."""


for _each in (_CLoader, _Loader):
    for _kind in ("int", "float"):
        _each.add_constructor(f"tag:yaml.org,2002:{_kind}", _number)
