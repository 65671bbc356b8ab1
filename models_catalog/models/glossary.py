"""Terms of the glossary, as rows."""

from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from simple_history.models import HistoricalRecords

from models_catalog.files.kinds import TermPage
from models_catalog.models.page import Page, body


class GlossaryTerm(Page):
    """A word, and what it means here."""

    term = models.CharField(max_length=120)
    definition = models.TextField(
        max_length=600, help_text="One or two sentences of plain text."
    )
    also = models.JSONField(
        "other spellings", default=list, blank=True, help_text='["one", "another"]'
    )
    body = body(blank=True)
    history = HistoricalRecords()

    file_kind = TermPage
    title_field = "term"
    summary = property(lambda self: self.definition)

    class Meta(Page.Meta):
        ordering = [Lower("term")]

    @classmethod
    def address_of(cls, slug):
        """Return the place of a term in the glossary."""
        return f"{reverse('catalog:glossary')}#{slug}"
