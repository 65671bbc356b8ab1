"""Sources in the admin."""

from django.contrib import admin

from models_catalog.admin.base import PUBLISHING, HasWarnings, PageAdmin
from models_catalog.admin.inlines import claims_inline
from models_catalog.models import Source


@admin.register(Source)
class SourceAdmin(PageAdmin):
    list_display = ("title", "authors", "year", "kind", "shown_status", "origin")
    list_filter = ("status", HasWarnings, "kind")
    search_fields = ("title", "slug", "authors", "venue", "body")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (claims_inline("sources"),)
    fieldsets = (
        (None, {"fields": ("title", "slug", "authors", ("year", "kind"), "venue")}),
        (None, {"fields": ("url", "body")}),
        PUBLISHING,
    )
