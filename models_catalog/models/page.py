"""What every page of the catalog has."""

from dataclasses import fields

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from models_catalog.files.digest import digest_of
from models_catalog.files.format import MAX_BYTES
from models_catalog.markdown import unsafe
from models_catalog.models import edition
from models_catalog.models.visibility import may_view


class PageQuerySet(models.QuerySet):
    def published(self):
        """Return what visitors may see now."""
        due = Q(status=Page.Status.SCHEDULED, publish_at__lte=timezone.now())
        return self.filter(Q(status=Page.Status.PUBLISHED) | due)

    def visible_to(self, user):
        """Return what somebody may see now: drafts too if they keep such pages."""
        return self.all() if may_view(user, self.model) else self.published()

    def for_content(self):
        """Return rows with everything that `content()` reads."""
        return self.select_related(*self.model.one_of).prefetch_related(
            *self.model.many_of
        )

    def update(self, **changes):
        """Update rows, of which no signal tells."""
        count = super().update(**changes)
        edition.renew()
        return count

    def bulk_create(self, *arguments, **options):
        """Make rows, of which no signal tells."""
        rows = super().bulk_create(*arguments, **options)
        edition.renew()
        return rows

    # No template may call them. mypy knows no attributes of functions.
    update.alters_data = True  # type: ignore[attr-defined]
    bulk_create.alters_data = True  # type: ignore[attr-defined]


def body(**options):
    """Return the column for a page's Markdown."""
    return models.TextField(
        help_text="Markdown. Raw HTML is not shown.",
        validators=[MaxLengthValidator(MAX_BYTES)],
        **options,
    )


class Page(models.Model):
    """A page, whose `file_kind` says what a file of it holds.

    `one_of` and `many_of` are the relations to other pages that are in the file: a
    relation `parent` stands in it as `parent_slug`. `title_field` is what people call
    it by, and `url_name` the name of its address.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SCHEDULED = "scheduled", "Scheduled"
        PUBLISHED = "published", "Published"

    slug = models.SlugField(max_length=60, unique=True)
    summary = models.CharField(
        max_length=300, help_text="One or two sentences, for lists and search engines."
    )
    body = body()
    order = models.PositiveSmallIntegerField(
        default=100, help_text="Lower comes first in lists."
    )
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.PUBLISHED
    )
    publish_at = models.DateTimeField(
        null=True, blank=True, help_text="When a scheduled page appears, in UTC."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    synced_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = PageQuerySet.as_manager()
    file_kind: type
    one_of: tuple[str, ...] = ()
    many_of: tuple[str, ...] = ()
    title_field, url_name = "title", ""

    class Meta:
        abstract = True
        ordering = ["order", "slug"]
        indexes = [
            models.Index(fields=["status", "publish_at"], name="%(class)s_shown")
        ]

    def __str__(self):
        return getattr(self, self.title_field)

    def get_absolute_url(self):
        """Return where visitors find it."""
        return self.address_of(self.slug)

    @classmethod
    def address_of(cls, slug):
        """Return where visitors find the page with this slug."""
        return reverse(cls.url_name, args=[slug])

    def clean_fields(self, exclude=None):
        """Refuse what pages leave out of a text, too: scripts, foreign images, ..."""
        errors = {}
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if "body" not in (exclude or ()):
            for line, what in unsafe.faults_in(self.body):
                found = ValidationError({"body": f"Line {line}: {what}"})
                errors = found.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def clean(self):
        """Refuse a scheduled page without a time."""
        super().clean()
        if self.status == self.Status.SCHEDULED and self.publish_at is None:
            raise ValidationError({"publish_at": "A scheduled page needs a time"})

    def content(self):
        """Return what a file of this row would hold, as plain values."""
        names = [field.name for field in fields(self.file_kind)]
        values = {name: getattr(self, name) for name in names}
        return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}

    @property
    def is_published(self):
        """Whether visitors may see it now."""
        if self.status == self.Status.SCHEDULED:
            return self.publish_at is not None and self.publish_at <= timezone.now()
        return self.status == self.Status.PUBLISHED

    @property
    def staff_notice(self):
        """Who sees it while it is not for everybody; empty once it is."""
        if self.is_published:
            return ""
        if self.status == self.Status.SCHEDULED and self.publish_at is not None:
            when = f"{self.publish_at:%Y-%m-%d %H:%M}"
            return f"Scheduled for {when} UTC, until then only staff see this"
        return "Draft, only staff see this"

    @property
    def is_as_in_file(self):
        """Whether no curator has changed it since the file was read."""
        return self.synced_digest == digest_of(self.content())


def slugs_of(rows):
    """Return the slugs of related rows, as a file lists them."""
    return tuple(sorted(row.slug for row in rows.all()))
