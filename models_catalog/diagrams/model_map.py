"""The picture of models on two axes: where each point and its label go.

Pure: places of models in, drawing coordinates out. No two labels overlap, no label
covers a point, and all are inside the plot. Where it is crowded a point moves up or
down with its label, as little as it can: the axes are rough, the names are not. A label
that fits nowhere is left out; the list beside the picture has it.
"""

import functools
import textwrap
from dataclasses import dataclass
from typing import NamedTuple

from models_catalog.choices import AXES, AXIS_MAX

_RADIUS = 6
_GAP = 5  # between a point and its label
_APART = 2  # between one and the next
_STEP = 3  # of the search for a free place
# Fonts differ from reader to reader; this is wider than most letters of most of them.
_LETTER, _LINE = 0.6, 1.25  # of the font's size


class Rectangle(NamedTuple):
    """A rectangle; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other, by=0.0):
        """Tell whether they overlap, or are closer than `by`."""
        return (
            self.left < other.right + by
            and other.left < self.right + by
            and self.top < other.bottom + by
            and other.top < self.bottom + by
        )

    def holds(self, other):
        """Tell whether the other one is inside."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


@dataclass(frozen=True)
class Sheet:
    """What is drawn on, in pixels; `letters` is how long a label's line may be."""

    width: int
    height: int
    font: int
    letters: int
    margin: int
    above: int = 34  # for the words at the ends of the axes
    below: int = 56

    @property
    def plot(self):
        """The part between the words of the axes."""
        right, bottom = self.width - self.margin, self.height - self.below
        return Rectangle(self.margin, self.above, right, bottom)

    @property
    def line_height(self):
        """From one line of a label to the next."""
        return self.font * _LINE


@dataclass(frozen=True)
class Spot:
    """One model: its point, and its label's lines, if there was room for it.

    `lines` are (text, y of its baseline), all at `text_x`: where they begin or, with
    `is_left`, where they end. `box` is around the label.
    """

    x: float
    y: float
    lines: tuple = ()
    text_x: float = 0.0
    is_left: bool = False
    box: Rectangle | None = None

    @property
    def point(self):
        """The box around the point."""
        x, y = self.x, self.y
        return Rectangle(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS)


WIDE = Sheet(width=1100, height=560, font=15, letters=34, margin=14)
NARROW = Sheet(width=320, height=640, font=12, letters=17, margin=8)


def picture(models):
    """Return the models that have a place on AXES, and a drawing for each width."""
    placed = [model for model in models if model.position]
    points = tuple((_short(model.title), *model.position) for model in placed)
    drawings = []
    for name, sheet in (("wide", WIDE), ("narrow", NARROW)):
        spots = list(zip(placed, place(points, sheet), strict=True))
        drawings.append({"name": name, "sheet": sheet, "spots": spots})
    axes = [{"title": title, "first": one, "last": other} for title, one, other in AXES]
    return {"models": placed, "axes": axes, "drawings": drawings}


def _short(title):
    """Leave out what a title says in brackets."""
    return title.split(" (")[0]


@functools.lru_cache(maxsize=32)
def place(models, sheet):
    """Return the Spots of `models`, a tuple of (name, x, y) on AXES, in their order."""
    spots, taken = {}, []
    # Those at the ends first: they stay there, and who moves goes towards the middle.
    ends_first = sorted(
        range(len(models)), key=lambda n: -abs(models[n][2] - AXIS_MAX / 2)
    )
    for number in ends_first:
        name, x, y = models[number]
        spot = _free(
            textwrap.wrap(name, sheet.letters), *_at(x, y, sheet), taken, sheet
        )
        taken += [spot.point, spot.box] if spot.box else [spot.point]
        spots[number] = spot
    return tuple(spots[number] for number in range(len(models)))


def _at(x, y, sheet):
    """Return where a place on the axes is in the drawing."""
    plot = sheet.plot
    across = plot.right - plot.left - 2 * _RADIUS
    upwards = plot.bottom - plot.top - 2 * _RADIUS
    return (
        plot.left + _RADIUS + across * x / AXIS_MAX,
        plot.bottom - _RADIUS - upwards * y / AXIS_MAX,
    )


def _free(texts, x, y, taken, sheet):
    """Return the spot that is nearest to (x, y) and free."""
    for shift in range(0, sheet.height, _STEP):
        for moved_y in {y - shift: None, y + shift: None}:
            for is_left in (False, True):
                spot = _spot(texts, x, moved_y, is_left, sheet)
                if _fits(spot, taken, sheet):
                    return spot
    return Spot(x, y)


def _fits(spot, taken, sheet):
    both = (spot.point, spot.box)
    return all(
        sheet.plot.holds(box) and not any(box.meets(other, _APART) for other in taken)
        for box in both
    )


def _spot(texts, x, y, is_left, sheet):
    """Return a point with its label to the right of it, or to the left."""
    width = max(map(len, texts), default=0) * sheet.font * _LETTER
    height = len(texts) * sheet.line_height
    reach = _RADIUS + _GAP
    left = x - reach - width if is_left else x + reach
    top = y - height / 2
    lines = tuple(
        (text, round(top + sheet.line_height * (number + 0.78), 1))
        for number, text in enumerate(texts)
    )
    box = Rectangle(left, top, left + width, top + height)
    text_x = box.right if is_left else box.left
    return Spot(round(x, 1), round(y, 1), lines, round(text_x, 1), is_left, box)
