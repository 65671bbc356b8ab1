"""Pictures in the admin, and what the picker beside a text asks for."""

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from models_catalog.admin.forms import PictureForm
from models_catalog.models import ROWS, Picture
from models_catalog.models.visibility import may_view

_MAX_LISTED = 200


@admin.register(Picture)
class PictureAdmin(admin.ModelAdmin):
    """Pictures with their words; one that a page shows cannot be deleted."""

    form = PictureForm
    list_display = ("small", "alt", "credit", "size", "created_at")
    list_display_links = ("small", "alt")
    search_fields = ("alt", "credit")
    fields = ("file", "alt", "credit", "size", "in_markdown", "shown_by")
    readonly_fields = ("size", "in_markdown", "shown_by")

    def get_readonly_fields(self, request, obj=None):
        """Never change what is behind an address that pages show."""
        return (*self.readonly_fields, "file") if obj else self.readonly_fields

    @admin.display(description="picture")
    def small(self, picture):
        """Show it, small."""
        return format_html(
            '<img class="picture-small" src="{}" alt="" height="48">', picture.url
        )

    @admin.display(description="size")
    def size(self, picture):
        """Say how many pixels it has."""
        return f"{picture.width} × {picture.height}" if picture.width else "–"

    @admin.display(description="Markdown")
    def in_markdown(self, picture):
        """Give what shows it in a text."""
        return format_html("<code>{}</code>", picture.markdown) if picture.pk else "–"

    @admin.display(description="shown by")
    def shown_by(self, picture):
        """List the pages that show it."""
        pages = pages_with(picture) if picture.pk else []
        return ", ".join(str(page) for page in pages) or "no page"

    def get_deleted_objects(self, objs, request):
        """Protect what a page shows."""
        found, count, needed, protected = super().get_deleted_objects(objs, request)
        shown = [page for picture in objs for page in pages_with(picture)]
        return found, count, needed, [*protected, *map(_linked, shown)]

    def delete_model(self, request, obj):
        """Take the file away too."""
        super().delete_model(request, obj)
        remove_file(obj)

    def delete_queryset(self, request, queryset):
        """Take the files away too."""
        pictures = list(queryset)
        super().delete_queryset(request, queryset)
        for picture in pictures:
            remove_file(picture)


def pages_with(picture):
    """Return the pages whose text shows a picture."""
    return [
        page
        for kind in ROWS.values()
        for page in kind.objects.filter(body__contains=picture.url)
    ]


def remove_file(picture):
    """Remove a picture's file, unless another row has the same."""
    if not Picture.objects.filter(file=picture.file.name).exists():
        picture.file.delete(save=False)


def _linked(page):
    name = f"admin:models_catalog_{page._meta.model_name}_change"
    address = reverse(name, args=[quote(page.pk)])
    return format_html('<a href="{}">{}</a>', address, page)


@require_http_methods(["GET", "HEAD", "POST"])
def pictures(request):
    """List pictures for the picker; take a new one by POST, with its words."""
    user = request.user
    if request.method != "POST":
        if not may_view(user, Picture):
            raise PermissionDenied
        found = [_as_json(one) for one in Picture.objects.all()[:_MAX_LISTED]]
        return JsonResponse({"pictures": found})
    if not user.has_perm("models_catalog.add_picture"):
        raise PermissionDenied
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    return JsonResponse(_as_json(form.save()), status=201)


def _as_json(picture):
    names = ("url", "alt", "credit", "markdown", "width", "height")
    return {name: getattr(picture, name) for name in names}
