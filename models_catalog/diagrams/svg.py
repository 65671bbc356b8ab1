"""Diagrams: one SVG for each concurrency model, with the captions of its steps.

A file is shown inline and played by static/js/diagram.js. What belongs to some steps
only says so: `data-step="1-3 5"` in the ordinary course, `data-slow="2-4"` once a slow
client has come. What has neither is always there. `data-static` of the root is the step
that is shown when nothing plays. The captions are `step` and `slow` in the metadata.

No Django in here. Whatever is wrong is a ContentError that names file and line.
"""

import functools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from models_catalog.files.reader import ContentError

LEAST_STEPS, LEAST_SLOW_STEPS = 5, 3
_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = set(
    "svg title desc metadata step slow g path rect circle ellipse line text tspan"
    "".split()
)
_ATTRIBUTES = set(
    "id class viewBox role aria-labelledby aria-describedby transform text-anchor"
    " d x y width height rx ry r cx cy data-static data-step data-slow data-token"
    " data-client".split()
)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_SPAN = re.compile(r"(\d+)(?:-(\d+))?\Z")
_TAG = re.compile(r"<[a-z][^<>]*? data-(?:step|slow)=[^<>]*>")
_IN_COURSE = re.compile(r' data-(step|slow)="([^"]*)"')


@dataclass(frozen=True)
class Diagram:
    """A diagram; `svg` shows its static step, and the script may show another."""

    slug: str
    title: str
    description: str
    svg: str
    steps: tuple[str, ...]
    slow_steps: tuple[str, ...]


def path_of(slug, folder):
    """Return where the diagram of a model is, or would be."""
    return Path(folder, "diagrams", f"{slug}.svg")


def find(slug, folder):
    """Return the diagram of a model, or None; ContentError if its file is malformed.

    `folder` is that of all content. A file is read again when it has changed.
    """
    path = path_of(slug, folder)
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return _load(path, changed)


def read_all(folder):
    """Return all diagrams by slug; ContentError at the first fault in a file."""
    paths = sorted(Path(folder, "diagrams").glob("*.svg"))
    return {path.stem: find(path.stem, folder) for path in paths}


@functools.lru_cache(maxsize=128)
def _load(path, _changed):
    return parse(path.read_text(encoding="utf-8"), path)


def parse(text, path):
    """Return the diagram in the text of a file; ContentError for anything wrong."""
    root = _tree(text, path)
    for element in root.iter():
        _check_element(element, text, path)
    slug = Path(path).stem
    steps, slow = (_captions(root, name) for name in ("step", "slow"))
    _check_captions(steps, slow, path)
    _check_names(root, slug, text, path)
    _check_spans(root, {"step": len(steps), "slow": len(slow)}, text, path)
    static = int(root.get("data-static", "1"))
    return Diagram(
        slug,
        _text(root, "title", path),
        _text(root, "desc", path),
        shown(_COMMENT.sub("", _METADATA.sub("", text)).strip(), static),
        steps,
        slow,
    )


def shown(svg, step, course="step"):
    """Return the picture at one step: what is to be seen has the attribute data-on.

    `course` is "step", or "slow" for that with a slow client.
    """

    def mark(match):
        spans = dict(_IN_COURSE.findall(match[0]))
        if step not in numbers(spans.get(course, "")):
            return match[0]
        return _IN_COURSE.sub(r' data-on=""\g<0>', match[0], count=1)

    return _TAG.sub(mark, svg)


def numbers(spans):
    """Return the steps in "1-3 5" as a set; ValueError for anything else."""
    found = set()
    for span in spans.split():
        match = _SPAN.match(span)
        if not match:
            raise ValueError(f'Steps are written like "1-3 5", not {span!r}')
        first = int(match[1])
        found |= set(range(first, int(match[2] or first) + 1))
    return found


def _tree(text, path):
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ContentError(path, 1, "must not declare a document type or entities")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ContentError(path, error.position[0], f"malformed SVG: {error}") from None
    if root.tag != f"{_SVG}svg":
        raise ContentError(path, 1, "must be an svg of the SVG namespace")
    return root


def _check_element(element, text, path):
    name = element.tag.removeprefix(_SVG)
    if name not in _ELEMENTS:
        raise ContentError(path, _line(text, f"<{name}"), f"<{name}> is not allowed")
    for attribute in element.attrib:
        if attribute not in _ATTRIBUTES:
            line = _line(text, f"{attribute}=")
            raise ContentError(path, line, f"attribute {attribute!r} is not allowed")


def _captions(root, name):
    found = root.iterfind(f"{_SVG}metadata/{_SVG}{name}")
    return tuple(" ".join((caption.text or "").split()) for caption in found)


def _check_captions(steps, slow, path):
    for kind, found, least in (
        ("step", steps, LEAST_STEPS),
        ("slow", slow, LEAST_SLOW_STEPS),
    ):
        if len(found) < least or not all(found):
            message = f"needs {least} or more <{kind}> with a text, not {len(found)}"
            raise ContentError(path, 1, message)


def _check_names(root, slug, text, path):
    names = [element.get("id") for element in root.iter() if element.get("id")]
    for name, times in Counter(names).items():
        line = _line(text, f'id="{name}"')
        if times > 1:
            raise ContentError(path, line, f"id {name!r} is given {times} times")
        if not name.startswith(f"{slug}-diagram-"):
            message = f"id {name!r} must begin with '{slug}-diagram-'"
            raise ContentError(path, line, message)


def _check_spans(root, counts, text, path):
    wanted = {name: set(range(1, count + 1)) for name, count in counts.items()}
    if root.get("data-static", "1") not in map(str, wanted["step"]):
        raise ContentError(path, 1, "data-static must be the number of a step")
    for element in root.iter():
        for name in wanted:
            spans = element.get(f"data-{name}", "")
            try:
                beyond = numbers(spans) - wanted[name]
            except ValueError as error:
                raise ContentError(path, _line(text, spans), str(error)) from None
            if beyond:
                line = _line(text, f'data-{name}="{spans}"')
                message = f"data-{name} names step {max(beyond)} of {counts[name]}"
                raise ContentError(path, line, message)


def _text(root, name, path):
    element = root.find(f"{_SVG}{name}")
    text = " ".join((element.text or "").split()) if element is not None else ""
    if not text:
        raise ContentError(path, 1, f"missing: <{name}>")
    return text


def _line(text, piece):
    return text[: max(text.find(piece), 0)].count("\n") + 1
