"""Markdown to safe HTML: rendered, then reduced to an allow-list."""

import functools
import re

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from models_catalog.markdown.plugins import citation_plugin, term_plugin
from models_catalog.markdown.references import Notes

_CLASS = re.compile(r"[a-z][a-z0-9_-]*( [a-z][a-z0-9_-]*)*\Z", re.IGNORECASE)
_TAGS = {
    *("h2", "h3", "h4", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong"),
    *("ul", "ol", "li", "dl", "dt", "dd", "a", "img", "span", "div", "section", "sup"),
    *("table", "thead", "tbody", "tr", "th", "td", "del", "kbd", "abbr"),
}
_ATTRIBUTES = {
    "*": {"id", "class"},
    "a": {"href", "title", "aria-describedby", "aria-label"},
    "span": {"role"},
    "img": {"src", "alt", "title"},
    "th": {"scope"},
    "ol": {"start"},
}


def highlighted(code, language, _attributes=""):
    """Return code as HTML with classes only, line by line; empty if nobody knows it."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return ""  # markdown-it escapes it then
    return highlight(code, lexer, HtmlFormatter(nowrap=True))


def _slug(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _parser():
    options = {"html": False, "linkify": False, "highlight": highlighted}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.use(anchors_plugin, max_level=4, slug_func=_slug)
    parser.use(deflist_plugin).use(footnote_plugin)
    return parser.use(citation_plugin).use(term_plugin)


_PARSER = _parser()


def _attribute(tag, name, value):
    """Keep an attribute, change it, or drop it (None)."""
    if name == "class" and not _CLASS.match(value):
        return None
    if tag == "img" and name == "src":
        # Nothing is loaded from another host, and no page embeds one.
        return value if value.startswith(("/static/", "/media/")) else None
    if name == "role" and value != "note":
        return None
    return value


class Rendered(SafeString):
    """Safe HTML; `cited` lists the sources cited in it, as `Cited`, in order."""

    cited = ()


def render(text, notes=None, prefix=""):
    """Return Markdown as Rendered HTML; raw HTML in it is shown as text.

    `notes` are the Notes for its citations and terms; those without a note are shown
    as plain text. `prefix` begins the ids of notes, where a page has several texts.
    """
    if notes is None:
        return _render_alone(text)
    env = {"notes": notes, "prefix": prefix}
    rendered = Rendered(clean(_PARSER.render(text, env)))
    rendered.cited = tuple(env.get("cited", {}).values())
    return rendered


@functools.lru_cache(maxsize=128)
def _render_alone(text):
    return render(text, Notes())


def clean(html):
    """Reduce HTML to the tags and attributes listed here.

    No script, style, frame, form or foreign image is left, whatever a renderer may
    have let through.
    """
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
