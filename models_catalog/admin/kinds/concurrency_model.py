"""Concurrency models in the admin."""

from django.contrib import admin

from models_catalog.admin.base import PUBLISHING, HasWarnings, PageAdmin
from models_catalog.admin.cited_sources import CitedSources
from models_catalog.admin.inlines import ServersOfModel, ServersWithRole, claims_inline
from models_catalog.models import ConcurrencyModel


@admin.register(ConcurrencyModel)
class ConcurrencyModelAdmin(PageAdmin):
    list_display = (
        *("title", "parent", "order", "shown_status", "warnings", "origin"),
        "changed",
    )
    list_filter = ("status", HasWarnings, "parent", "unit", "io", "scheduler")
    search_fields = ("title", "slug", "summary", "body")
    autocomplete_fields = ("parent",)
    prepopulated_fields = {"slug": ("title",)}
    inlines = (
        *(ServersOfModel, ServersWithRole),
        *(claims_inline("concurrency_models"), CitedSources),
    )
    fieldsets = (
        (None, {"fields": ("title", "slug", "parent", "summary", "body")}),
        (
            "Traits",
            {
                "fields": (
                    *("unit_of_concurrency", "io_style", "limit"),
                    *(("unit", "io"), ("scheduler", "isolation"), "limited_by"),
                    ("position_x", "position_y"),
                )
            },
        ),
        PUBLISHING,
    )
