"""Bundles and tables uploaded to the admin: a preview first, then the confirmation.

Between the two the file waits in the data directory. What is confirmed is previewed
again: if the catalog has changed meanwhile, the new preview is shown instead.
"""

import hashlib
import io
from collections import Counter

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from models_catalog.admin.transfer import waiting_files
from models_catalog.files.format import ContentError
from models_catalog.models import ROWS
from models_catalog.models.visibility import may_view
from models_catalog.sync import bundle as bundles
from models_catalog.sync import csv_table, incoming, tables
from models_catalog.sync.zip_reader import MAX_BYTES, BundleError


@require_safe
def download(request):
    """Answer with the zip of all content files."""
    if not all(may_view(request.user, kind) for kind in ROWS.values()):
        raise PermissionDenied
    file = io.BytesIO()
    bundles.write(file)
    file.seek(0)
    name = f"catalog-{timezone.now():%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name)


class Bundle:
    """A zip of content files of all kinds; what a curator changed here wins."""

    key, kinds, opts = "bundle", tuple(ROWS.values()), None
    title, noun, accept = "Bundle of files", "bundle", ".zip,application/zip"
    reason, done_address = "From a bundle of files", "admin:index"

    def read(self, data, name):
        """Return the pages in it; BundleError or ContentError for what is wrong."""
        return bundles.read(io.BytesIO(data))


class Table:
    """A CSV table of pages of one kind; whoever brings it in means what it says."""

    noun, accept, reason = "table", ".csv,text/csv", "From a table"

    def __init__(self, kind):
        self.kinds, self.opts = (kind,), kind._meta
        name = self.opts.model_name
        self.key = f"table-{name}"
        self.title = f"Table of {self.opts.verbose_name_plural}"
        self.done_address = f"admin:{self.opts.app_label}_{name}_changelist"

    def read(self, data, name):
        """Return the pages in it; ContentError for what is wrong."""
        return tables.read(data, name, *self.kinds)


def bundle(request):
    """Preview an uploaded zip, and save its pages once that is confirmed."""
    return bring_in(request, Bundle())


@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request, source):
    """Preview an uploaded file, and save its pages once that is confirmed."""
    if not may_bring_in(request.user, source.kinds):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, source)
    try:
        return (_apply if "apply" in request.POST else _look)(request, source)
    except (BundleError, ContentError) as error:
        return _page(request, source, fault=str(error), status=422)


def may_bring_in(user, kinds):
    """Tell whether somebody may add and change pages of these kinds."""
    return all(
        user.has_perm(f"models_catalog.{action}_{kind._meta.model_name}")
        for kind in kinds
        for action in ("add", "change")
    )


def _look(request, source):
    upload = request.FILES.get("file")
    if upload is None:
        raise BundleError("Choose a file first")
    if upload.size > MAX_BYTES:
        raise BundleError(
            f"A {source.noun} must be at most {MAX_BYTES} bytes, not {upload.size}"
        )
    data, name = upload.read(), upload.name[:100]
    changes = incoming.preview(source.read(data, name), _replaced(source))
    request.session[source.key] = waiting_files.keep(data), name
    return _page(request, source, changes)


def _apply(request, source):
    """Save what was previewed; show a new preview if the catalog has changed since."""
    waiting, name = request.session.get(source.key, ("", ""))
    data = waiting_files.read(waiting)
    if data is None:
        raise BundleError("The file is not here any more; choose it again")
    pages = source.read(data, name)
    changes = incoming.preview(pages, _replaced(source))
    if request.POST.get("seen") != _digest(changes):
        fault = "The catalog has changed since you looked; nothing was brought in"
        return _page(request, source, changes, fault=fault, status=409)
    replaced = _replaced(source, request.POST.getlist("replace"))
    done = incoming.save(pages, replaced, source.reason)
    waiting_files.forget(waiting)
    del request.session[source.key]
    messages.success(request, _in_words(done))
    return redirect(source.done_address)


def _page(request, source, changes=None, fault="", status=200):
    looked = changes is not None
    context = admin.site.each_context(request) | {
        "source": source,
        "title": source.title,
        "opts": source.opts,
        "changes": [one for one in changes or () if one.action != "unchanged"],
        "summary": _in_words(changes or ()),
        "looked": looked,
        "seen": _digest(changes) if looked else "",
        "fault": fault,
        "max_mib": MAX_BYTES // 1024 // 1024,
        "max_rows": csv_table.MAX_ROWS,
    }
    template = "admin/models_catalog/bring_in.html"
    return render(request, template, context, status=status)


def _replaced(source, ticked=()):
    """Return the pages that replace what a curator changed; None for all of them."""
    return ticked if isinstance(source, Bundle) else None


def _digest(changes):
    """Return a digest of what would be done, and of what each page would change."""
    return hashlib.sha256(repr(changes).encode()).hexdigest()


def _in_words(changes):
    """Count changes by what they do: 2 created, 1 kept."""
    counts = Counter(change.action for change in changes)
    actions = ("created", "updated", "kept", "unchanged")
    return ", ".join(f"{counts[one]} {one}" for one in actions if counts[one])
