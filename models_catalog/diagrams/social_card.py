"""Draws the picture that other sites show of a page. No Django.

The typeface is the one that Pillow brings, so that it is the same on every host.
"""

import hashlib
import io
import json
from dataclasses import astuple, dataclass

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
SIZE = (1200, 630)  # pixels: the shape that previews expect
_STYLE = 1  # raise it with any change of the look, so that no old picture is shown
_MARGIN = 80
_WIDTH = SIZE[0] - 2 * _MARGIN
# The light theme of static/css/tokens.css, and the mark of static/favicon.svg.
_PAPER, _INK, _SOFT, _ACCENT = "#fcfbf8", "#1d2226", "#545b62", "#14603a"
_MARK, _BARS, _DOT = "#14532d", "#bbf7d0", "#fca5a5"
_TITLE_SIZES = (76, 64, 54, 46)
_TITLE_LINES, _SUMMARY_LINES = 3, 4


@dataclass(frozen=True)
class Card:
    """What a picture shows."""

    kind: str
    title: str
    summary: str

    @property
    def digest(self) -> str:
        """What differs between two pictures that differ."""
        content = json.dumps([_STYLE, *astuple(self)])
        return hashlib.sha256(content.encode()).hexdigest()[:32]


def draw(card: Card) -> bytes:
    """Return a card as PNG."""
    image = Image.new("RGB", SIZE, _PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, SIZE[0], 14), fill=_ACCENT)
    _draw_mark(pen, _MARGIN, 70)
    pen.text((_MARGIN + 76, 72), "Concsite", _INK, _font(42))
    pen.text((SIZE[0] - _MARGIN, 78), card.kind, _ACCENT, _font(34), anchor="ra")
    bottom = _draw_title(pen, card.title)
    font = _font(34)
    for line in _lines(card.summary, font, _SUMMARY_LINES):
        pen.text((_MARGIN, bottom), line, _SOFT, font)
        bottom += 48
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_title(pen: ImageDraw.ImageDraw, title: str) -> int:
    """Draw it as large as it fits; return where the next thing may begin."""
    size = next((s for s in _TITLE_SIZES if _fits(title, _font(s))), _TITLE_SIZES[-1])
    font, top = _font(size), 180
    for line in _lines(title, font, _TITLE_LINES):
        pen.text((_MARGIN, top), line, _INK, font)
        top += round(size * 1.2)
    return top + 28


def _draw_mark(pen: ImageDraw.ImageDraw, left: int, top: int) -> None:
    def at(x: float, y: float) -> tuple[float, float]:
        return left + 1.75 * x, top + 1.75 * y

    pen.rounded_rectangle((at(0, 0), at(32, 32)), 12, _MARK)
    for y, end in ((10, 25), (16, 18), (22, 13)):
        pen.line((at(7, y), at(end, y)), _BARS, 5)
    pen.ellipse((at(20.5, 15.5), at(27.5, 22.5)), _DOT)


def _font(size: int) -> Font:
    return ImageFont.load_default(size)


def _fits(text: str, font: Font) -> bool:
    lines = _wrapped(text, font)
    return len(lines) <= 2 and all(font.getlength(line) <= _WIDTH for line in lines)


def _lines(text: str, font: Font, most: int) -> list[str]:
    """Return a text in lines that fit, with an ellipsis where it is too long."""
    lines = _wrapped(text, font)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} …"]
    return [_cut(line, font) for line in lines]


def _wrapped(text: str, font: Font) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= _WIDTH:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(line: str, font: Font) -> str:
    """Shorten a line until it fits: one long word cannot be wrapped."""
    if font.getlength(line) <= _WIDTH:
        return line
    shorter = line.rstrip(" …")
    while shorter and font.getlength(f"{shorter}…") > _WIDTH:
        shorter = shorter[:-1]
    return f"{shorter.rstrip()}…"
