"""The catalog in the admin: everything editable, with history and a way back."""

from django.contrib import admin, messages
from django.db.models import URLField
from simple_history.admin import SimpleHistoryAdmin

from models_catalog import sync
from models_catalog.content import ContentError
from models_catalog.models import ConcurrencyModel, Server


class PageAdmin(SimpleHistoryAdmin):
    list_filter = ("status",)
    readonly_fields = ("origin", "created_at", "updated_at")
    actions = ["publish", "unpublish", "take_file_version"]
    history_list_display = ["status"]
    # "example.org" typed without a scheme is a site with HTTPS.
    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    @admin.display(description="origin")
    def origin(self, page):
        """Say whether the row is as its file has it."""
        if not page.synced_digest:
            return "written here"
        return "as in the file" if page.is_as_in_file else "changed by a curator"

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request, pages):
        """Show the selected pages to visitors."""
        self._set_status(pages, pages.model.Status.PUBLISHED)

    @admin.action(description="Take back to draft", permissions=["change"])
    def unpublish(self, request, pages):
        """Hide the selected pages from visitors."""
        self._set_status(pages, pages.model.Status.DRAFT)

    def _set_status(self, pages, status):
        # One by one, so that each change is in the page's history.
        for page in pages:
            page.status = status
            page.save()

    @admin.action(description="Take the file's version again", permissions=["change"])
    def take_file_version(self, request, pages):
        """Give the selected pages the content of their files."""
        for page in pages:
            try:
                found = sync.take_file_version(page)
            except ContentError as error:
                self.message_user(request, str(error), messages.ERROR)
                return
            if not found:
                self.message_user(request, f"{page} has no file", messages.WARNING)


@admin.register(ConcurrencyModel)
class ConcurrencyModelAdmin(PageAdmin):
    list_display = ("title", "parent", "order", "status", "origin", "updated_at")
    list_select_related = ("parent",)
    search_fields = ("title", "slug", "summary", "body")
    autocomplete_fields = ("parent",)
    prepopulated_fields = {"slug": ("title",)}
    fieldsets = (
        (None, {"fields": ("title", "slug", "parent", "summary", "body")}),
        ("Traits", {"fields": ("unit_of_concurrency", "io_style", "limit")}),
        (
            "Publishing",
            {"fields": ("status", "order", "origin", "created_at", "updated_at")},
        ),
    )


@admin.register(Server)
class ServerAdmin(PageAdmin):
    list_display = (
        "name",
        "concurrency_model",
        "order",
        "status",
        "origin",
        "updated_at",
    )
    list_select_related = ("concurrency_model",)
    list_filter = ("status", "concurrency_model")
    search_fields = ("name", "slug", "summary", "body")
    autocomplete_fields = ("concurrency_model",)
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug", "concurrency_model", "summary", "body")}),
        ("Links", {"fields": ("homepage",)}),
        (
            "Publishing",
            {"fields": ("status", "order", "origin", "created_at", "updated_at")},
        ),
    )
