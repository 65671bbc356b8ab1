"""Markdown to HTML: what is kept, and that nothing in it can act."""

import re

import pytest

from models_catalog.markdown.render import clean, render
from tests.catalog.reading import Page

# Written down here again: what is let through must not be read from the filter itself.
HARMLESS_TAGS = set(
    "h2 h3 h4 p br hr blockquote pre code em strong ul ol li dl dt dd a img span div "
    "section sup table thead tbody tr th td del kbd abbr".split()
)
HARMLESS_ATTRIBUTES = set(
    "id class href title src alt scope start rel role".split()
    + "aria-describedby aria-label".split()
)

HTML = r'''
<script>alert(1)</script>
<ScRiPt src=//evil.example/x.js></sCrIpT>
<script/x>alert(1)</script>
<script>/*<img src=x onerror=alert(1)>*/</script>
<scr<script>ipt>alert(1)</scr</script>ipt>
<<script>alert(1)//<</script>
<img src=x onerror=alert(1)>
<img/src="x"/onerror=alert(1)>
<img src="x" ONERROR="alert(1)">
<img src=`x`onerror=alert(1)>
<img """><script>alert(1)</script>">
<IMG SRC=javascript:alert(1)>
<img src="https://evil.example/pixel.png">
<img src="//evil.example/pixel.png">
<img src="/\evil.example/pixel.png">
<img src="data:image/svg+xml;base64,PHN2Zy8+">
<img srcset="https://evil.example/x.png 2x" src="/static/x.png">
<a href="javascript:alert(1)">x</a>
<a href="JaVaScRiPt:alert(1)">x</a>
<a href=" javascript:alert(1)">x</a>
<a href="java&#9;script:alert(1)">x</a>
<a href="java&#10;script:alert(1)">x</a>
<a href="&#106;&#97;vascript:alert(1)">x</a>
<a href="javascript&colon;alert(1)">x</a>
<a href="&#1;javascript:alert(1)">x</a>
<a href="data:text/html,<script>alert(1)</script>">x</a>
<a href="vbscript:msgbox(1)">x</a>
<a href="/" onclick="alert(1)">x</a>
<a href="/" onfocus=alert(1) autofocus>x</a>
<a href="/" style="position:fixed;inset:0">x</a>
<a href="/" target="_blank" ping="https://evil.example/">x</a>
<svg onload=alert(1)></svg>
<svg><script>alert(1)</script></svg>
<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>
<svg><foreignObject><iframe src="javascript:alert(1)"></iframe></foreignObject></svg>
<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>
<math href="javascript:alert(1)">x</math>
<iframe src="https://evil.example/"></iframe>
<iframe srcdoc="<script>alert(1)</script>"></iframe>
<object data="data:text/html,<script>alert(1)</script>"></object>
<embed src="javascript:alert(1)">
<style>body{background:url(https://evil.example/)}</style>
<style>@import "https://evil.example/x.css";</style>
<p style="background:url(javascript:alert(1))">x</p>
<link rel="stylesheet" href="https://evil.example/x.css">
<meta http-equiv="refresh" content="0;url=https://evil.example/">
<base href="https://evil.example/">
<form action="https://evil.example/"><input name="password"></form>
<button formaction="javascript:alert(1)">x</button>
<input onfocus=alert(1) autofocus>
<details open ontoggle=alert(1)>x</details>
<video><source onerror=alert(1)></video>
<audio src=x onerror=alert(1)></audio>
<body onload=alert(1)>
<marquee onstart=alert(1)>x</marquee>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<template><script>alert(1)</script></template>
<textarea><img title="</textarea><img src=x onerror=alert(1)>"></textarea>
<p title="x" onmouseover="alert(1)">x</p>
<div><p onmouseover=alert(1)><b></div>
<table><tr><td background="javascript:alert(1)">x</td></tr></table>
<select><option><script>alert(1)</script></option></select>
<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>
<!--><img src=x onerror=alert(1)>-->
'''.strip().splitlines()

MARKDOWN = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://evil.example/1)",
    "[x](view-source:javascript:alert(1))",
    "<javascript:alert(1)>",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "![x](https://evil.example/pixel.png)",
    "![x](//evil.example/pixel.png)",
    "![x](/\\evil.example/pixel.png)",
    "![x](\\\\evil.example\\pixel.png)",
    "![x][y]\n\n[y]: https://evil.example/pixel.png",
    '![x" onerror="alert(1)](/static/x.png)',
    '[x](/a "\\" onclick=alert(1) x=\\"")',
    "[![x](https://evil.example/x.png)](javascript:alert(1))",
    '<https://evil.example/" onmouseover="alert(1)>',
    '```"><script>alert(1)</script>\nx\n```',
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "## <img src=x onerror=alert(1)>",
    '## " onclick="alert(1)',
    "| a |\n|---|\n| <svg onload=alert(1)> |",
    "Term\n: <iframe src=javascript:alert(1)>",
    'x[^1]\n\n[^1]: <script>alert(1)</script> [y](javascript:alert(1) "z")',
    "> <style>*{display:none}</style>",
    "- <object data=x>\n- <embed src=x>",
    "<p>\n\n[x](javascript:alert(1))\n\n</p>",
]


def acts(html: str) -> list[str]:
    """List what in HTML could act, load from elsewhere, or is not known as harmless."""
    found = []
    for tag, attributes in Page(html).tags:
        if tag not in HARMLESS_TAGS:
            found.append(f"<{tag}>")
        found += [f"{tag} {name}" for name in attributes.keys() - HARMLESS_ATTRIBUTES]
        found += _addresses(attributes)
    return found


def _addresses(attributes: dict[str, str]) -> list[str]:
    found = []
    # A browser drops these from an address before it reads the scheme.
    href = re.sub(r"[\x00-\x20]", "", attributes.get("href", ""))
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", href)
    if scheme and scheme[1].lower() not in ("http", "https", "mailto"):
        found.append(f"link to {href}")
    src = attributes.get("src", "/static/")
    if not src.startswith(("/static/", "/media/")):
        found.append(f"source {src}")
    return found


class TestNothingActs:
    def test_the_corpus_is_large(self):
        assert len(set(HTML + MARKDOWN)) == len(HTML + MARKDOWN) >= 90

    @pytest.mark.parametrize("payload", HTML)
    def test_a_payload_of_html_would_act_if_it_got_through(self, payload):
        assert acts(payload) or "-->" in payload

    @pytest.mark.parametrize("payload", HTML)
    def test_html_in_markdown_is_text(self, payload):
        assert acts(render(f"Before\n\n{payload}\n\nafter {payload} it")) == []

    @pytest.mark.parametrize("payload", HTML)
    def test_the_filter_alone_holds_html_too(self, payload):
        cleaned = clean(f"<p>Before</p>{payload}<p>after</p>")
        assert acts(cleaned) == []
        # What changes when it is read again is what mutation attacks live on.
        assert clean(cleaned) == cleaned

    @pytest.mark.parametrize("payload", MARKDOWN)
    def test_markdown_makes_nothing_that_acts(self, payload):
        assert acts(render(payload)) == []

    def test_text_that_looks_like_html_is_still_there_to_read(self):
        assert Page(render("Use <script> here")).texts("p") == ["Use <script> here"]

    def test_a_class_that_is_no_word_is_dropped(self):
        assert clean('<p class="a b-c">x</p>') == '<p class="a b-c">x</p>'
        assert clean('<p class="a{}">x</p>') == "<p>x</p>"


class TestWhatIsKept:
    def test_own_images_and_links(self):
        page = Page(render("![A chart](/static/chart.png) [other](/models/a/#b)"))
        assert page.values("img", "src") == ["/static/chart.png"]
        assert page.values("a", "href") == ["/models/a/#b"]

    def test_links_to_elsewhere_tell_nothing_to_where_they_lead(self):
        page = Page(render("[RFC](https://www.rfc-editor.org/rfc/rfc9112)"))
        assert page.values("a", "rel") == ["noopener noreferrer"]

    def test_no_heading_of_the_first_level(self):
        page = Page(render("# Loud\n\n## Fine"))
        assert [tag for tag, _ in page.tags] == ["h2"]
        assert page.values("h2", "id") == ["fine"]

    def test_tables_lists_of_terms_and_notes(self):
        text = "| a |\n|---|\n| 1 |\n\nTerm\n: Meaning\n\nx[^1]\n\n[^1]: A note"
        tags = {tag for tag, _ in Page(render(text)).tags}
        assert tags >= {"table", "th", "td", "dl", "dt", "dd", "sup", "section"}


class TestCode:
    CODE = "def f(x):\n    return x < 1 and '&'\n"

    def test_a_known_language_is_coloured(self):
        page = Page(render(f"```python\n{self.CODE}```"))
        assert page.texts("code") == [self.CODE]
        assert ("span", {"class": "k"}) in page.tags
        assert page.values("code", "class") == ["language-python"]

    @pytest.mark.parametrize("language", ["", "no-such-language"])
    def test_any_other_is_shown_as_it_is(self, language):
        page = Page(render(f"```{language}\n{self.CODE}```"))
        assert page.texts("code") == [self.CODE]
        assert "span" not in dict(page.tags)
