"""Claims, as rows: statements of the catalog that a run can support or refute."""

from django.db import models
from simple_history.models import HistoricalRecords

from models_catalog.files.kinds import ClaimPage
from models_catalog.models.concurrency_model import ConcurrencyModel
from models_catalog.models.load import Load
from models_catalog.models.page import Page, slugs_of
from models_catalog.models.server import Server
from models_catalog.models.source import Source


class Claim(Page):
    """A statement, the pages it belongs to, and how the labs put it to the test.

    The catalog keeps `runs` and `expect` as they are; labs read them.
    """

    code = models.CharField(max_length=10, unique=True, help_text="S1, X3, …")
    statement = models.CharField(max_length=300, help_text="One sentence.")
    concurrency_models = models.ManyToManyField(
        ConcurrencyModel, blank=True, related_name="claims"
    )
    servers = models.ManyToManyField(Server, blank=True, related_name="claims")
    loads = models.ManyToManyField(
        Load, blank=True, related_name="claims", verbose_name="attacks and loads"
    )
    sources = models.ManyToManyField(Source, blank=True, related_name="claims")
    runs = models.JSONField(
        default=list, blank=True, help_text="What the labs run for it."
    )
    expect = models.JSONField(
        default=list, blank=True, help_text="What must come of it for it to hold."
    )
    history = HistoricalRecords(
        m2m_fields=["concurrency_models", "servers", "loads", "sources"]
    )

    file_kind = ClaimPage
    title_field = "statement"
    url_name = "catalog:claim_detail"
    many_of = ("concurrency_models", "servers", "loads", "sources")
    summary = property(lambda self: self.statement)

    def __str__(self):
        return f"{self.code}: {self.statement}"

    @property
    def model_slugs(self):
        """The slugs of the models it is about."""
        return slugs_of(self.concurrency_models)

    @property
    def server_slugs(self):
        """The slugs of the servers it is about."""
        return slugs_of(self.servers)

    @property
    def load_slugs(self):
        """The slugs of the attacks and loads it is about."""
        return slugs_of(self.loads)

    @property
    def source_slugs(self):
        """The slugs of the sources that state it."""
        return slugs_of(self.sources)
