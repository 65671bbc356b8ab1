"""What pages leave out of a text: scripts, frames, odd links, foreign images.

Pages are safe whatever a text holds: raw HTML is shown as text, and what is rendered is
reduced to an allow-list. This tells its author, with the line. No Django in here.
"""

import re

from markdown_it import MarkdownIt

_TAGS = (
    *("script", "style", "iframe", "frame", "frameset", "object", "embed", "applet"),
    *("form", "link", "meta", "base", "svg", "math", "img", "video", "audio"),
)
_TAG = re.compile(rf"<\s*/?\s*({'|'.join(_TAGS)})\b", re.IGNORECASE)
_HANDLER = re.compile(r"<[a-z][^<>]*\s(on[a-z]+)\s*=", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCHEMES = {"http", "https", "mailto"}
_OWN_IMAGES = ("/static/", "/media/")
# Texts in which nothing of the kind can be, which are nearly all: parsing takes longer.
_USUAL = r"(?!https?:|mailto:|term:|<?/(?!/)|#)"
_MAYBE = re.compile(
    rf"<[a-z/!?]|!\[|\]\({_USUAL}|^ {{0,3}}\[[^\]]+\]:\s*{_USUAL}",
    re.IGNORECASE | re.MULTILINE,
)


def _parser():
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table"])
    # The parser would make plain text of the links that are to be found.
    parser.validateLink = lambda address: True
    return parser


_PARSER = _parser()


def faults_in(text):
    """Return (line, what) for each thing in Markdown that pages leave out.

    Code is shown as it is, whatever is in it, and is no fault.
    """
    if not _MAYBE.search(text):
        return []
    lines = text.replace("\r\n", "\n").split("\n")
    found = []
    for block in _PARSER.parse("\n".join(lines)):
        if block.type == "html_block":
            found += _at(lines, block, [(block.content, _in_html(block.content))])
        elif block.type == "inline":
            found += _at(lines, block, _of_inline(block.children))
    return sorted(dict.fromkeys(found))


def _of_inline(tokens):
    """Yield (words by which it can be found in the text, what is wrong)."""
    for token in tokens:
        if token.type == "html_inline":
            yield token.content, _in_html(token.content)
        elif token.type == "link_open":
            yield token.attrs["href"], _of_link(token.attrs["href"])
        elif token.type == "image":
            yield token.attrs["src"], _of_image(token.attrs["src"])
            yield from _of_inline(token.children or ())


def _in_html(html):
    found = [f"<{tag.lower()}> is not shown" for tag in _TAG.findall(html)]
    found += [f"{name.lower()} is never carried out" for name in _HANDLER.findall(html)]
    return [f"{what}; write HTML that is to be read as `code`" for what in found]


def _of_link(address):
    scheme = _SCHEME.match(address)
    if scheme is None or scheme[1].lower() in _SCHEMES | {"term"}:
        return []
    return [f"a link must not lead to {scheme[1].lower()}:"]


def _of_image(address):
    if address.startswith(_OWN_IMAGES):
        return []
    return [f"an image must be one of this site's own, not {address[:60]}"]


def _at(lines, block, found):
    """Yield (line, what) with the line of the block on which the words stand."""
    first, end = block.map
    for words, faults in found:
        for what in faults:
            yield _line_of(lines[first:end], words, what) + first, what


def _line_of(lines, words, what):
    """Return the number from 1 of the line with these words, or else of the first."""
    tag = re.match(r"<(\w+)>", what)
    wanted = f"<{tag[1]}" if tag else words.split("\n")[0]
    folded = [line.lower() for line in lines]
    for number, line in enumerate(folded, 1):
        if wanted.lower() in line:
            return number
    return 1
