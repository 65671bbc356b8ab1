"""Claims in the admin."""

from django.contrib import admin

from models_catalog.admin.base import PUBLISHING, HasWarnings, PageAdmin
from models_catalog.admin.cited_sources import CitedSources
from models_catalog.models import Claim


@admin.register(Claim)
class ClaimAdmin(PageAdmin):
    list_display = ("code", "statement", "shown_status", "warnings", "origin")
    list_display_links = ("code", "statement")
    list_filter = ("status", HasWarnings, "concurrency_models", "servers", "loads")
    search_fields = ("code", "statement", "slug", "body")
    autocomplete_fields = ("concurrency_models", "servers", "loads", "sources")
    inlines = (CitedSources,)
    prepopulated_fields = {"slug": ("statement",)}
    fieldsets = (
        (None, {"fields": ("code", "statement", "slug", "body")}),
        (
            "Belongs to",
            {"fields": ("concurrency_models", "servers", "loads", "sources")},
        ),
        ("Put to the test", {"fields": ("runs", "expect")}),
        PUBLISHING,
    )
