"""Reads a form out of a page, as a browser would send it untouched."""

from __future__ import annotations

from html.parser import HTMLParser

from django.urls import reverse


class Form(HTMLParser):
    """`data` has what the form with this id would send; lists where there are more."""

    def __init__(self, html: bytes, form_id: str) -> None:
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self._id, self._inside = form_id, False
        self._area: str | None = None
        self._select: tuple[str, bool] | None = None
        self.feed(html.decode())
        assert self.data, f"There is no form {form_id}"

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        if tag == "form":
            self._inside = given.get("id") == self._id
        if not self._inside:
            return
        if tag == "input":
            self._input(given)
        elif tag == "textarea":
            self._area = given["name"]
            self.data[self._area] = [""]
        elif tag == "select":
            self._select = given["name"], "multiple" in given
        elif tag == "option" and self._select:
            self._option(given)

    def _input(self, given: dict) -> None:
        kind = given.get("type", "text")
        if kind in ("submit", "button", "file") or "name" not in given:
            return
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        self.data.setdefault(given["name"], []).append(given.get("value", ""))

    def _option(self, given: dict) -> None:
        name, is_multiple = self._select
        if "selected" in given:
            self.data.setdefault(name, []).append(given.get("value", ""))
        elif not is_multiple and name not in self.data:
            self.data[name] = [given.get("value", "")]

    def handle_data(self, text: str) -> None:
        if self._area is not None:
            self.data[self._area][0] += text

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            # A browser drops the line break right after the tag.
            text = self.data[self._area][0]
            self.data[self._area] = [text.removeprefix("\r\n").removeprefix("\n")]
            self._area = None
        elif tag == "select":
            self._select = None


def address(kind, page: str, *arguments) -> str:
    name = kind._meta.label_lower.replace(".", "_")
    return reverse(f"admin:{name}_{page}", args=arguments)


def opened(client, kind, pk=None) -> dict[str, list[str]]:
    """Open a row's form, or that of a new one; return what it would send untouched."""
    page = address(kind, "change", pk) if pk else address(kind, "add")
    answer = client.get(page)
    assert answer.status_code == 200
    return Form(answer.content, f"{kind._meta.model_name}_form").data
