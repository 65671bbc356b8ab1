"""Reads HTML for tests: every tag with its attributes, and the text inside some."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """`tags` are (name, attributes) in order; `texts` maps a tag to its texts."""

    def __init__(self, html: str | bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._open: list[tuple[str, list[str]]] = []
        self._closed: list[tuple[str, str]] = []
        self.feed(html if isinstance(html, str) else html.decode())
        self.close()

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))
        self._open.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self._open):
            while (top := self._open.pop())[0] != tag:
                pass
            self._closed.append((tag, "".join(top[1])))

    def handle_data(self, data: str) -> None:
        for _, pieces in self._open:
            pieces.append(data)

    def texts(self, tag: str) -> list[str]:
        """Return the whole text of each element `tag` that was closed."""
        return [text for name, text in self._closed if name == tag]

    def values(self, tag: str, attribute: str) -> list[str]:
        """Return the values of an attribute of every element `tag` that has it."""
        return [a[attribute] for name, a in self.tags if name == tag and attribute in a]
