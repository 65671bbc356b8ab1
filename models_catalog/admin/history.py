"""The history of a page: who changed what and when, field by field, and a way back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render

from models_catalog.admin.conflict import digest_of
from models_catalog.history import diff
from models_catalog.history.restore import PUBLISHING, restore

_PER_PAGE = 20


class PageHistory:
    """Views that show and restore versions, in place of those of simple_history."""

    def history_view(self, request, object_id, extra_context=None):
        """List the versions, newest first, each with what it changed."""
        versions = self._versions(request, object_id)
        shown = Paginator(versions, _PER_PAGE).get_page(request.GET.get("p"))
        context = self._context(request, object_id, versions[0], "History of") | {
            "page_obj": shown,
            "versions": list(_with_changes(shown, versions)),
        }
        template = "admin/models_catalog/history.html"
        return render(request, template, context | (extra_context or {}))

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        """Show what restoring a version would change; restore it on POST."""
        versions = self._versions(request, object_id)
        version = next((v for v in versions if str(v.pk) == version_id), None)
        if version is None:
            raise Http404("There is no such version")
        if request.method == "POST":
            return self._restore(request, version)
        return self._show_version(request, object_id, version)

    def _versions(self, request, object_id):
        """Return all versions of a row, newest first; 404 and 403 as they must be."""
        pk = self.model._meta.pk
        try:
            number = pk.to_python(object_id)
        except ValidationError:
            raise Http404("There is no such page") from None
        versions = list(
            self.model.history.filter(**{pk.attname: number})
            .select_related("history_user")
            .order_by("-history_date", "-history_id")
        )
        if not versions:
            raise Http404("There is no such page, and never was")
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return versions

    def _show_version(self, request, object_id, version, status=200):
        row = self.model.objects.filter(pk=object_id).first()
        now = diff.shown(row) if row else {}
        then = diff.shown(version)
        context = self._context(request, object_id, version, "Version of") | {
            "version": version,
            "row": row,
            "changes": _restorable(self.opts, diff.between(now, then)),
            "fields": then,
            "seen": self._digest(request, row) if row else "",
            "may_restore": self.has_change_permission(request, row),
            "history_url": self.address("history", object_id),
        }
        template = "admin/models_catalog/version.html"
        return render(request, template, context, status=status)

    def _restore(self, request, version):
        if not self.has_change_permission(request):
            raise PermissionDenied
        pk = getattr(version, self.opts.pk.attname)
        with transaction.atomic():
            row = self.model.objects.select_for_update().filter(pk=pk).first()
            seen = self._digest(request, row) if row else ""
            if request.POST.get("seen", "") != seen:
                message = "Somebody has changed the page since; nothing was restored"
                return self._refuse(request, version, message)
            try:
                restored = restore(version, row, request.user)
            except ValidationError as error:
                message = f"It cannot be restored: {'; '.join(error.messages)}"
                return self._refuse(request, version, message)
            self.log_change(request, restored, f"Restored {_named(version)}")
        self.message_user(
            request, f"{restored} is as it was in {_named(version)}", messages.SUCCESS
        )
        return redirect(self.address("change", restored.pk))

    def _refuse(self, request, version, message):
        self.message_user(request, message, messages.ERROR)
        pk = getattr(version, self.opts.pk.attname)
        return self._show_version(request, str(pk), version, status=409)

    def _digest(self, request, row):
        return digest_of(row, self.get_form(request, row, change=True).inlines)

    def _context(self, request, object_id, version, title):
        row = self.model.objects.filter(pk=object_id).first()
        return self.admin_site.each_context(request) | {
            "title": f"{title} {row or version.instance}",
            "opts": self.opts,
            "object": row or version.instance,
            "object_id": object_id,
            "deleted": row is None,
            "history_address": self.address("history", object_id),
            "change_address": self.address("change", object_id) if row else "",
        }


def _with_changes(shown, versions):
    """Yield (version, what changed in it against the one before)."""
    for version in shown:
        place = versions.index(version)
        before = versions[place + 1] if place + 1 < len(versions) else None
        if before is None or version.history_type == "+":
            yield version, None
        else:
            old, new = diff.shown(before), diff.shown(version)
            yield version, diff.between(old, new)


def _restorable(options, changes):
    """Leave out of changes what a restored version does not bring back."""
    never_restored = [diff.label_of(options.get_field(name)) for name in PUBLISHING]
    return [change for change in changes if change.label not in never_restored]


def _named(version):
    return f"the version of {version.history_date:%Y-%m-%d %H:%M} UTC"
