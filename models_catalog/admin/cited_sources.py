"""An inline with the sources that a page cites.

No foreign key leads from a page to a source, only the citations in its text. So these
rows are found by the text, not by a key as those of Django's own inlines.
"""

from functools import partial

from django.contrib import admin
from django.contrib.admin.checks import InlineModelAdminChecks
from django.contrib.admin.utils import flatten
from django.db.models import URLField
from django.forms import BaseModelFormSet, ModelForm, modelformset_factory

from models_catalog.markdown.references import cited_slugs
from models_catalog.models import Claim, Source


def cited_by(page):
    """Return the sources that a page cites, or that a claim names as stating it."""
    if page.pk is None:
        return Source.objects.none()
    cited = Source.objects.filter(slug__in=cited_slugs(page.body))
    if isinstance(page, Claim):
        cited |= Source.objects.filter(pk__in=page.sources.values("pk"))
    return cited


class CitedFormSet(BaseModelFormSet):
    """The sources of a page (`instance`), and room for new ones.

    What is sent back stays editable though the text sent with it cites it no more.
    """

    def __init__(self, *arguments, instance=None, save_as_new=False, **options):
        super().__init__(*arguments, **options)
        if self.is_bound:
            rows = Source.objects.filter(pk__in=self._sent())
        else:
            rows = cited_by(instance)
        self.queryset = rows.order_by("authors", "year", "slug")

    @classmethod
    def get_default_prefix(cls):
        """Return the prefix of its fields: the page's own form has none."""
        return "cited_sources"

    def _sent(self):
        names = (f"{self.add_prefix(at)}-id" for at in range(self.initial_form_count()))
        return [pk for name in names if (pk := self.data.get(name, "")).isdecimal()]


class HasNoForeignKey(InlineModelAdminChecks):
    """Checks of an inline that leave out its foreign key."""

    def _check_relation(self, obj, parent_model):
        return []

    def _check_exclude_of_parent_model(self, obj, parent_model):
        return []


class CitedSources(admin.StackedInline):
    """The sources that a page cites. A new one is cited once the text names it."""

    model = Source
    fields = (
        *(("slug", "status"), "title", ("authors", "year")),
        *(("kind", "venue"), "url"),
    )
    extra = 0
    can_delete = False
    show_change_link = True
    checks_class = HasNoForeignKey
    classes = ("collapse",)
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    verbose_name, verbose_name_plural = "source", "sources it cites"

    def get_formset(self, request, obj=None, **options):
        """Return the class of the formset, which changes what the user may change."""
        may_add = self.has_add_permission(request, obj)
        may_change = self.has_change_permission(request, obj)

        class Row(ModelForm):
            def has_changed(self):
                return (may_change if self.instance.pk else may_add) and (
                    super().has_changed()
                )

        return modelformset_factory(
            Source,
            form=Row,
            formset=CitedFormSet,
            fields=flatten(self.get_fields(request, obj)),
            extra=self.extra,
            max_num=self.max_num,
            formfield_callback=partial(self.formfield_for_dbfield, request=request),
        )

    def rows_of(self, page):
        """Return the rows that the form of a page shows and can change."""
        return cited_by(page)
