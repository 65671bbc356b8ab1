"""Terms of the glossary in the admin."""

from django.contrib import admin

from models_catalog.admin.base import PUBLISHING, PageAdmin
from models_catalog.models import GlossaryTerm


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(PageAdmin):
    list_display = ("term", "definition", "shown_status", "warnings", "origin")
    search_fields = ("term", "slug", "definition", "also", "body")
    prepopulated_fields = {"slug": ("term",)}
    fieldsets = (
        (None, {"fields": ("term", "slug", "also", "definition", "body")}),
        PUBLISHING,
    )
