"""Concurrency models, as rows."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from simple_history.models import HistoricalRecords

from models_catalog import choices
from models_catalog.files.kinds import ModelPage
from models_catalog.models.page import Page


def trait(words, **options):
    """Return the column for one word of a closed list."""
    return models.CharField(
        max_length=20, blank=True, choices=list(words.items()), **options
    )


def place(axis):
    """Return the column for a place on one of the axes of the picture of models."""
    title, first, last = axis
    return models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(choices.AXIS_MAX)],
        help_text=f"{title}: from 0, {first}, to {choices.AXIS_MAX}, {last}.",
    )


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
    unit = trait(choices.UNITS, help_text="The same in one word, to filter by.")
    io = trait(choices.IO_STYLES, verbose_name="I/O")
    scheduler = trait(choices.SCHEDULERS, help_text="Who decides what runs next.")
    isolation = trait(choices.ISOLATIONS, help_text="What a crash leaves alone.")
    limited_by = trait(choices.LIMITS, help_text="The limit in one word.")
    position_x = place(choices.AXES[0])
    position_y = place(choices.AXES[1])
    history = HistoricalRecords()

    file_kind = ModelPage
    url_name = "catalog:model_detail"
    one_of = ("parent",)

    class Meta(Page.Meta):
        verbose_name = "concurrency model"

    def clean(self):
        """Refuse half a position."""
        super().clean()
        if (self.position_x is None) != (self.position_y is None):
            raise ValidationError("A position needs both of its numbers")

    @property
    def parent_slug(self):
        """The family's slug; empty for a family."""
        return self.parent.slug if self.parent else ""

    @property
    def position(self):
        """Where it stands in the picture of models: (x, y), or () for nowhere."""
        if self.position_x is None or self.position_y is None:
            return ()
        return self.position_x, self.position_y

    @position.setter
    def position(self, place):
        self.position_x, self.position_y = place or (None, None)
