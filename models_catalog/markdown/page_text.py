"""The text of a page as HTML: its Markdown, then the list of the sources it cites."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from models_catalog.markdown.references import CITATION, TERM, Notes
from models_catalog.markdown.render import clean, render


@dataclass(frozen=True)
class PageText:
    """A text in two parts, for pages that show something between them."""

    text: SafeString
    cited: SafeString

    def __str__(self):
        """Return both parts, as a template shows them: safe HTML."""
        return self.text + self.cited

    def __bool__(self):
        """Tell whether there is anything to show."""
        return bool(self.text)


def page_text(markdown, notes, prefix=""):
    """Return Markdown as safe HTML. `notes()` gives the notes that it may refer to.

    `prefix` begins the ids in it, where a page shows several texts.
    """
    refers = CITATION.search(markdown) or TERM.search(markdown)
    rendered = render(markdown, notes() if refers else Notes(), prefix)
    if not rendered.cited:
        return PageText(SafeString(rendered), mark_safe(""))
    context = {"cited": rendered.cited, "prefix": prefix}
    cited = render_to_string("models_catalog/includes/_cited.html", context)
    return PageText(SafeString(rendered), mark_safe(clean(cited)))
