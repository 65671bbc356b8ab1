"""Citations and glossary links, as plug-ins of the Markdown parser.

Both take their notes from `env["notes"]`; what has none there is shown as plain text.
A note stands in the text, beside its link: pages show it on hover and focus.
"""

from html import escape

from markdown_it.token import Token

from models_catalog.markdown.references import CITATION, Cited, Notes

_NO_NOTES = Notes()
_TERM = "term:"


def citation_plugin(parser):
    """`[@slug]` and `[@slug, place]`; env["cited"] collects the sources cited."""
    parser.inline.ruler.before("link", "citation", _parse_citation)
    parser.add_render_rule("citation", _render_citation)


def _parse_citation(state, silent):
    found = CITATION.match(state.src, state.pos, state.posMax)
    # No link can stand in a link.
    if not found or state.linkLevel:
        return False
    if found[1] not in state.env.get("notes", _NO_NOTES).sources:
        return False
    if not silent:
        token = state.push("citation", "", 0)
        token.meta = {"slug": found[1], "place": " ".join((found[2] or "").split())}
    state.pos = found.end()
    return True


def _render_citation(_renderer, tokens, index, _options, env):
    meta, start = tokens[index].meta, env.get("prefix", "")
    source = env["notes"].sources[meta["slug"]]
    cited = env.setdefault("cited", {})
    entry = cited.setdefault(source.slug, Cited(len(cited) + 1, source))
    mark = f"{start}cite-{entry.number}-{len(entry.marks) + 1}"
    entry.marks.append(mark)
    place = f", {meta['place']}" if meta["place"] else ""
    link = (
        f'<a class="note__mark" id="{mark}" href="#{start}cited-{entry.number}"'
        f' aria-describedby="{mark}-note">[{entry.number}{escape(place)}]</a>'
    )
    before, after = _note(mark, f"{source.authors}, {source.title}, {source.year}")
    return f"{before}{link}{after}"


def term_plugin(parser):
    """`[text](term:slug)` leads to the glossary, with the definition beside it."""
    parser.core.ruler.after("inline", "terms", _link_terms)


def _link_terms(state):
    terms = state.env.get("notes", _NO_NOTES).terms
    for block in state.tokens:
        if block.type == "inline":
            block.children = list(_with_terms(block.children, terms, state.env))


def _with_terms(tokens, terms, env):
    """Yield tokens with links to terms resolved, and without those to unknown ones."""
    closing = None
    for token in tokens:
        if token.type == "link_open" and token.attrs["href"].startswith(_TERM):
            term = terms.get(token.attrs["href"].removeprefix(_TERM))
            opening, closing = _resolve(token, term, env) if term else ([], [])
            yield from opening
        elif token.type == "link_close" and closing is not None:
            yield from [token, *closing] if closing else []
            closing = None
        else:
            yield token


def _resolve(link, term, env):
    """Point a link at its term; return the tokens up to its text and after it."""
    env["terms"] = env.get("terms", 0) + 1
    mark = f"{env.get('prefix', '')}term-{env['terms']}"
    link.attrs = {
        "class": "note__mark note__mark--term",
        "href": term.page,
        "aria-describedby": f"{mark}-note",
    }
    before, after = _note(mark, f"{term.term}: {term.definition}")
    return [_html(before), link], [_html(after)]


def _html(text):
    return Token("html_inline", "", 0, content=text)


def _note(mark, words):
    """Return what stands before and after the link that a note belongs to."""
    note = (
        f'<span class="note__text" role="note" id="{mark}-note">{escape(words)}</span>'
    )
    return '<span class="note">', f"{note}</span>"
