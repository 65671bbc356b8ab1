"""Servers, as rows, and the roles that concurrency models play in them."""

from django.db import models
from simple_history.models import HistoricalRecords

from models_catalog.files.kinds import ServerPage
from models_catalog.models.concurrency_model import ConcurrencyModel
from models_catalog.models.page import Page
from models_catalog.models.plain_fields import PlainFields


class ServerRole(PlainFields):
    """What a concurrency model does in a server, where there is more than one."""

    server = models.ForeignKey(
        "models_catalog.Server", on_delete=models.CASCADE, related_name="server_roles"
    )
    concurrency_model = models.ForeignKey(
        ConcurrencyModel, on_delete=models.PROTECT, related_name="server_roles"
    )
    role = models.CharField(max_length=200)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]
        verbose_name = "role of a model"
        verbose_name_plural = "roles of models"

    def __str__(self):
        return self.role


class Server(Page):
    """A server program, and the model it follows."""

    name = models.CharField(max_length=120)
    concurrency_model = models.ForeignKey(
        ConcurrencyModel, on_delete=models.PROTECT, related_name="servers"
    )
    homepage = models.URLField(blank=True)
    language = models.CharField(
        max_length=60, blank=True, help_text="What it is written in."
    )
    version = models.CharField(
        max_length=60, blank=True, help_text="The version that the page describes."
    )
    role_models = models.ManyToManyField(
        ConcurrencyModel, through=ServerRole, related_name="servers_with_role"
    )
    history = HistoricalRecords(m2m_fields=["role_models"])

    file_kind = ServerPage
    title_field = "name"
    url_name = "catalog:server_detail"
    one_of = ("concurrency_model",)
    many_of = ("server_roles__concurrency_model",)

    @property
    def concurrency_model_slug(self):
        """The slug of the model it follows."""
        return self.concurrency_model.slug

    @property
    def roles(self):
        """The roles as a file lists them."""
        return tuple(
            {"model": role.concurrency_model.slug, "role": role.role}
            for role in self.server_roles.all()
        )
