"""Shows what a form holds as readers would see it, without saving it.

The form is saved within a transaction, the page's own view answers, and the transaction
is rolled back: relations, roles, citations and lists are those that saving would give.
"""

import copy

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms.formsets import all_valid
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, path, resolve
from django.views.decorators.http import require_POST

from models_catalog.cache import edition
from models_catalog.files.format import MAX_BYTES
from models_catalog.markdown.page_text import page_text
from models_catalog.models import ROWS
from models_catalog.models.visibility import may_view
from models_catalog.queries.texts import notes_of


class PagePreview:
    """Views beside a page's form: its preview, and its clone."""

    def get_urls(self):
        """Add the addresses before the admin's own, of which one takes everything."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("add/preview/", view(self.preview_view), name=f"{name}_preview_new"),
            path(
                "<int:object_id>/preview/",
                view(self.preview_view),
                name=f"{name}_preview",
            ),
            path("<int:object_id>/clone/", view(self.clone_view), name=f"{name}_clone"),
            *super().get_urls(),
        ]

    def preview_address(self, page):
        """Return where the form of a page, or of a new one, is previewed."""
        return self.address("preview", page.pk) if page else self.address("preview_new")

    def clone_address(self, request, page):
        """Return where a page is cloned, or "" for who may not."""
        if page is None or not self.has_add_permission(request):
            return ""
        return self.address("clone", page.pk)

    def clone_view(self, request, object_id):
        """Make a draft with the content of a page, and go to it."""
        page = self.model.objects.filter(pk=object_id).first()
        if request.method != "POST" or page is None:
            raise Http404("There is nothing to clone")
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self.clone_pages(request, [page])

    def preview_view(self, request, object_id=None):
        """Answer with the page as it would be; with what is wrong if it cannot be."""
        page = self._previewed(request, object_id)
        with transaction.atomic():
            answer = self._preview(request, page)
            transaction.set_rollback(True)
        return answer

    def _previewed(self, request, object_id):
        if request.method != "POST":
            raise Http404("A preview is of a form that is being written")
        if object_id is None:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return None
        page = self.model.objects.filter(pk=object_id).first()
        if page is None:
            raise Http404("There is no such page any more")
        if not self.has_change_permission(request, page):
            raise PermissionDenied
        return page

    def _preview(self, request, page):
        kind = self.get_form(request, page, change=page is not None)
        kind.is_preview = True
        form = kind(request.POST, request.FILES, instance=page)
        is_valid = form.is_valid()
        if is_valid:
            form.instance = self.save_form(request, form, change=page is not None)
        formsets, _ = self._create_formsets(
            request, form.instance, change=page is not None
        )
        if not (all_valid(formsets) and is_valid):
            return self._refused(request, form, formsets)
        form.instance.status = form.instance.Status.PUBLISHED
        self.save_model(request, form.instance, form, page is not None)
        self.save_related(request, form, formsets, page is not None)
        return as_readers_see(request, form.instance)

    def _refused(self, request, form, formsets):
        faults = [
            (form[name].label if name in form.fields else "", message)
            for name, messages in form.errors.items()
            for message in messages
        ]
        for formset in formsets:
            faults += [(formset.prefix, error) for error in formset.non_form_errors()]
            rows = [errors for errors in formset.errors if errors]
            faults += [
                (name, text) for row in rows for name in row for text in row[name]
            ]
        context = self.admin_site.each_context(request) | {
            "title": "There is no preview yet",
            "faults": faults,
            "opts": self.opts,
        }
        template = "admin/models_catalog/preview_refused.html"
        return render(request, template, context, status=422)


def as_readers_see(request, page):
    """Return the answer of a page's own address, as a reader would get it."""
    address = page.get_absolute_url().split("#")[0]
    try:
        match = resolve(address)
    except Resolver404:
        raise Http404(f"There is no page at {address}") from None
    asked = copy.copy(request)
    asked.method, asked.path, asked.path_info = "GET", address, address
    asked.GET = asked.POST = QueryDict()
    asked.resolver_match = match
    asked.staff_notice = "Preview: nothing of this is saved"
    answer = match.func(asked, *match.args, **match.kwargs)
    # While what it shows is still there.
    return answer.render() if hasattr(answer, "render") else answer


@require_POST
def markdown(request):
    """Answer with Markdown as readers would see it, for the preview beside a form."""
    if not any(may_view(request.user, kind) for kind in ROWS.values()):
        raise PermissionDenied
    text = request.POST.get("text", "")
    if len(text) > MAX_BYTES:
        message = f"A text must be at most {MAX_BYTES} characters, not {len(text)}"
        return HttpResponse(message, status=413, content_type="text/plain")
    shown = page_text(text, lambda: notes_of(edition.current()), "preview-")
    return HttpResponse(str(shown))
