"""What every kind of page has in the admin."""

from django.contrib import admin
from django.db.models import URLField
from django.urls import NoReverseMatch, reverse
from simple_history.admin import SimpleHistoryAdmin

from models_catalog.admin.actions import PageActions
from models_catalog.admin.forms import PageForm
from models_catalog.admin.history import PageHistory
from models_catalog.admin.preview import PagePreview
from models_catalog.admin.transfer.mixin import PageTables
from models_catalog.curation import attention
from models_catalog.history.version import save_version

PUBLISHING = (
    "Publishing",
    {
        "fields": (
            ("status", "publish_at"),
            "order",
            ("origin", "created_at", "updated_at"),
        )
    },
)


class HasWarnings(admin.SimpleListFilter):
    """Pages that something is missing in."""

    title = "warnings"
    parameter_name = "warnings"

    def lookups(self, request, model_admin):
        """Offer those with warnings and those without."""
        return [("yes", "Has warnings"), ("no", "Has none")]

    def queryset(self, request, pages):
        """Narrow the list."""
        if self.value() not in ("yes", "no"):
            return pages
        found = attention.PageWarnings().of_kind(pages.model)
        if self.value() == "yes":
            return pages.filter(pk__in=found)
        return pages.exclude(pk__in=found)


class PageAdmin(PageActions, PagePreview, PageTables, PageHistory, SimpleHistoryAdmin):
    """Lists, forms and saving that the kinds of pages share."""

    form = PageForm
    list_filter: tuple = ("status", HasWarnings)
    readonly_fields = ("origin", "created_at", "updated_at")
    list_per_page = 50
    # "example.org" typed without a scheme is a site with HTTPS.
    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    def address(self, page, *arguments):
        """Return the address of a page of this admin: "change", "history", ..."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(f"{self.admin_site.name}:{name}", args=arguments)

    # --- lists

    @admin.display(description="origin")
    def origin(self, page):
        """Say whether the row is as its file has it."""
        if not page.synced_digest:
            return "written here"
        return "as in the file" if page.is_as_in_file else "changed by a curator"

    @admin.display(description="status", ordering="status")
    def shown_status(self, page):
        """Say whether visitors see it, and from when."""
        if page.status != page.Status.SCHEDULED or page.publish_at is None:
            return page.get_status_display()
        when = f"{page.publish_at:%Y-%m-%d %H:%M} UTC"
        return f"Published since {when}" if page.is_published else f"From {when}"

    @admin.display(description="warnings")
    def warnings(self, page):
        """Count what is missing in it."""
        return len(page.shown_warnings) or "–"

    @admin.display(description="changed", ordering="updated_at")
    def changed(self, page):
        """Say on which day it was changed last, in UTC."""
        return f"{page.updated_at:%Y-%m-%d}"

    def get_changelist_instance(self, request):
        """Collect warnings of all listed pages at once, without queries for each."""
        shown = super().get_changelist_instance(request)
        about = attention.PageWarnings()
        for page in shown.result_list:
            page.shown_warnings = about.sentences(page)
        return shown

    def get_queryset(self, request):
        """Fetch what the pages' contents are read from with the rows."""
        return super().get_queryset(request).for_content()

    # --- forms

    def get_form(self, request, obj=None, change=False, **options):
        """Give the form its inlines: its conflict check covers their rows too."""
        form = super().get_form(request, obj, change, **options)
        inlines = self.get_inline_instances(request, obj) if obj else ()
        form.inlines = [inline.rows_of for inline in inlines]
        return form

    def get_changeform_initial_data(self, request):
        """Begin a new page as a draft: publishing is a decision of its own."""
        draft = {"status": self.model.Status.DRAFT}
        return draft | super().get_changeform_initial_data(request)

    def render_change_form(self, request, context, add=False, change=False, **options):
        """Add what our own template shows beside the fields."""
        page, form = options.get("obj"), context["adminform"].form
        may = self.has_change_permission(request, page) if page else add
        context |= {
            "conflict": getattr(form, "conflict", None),
            "page_warnings": attention.PageWarnings().sentences(page) if page else (),
            "preview_url": self.preview_address(page) if may else "",
            "clone_url": self.clone_address(request, page),
            "public_url": public_address(page) if page else "",
        }
        return super().render_change_form(request, context, add, change, **options)

    # --- saving: one version in the history for one save

    def save_model(self, request, obj, form, change):
        """Save the columns; a version with the relations too is saved after those."""
        obj.skip_history_when_saving = True
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        """Save what is related, then the version that has it all."""
        super().save_related(request, form, formsets, change)
        page = form.instance
        del page.skip_history_when_saving
        save_version(page, is_new=not change)
        for formset in formsets:
            for owner in owners_of(formset):
                owner.save()


def owners_of(formset):
    """Return other pages whose history must know what a formset changed in them."""
    owner = getattr(formset, "history_owner", None)
    if owner is None or not hasattr(formset, "new_objects"):
        return []
    changed = [row for row, _ in formset.changed_objects]
    rows = [*formset.new_objects, *changed, *formset.deleted_objects]
    return list({getattr(row, owner).pk: getattr(row, owner) for row in rows}.values())


def public_address(page):
    """Return a page's address on the site, or "" while the site has none for it."""
    try:
        return page.get_absolute_url()
    except NoReverseMatch:
        return ""
