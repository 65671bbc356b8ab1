"""Servers in the admin."""

from django.contrib import admin

from models_catalog.admin.base import PUBLISHING, HasWarnings, PageAdmin
from models_catalog.admin.cited_sources import CitedSources
from models_catalog.admin.inlines import RolesOfServer, claims_inline
from models_catalog.models import Server


@admin.register(Server)
class ServerAdmin(PageAdmin):
    list_display = (
        *("name", "concurrency_model", "order", "shown_status", "warnings", "origin"),
        "changed",
    )
    list_filter = ("status", HasWarnings, "concurrency_model", "language")
    search_fields = ("name", "slug", "summary", "body")
    autocomplete_fields = ("concurrency_model",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = (RolesOfServer, claims_inline("servers"), CitedSources)
    fieldsets = (
        (None, {"fields": ("name", "slug", "concurrency_model", "summary", "body")}),
        ("Facts", {"fields": (("language", "version"), "homepage")}),
        PUBLISHING,
    )
