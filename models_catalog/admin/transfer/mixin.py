"""Pages in and out as CSV and JSON, with a preview before anything changes."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.template.response import TemplateResponse
from import_export.admin import ImportExportMixin
from import_export.forms import ExportForm, ImportForm

from models_catalog.admin.transfer.resources import resource_for
from models_catalog.admin.transfer.tables import Items, Lines, unreadable

MAX_BYTES = 8 * 1024 * 1024


class PageImportForm(ImportForm):
    """A file of at most `MAX_BYTES`."""

    def clean_import_file(self):
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["import_file"]
        if file.size > MAX_BYTES:
            raise ValidationError(
                f"The file must be at most {MAX_BYTES} bytes, not {file.size}"
            )
        return file


class PageTransfer(ImportExportMixin):
    """Buttons and views for files of pages."""

    formats = [Lines, Items]
    import_form_class = PageImportForm
    export_form_class = ExportForm
    import_template_name = "admin/models_catalog/import.html"

    def get_resource_classes(self, request):
        """Return the one resource of this kind."""
        return [resource_for(self.model)]

    def has_import_permission(self, request):
        """An import both adds and changes."""
        may = self.has_add_permission(request) and self.has_change_permission(request)
        return may

    def has_export_permission(self, request):
        """Whoever may read pages may have them as a file."""
        return self.has_view_permission(request)

    def get_import_data_kwargs(self, **options):
        """Take all rows or none."""
        found = super().get_import_data_kwargs(**options)
        return found | {"rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form, error):
        """Say what is wrong with a file that cannot be read."""
        file = form.cleaned_data["import_file"]
        form.add_error("import_file", unreadable(error, file.name))

    def process_result(self, result, request):
        """Tell of rows that have become impossible since the preview."""
        if not (result.has_errors() or result.has_validation_errors()):
            return super().process_result(result, request)
        message = "Nothing was imported: the catalog has changed since the preview"
        self.message_user(request, message, messages.ERROR)
        context = self.admin_site.each_context(request) | {
            "title": "Import",
            "opts": self.opts,
            "result": result,
            "form": self.create_import_form(_without_data(request)),
        }
        return TemplateResponse(request, self.import_template_name, context)


def _without_data(request):
    """Return a request whose form has not been filled in."""
    request.method, request.POST = "GET", request.POST.__class__("")
    return request
