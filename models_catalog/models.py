"""Concurrency models and servers, as rows that a curator keeps.

Files seed them (`catalog sync`). A row remembers the digest of the file it came from:
while its own digest is the same, the file may change it; once a curator has changed it,
the file may not.
"""

from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from models_catalog.digest import digest_of


class PageQuerySet(models.QuerySet):
    def published(self):
        """Return what visitors may see."""
        return self.filter(status=Page.Status.PUBLISHED)


class Page(models.Model):
    """What every page of the catalog has. `content_fields` are those a file holds."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    slug = models.SlugField(max_length=60, unique=True)
    summary = models.CharField(
        max_length=300, help_text="One or two sentences, for lists and search engines."
    )
    body = models.TextField(help_text="Markdown. Raw HTML is not shown.")
    order = models.PositiveSmallIntegerField(
        default=100, help_text="Lower comes first in lists."
    )
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.PUBLISHED
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    synced_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = PageQuerySet.as_manager()
    content_fields = ()

    class Meta:
        abstract = True
        ordering = ["order", "slug"]

    def content(self):
        """Return what a file of this row would hold, as plain values."""
        return {name: getattr(self, name) for name in self.content_fields}

    @property
    def is_published(self):
        """Whether visitors may see it."""
        return self.status == self.Status.PUBLISHED

    @property
    def is_as_in_file(self):
        """Whether no curator has changed it since the file was read."""
        return self.synced_digest == digest_of(self.content())


class ConcurrencyModel(Page):
    """A way of serving many clients. Without a parent it is a family of models."""

    title = models.CharField(max_length=120)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        help_text="The family it belongs to; empty for a family.",
    )
    unit_of_concurrency = models.CharField(
        max_length=120, help_text="What serves one connection: a process, a thread, …"
    )
    io_style = models.CharField(
        "I/O style", max_length=120, help_text="Blocking, non-blocking, completion, …"
    )
    limit = models.CharField(
        max_length=200, help_text="What decides how many connections are served."
    )
    history = HistoricalRecords()

    content_fields = (
        "slug",
        "title",
        "parent_slug",
        "summary",
        "unit_of_concurrency",
        "io_style",
        "limit",
        "order",
        "body",
    )

    class Meta(Page.Meta):
        verbose_name = "concurrency model"

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        """Return the model's page."""
        return reverse("catalog:model_detail", args=[self.slug])

    @property
    def parent_slug(self):
        """The family's slug; empty for a family."""
        return self.parent.slug if self.parent else ""


class Server(Page):
    """A server program, and the model it follows."""

    name = models.CharField(max_length=120)
    concurrency_model = models.ForeignKey(
        ConcurrencyModel, on_delete=models.PROTECT, related_name="servers"
    )
    homepage = models.URLField(blank=True)
    history = HistoricalRecords()

    content_fields = (
        "slug",
        "name",
        "concurrency_model_slug",
        "summary",
        "homepage",
        "order",
        "body",
    )

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        """Return the server's page."""
        return reverse("catalog:server_detail", args=[self.slug])

    @property
    def concurrency_model_slug(self):
        """The slug of the model it follows."""
        return self.concurrency_model.slug
