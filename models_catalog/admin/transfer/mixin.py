"""Import and export of a list of pages in the admin, as a CSV table."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone

from models_catalog.admin.transfer.bring_in import Table, bring_in, may_bring_in
from models_catalog.sync import tables


class PageTables:
    """Buttons beside a list of pages, and their views."""

    change_list_template = "admin/models_catalog/page_list.html"

    def get_urls(self):
        """Add the addresses before the admin's own, of which one takes everything."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.import_view), name=f"{name}_import"),
            path("export/", view(self.export_view), name=f"{name}_export"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        """Show the import button to those who may add and change pages."""
        may_import = may_bring_in(request.user, [self.model])
        context = {"may_import": may_import} | (extra_context or {})
        return super().changelist_view(request, context)

    def import_view(self, request):
        """Preview an uploaded table, and save its pages once that is confirmed."""
        return bring_in(request, Table(self.model))

    def export_view(self, request):
        """Answer with the pages that the list shows, with its filters and search."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown = self.get_changelist_instance(request).get_queryset(request)
        name = f"{self.opts.model_name}-{timezone.now():%Y-%m-%d}.csv"
        answer = HttpResponse(
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
        tables.write(shown, self.model, answer)
        return answer
