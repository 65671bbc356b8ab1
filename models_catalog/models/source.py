"""Sources that pages cite, as rows."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from simple_history.models import HistoricalRecords

from models_catalog import choices
from models_catalog.files.kinds import SourcePage
from models_catalog.models.page import Page, body


class Source(Page):
    """A work that says what a page says, and more."""

    kind = models.CharField(max_length=10, choices=list(choices.SOURCE_KINDS.items()))
    title = models.CharField(max_length=300)
    authors = models.CharField(max_length=300)
    year = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1900), MaxValueValidator(2100)]
    )
    venue = models.CharField(
        max_length=200, blank=True, help_text="Conference, journal or publisher."
    )
    url = models.URLField("address", max_length=500, blank=True)
    body = body(blank=True)
    history = HistoricalRecords()

    file_kind = SourcePage
    url_name = "catalog:source_detail"
    summary = property(lambda self: f"{self.authors}, {self.title}, {self.year}")

    class Meta(Page.Meta):
        ordering = ["authors", "year", "slug"]
