"""Attacks, loads and effects, as rows."""

from django.db import models
from simple_history.models import HistoricalRecords

from models_catalog import choices
from models_catalog.files.kinds import LoadPage
from models_catalog.models.page import Page


class Load(Page):
    """What clients do to a server, on purpose or not, or what comes of it."""

    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=list(choices.LOAD_KINDS.items()))
    scenario = models.SlugField(
        max_length=60, blank=True, help_text="The lab that makes it; empty if none."
    )
    history = HistoricalRecords()

    file_kind = LoadPage
    url_name = "catalog:load_detail"

    class Meta(Page.Meta):
        verbose_name = "attack or load"
        verbose_name_plural = "attacks and loads"
