"""Attacks, loads and effects in the admin."""

from django.contrib import admin

from models_catalog.admin.base import PUBLISHING, HasWarnings, PageAdmin
from models_catalog.admin.cited_sources import CitedSources
from models_catalog.admin.inlines import claims_inline
from models_catalog.models import Load


@admin.register(Load)
class LoadAdmin(PageAdmin):
    list_display = (
        *("title", "kind", "order", "shown_status", "warnings", "origin"),
        "changed",
    )
    list_filter = ("status", HasWarnings, "kind")
    search_fields = ("title", "slug", "summary", "body")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (claims_inline("loads"), CitedSources)
    fieldsets = (
        (None, {"fields": ("title", "slug", "kind", "scenario", "summary", "body")}),
        PUBLISHING,
    )
