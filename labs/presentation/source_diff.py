"""How two programs differ, line by line, as rows of highlighted HTML. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_CONTEXT = 3  # lines shown around what differs


@dataclass(frozen=True)
class DiffLine:
    """A line of the left program, of the right one, or of both: `sign` "-", "+", "".

    Its number is None in a program that does not have it. `skipped` is how many equal
    lines are left out before it.
    """

    sign: str
    left: int | None
    right: int | None
    html: str
    skipped: int = 0


@dataclass(frozen=True)
class SourceDifference:
    """The lines to be shown, and how many were added, removed and are equal."""

    lines: tuple[DiffLine, ...]
    added: int
    removed: int
    equal: int


def difference(
    left: str, right: str, highlighted: Callable[[str], Sequence[str]]
) -> SourceDifference:
    """Compare two programs; `highlighted` returns the HTML of each line of a text."""
    matcher = SequenceMatcher(None, left.splitlines(), right.splitlines(), False)
    html = highlighted(left), highlighted(right)
    lines = tuple(_lines(matcher, html))
    signs = [line.sign for line in lines]
    equal = sum(block.size for block in matcher.get_matching_blocks())
    return SourceDifference(lines, signs.count("+"), signs.count("-"), equal)


def _lines(
    matcher: SequenceMatcher, html: tuple[Sequence[str], Sequence[str]]
) -> Iterator[DiffLine]:
    after = 0  # the first line of the left program that is not shown yet
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        skipped = group[0][1] - after
        for line in _of_group(group, html):
            yield DiffLine(line.sign, line.left, line.right, line.html, skipped)
            skipped = 0
        after = group[-1][2]


def _of_group(
    group: Sequence[tuple[str, int, int, int, int]],
    html: tuple[Sequence[str], Sequence[str]],
) -> Iterator[DiffLine]:
    for word, first, end, other, other_end in group:
        if word == "equal":
            for left, right in zip(
                range(first, end), range(other, other_end), strict=True
            ):
                yield DiffLine("", left + 1, right + 1, html[0][left])
            continue
        for left in range(first, end):
            yield DiffLine("-", left + 1, None, html[0][left])
        for right in range(other, other_end):
            yield DiffLine("+", None, right + 1, html[1][right])
