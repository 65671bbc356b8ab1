"""Bundles and tables uploaded to the admin: a preview first, then the confirmation.

Between the two the file waits in the data directory. What is confirmed is previewed
again: if the catalog has changed meanwhile, the new preview is shown instead. A large
file is looked at by a process of its own; its page shows how far that is, and asks
again by itself.
"""

import io
from collections import Counter

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from models_catalog.files.format import ContentError
from models_catalog.models import ROWS
from models_catalog.models.visibility import may_view
from models_catalog.sync import apart, csv_table, uploads, waiting_files
from models_catalog.sync import bundle as bundles
from models_catalog.sync.uploads import Outcome, Upload
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
    upload_kind = uploads.BUNDLE
    title, noun, accept = "Bundle of files", "bundle", ".zip,application/zip"
    done_address = "admin:index"


class Table:
    """A CSV table of pages of one kind; whoever brings it in means what it says."""

    noun, accept = "table", ".csv,text/csv"

    def __init__(self, kind):
        self.kinds, self.opts = (kind,), kind._meta
        name = self.opts.model_name
        self.upload_kind = next(group for group, rows in ROWS.items() if rows is kind)
        self.key = f"table-{name}"
        self.title = f"Table of {self.opts.verbose_name_plural}"
        self.done_address = f"admin:{self.opts.app_label}_{name}_changelist"


def bundle(request):
    """Preview an uploaded zip, and save its pages once that is confirmed."""
    return bring_in(request, Bundle())


@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request, source):
    """Preview an uploaded file, and save its pages once that is confirmed."""
    if not may_bring_in(request.user, source.kinds):
        raise PermissionDenied
    if request.method != "POST":
        return _under_way(request, source)
    try:
        if "cancel" in request.POST:
            return _cancel(request, source)
        return (_apply if "apply" in request.POST else _look)(request, source)
    except (BundleError, ContentError) as error:
        return _page(request, source, Outcome(fault=str(error)))
    except apart.TooMany as error:
        return _page(request, source, Outcome(fault=str(error)), status=503)


def may_bring_in(user, kinds):
    """Tell whether somebody may add and change pages of these kinds."""
    return all(
        user.has_perm(f"models_catalog.{action}_{kind._meta.model_name}")
        for kind in kinds
        for action in ("add", "change")
    )


def _under_way(request, source):
    """Show what the process for a large file found, or how far it is."""
    waiting, _ = request.session.get(source.key, ("", ""))
    state = apart.state_of(waiting)
    if state is None:
        return _page(request, source)
    if state.outcome is None:
        return _page(request, source, progress=state.progress)
    return _answer(request, source, state.outcome)


def _look(request, source):
    sent = request.FILES.get("file")
    if sent is None:
        raise BundleError("Choose a file first")
    if sent.size > MAX_BYTES:
        raise BundleError(
            f"A {source.noun} must be at most {MAX_BYTES} bytes, not {sent.size}"
        )
    upload = Upload(source.upload_kind, sent.name[:100], sent.read())
    if upload.is_large:
        _start(request, source, waiting_files.keep(upload.data), upload)
        return redirect(request.path)
    outcome = uploads.look(upload)
    if not outcome.fault:
        _remember(request, source, waiting_files.keep(upload.data), upload)
    return _answer(request, source, outcome)


def _apply(request, source):
    """Save what was previewed; show a new preview if the catalog has changed since."""
    waiting, name = request.session.get(source.key, ("", ""))
    data = waiting_files.read(waiting)
    if data is None:
        raise BundleError("The file is not here any more; choose it again")
    upload = Upload(source.upload_kind, name, data)
    seen, ticked = request.POST.get("seen", ""), request.POST.getlist("replace")
    if upload.is_large:
        _start(request, source, waiting, upload, seen=seen, ticked=ticked)
        return redirect(request.path)
    return _answer(request, source, uploads.take(upload, seen, ticked))


def _cancel(request, source):
    waiting, _ = request.session.pop(source.key, ("", ""))
    apart.cancel(waiting)
    messages.info(request, f"The {source.noun} is forgotten; nothing was brought in")
    return redirect(request.path)


def _start(request, source, waiting, upload, **confirmed):
    try:
        apart.start(waiting, upload, request.user, **confirmed)
    except apart.TooMany:
        if not confirmed:
            waiting_files.forget(waiting)
        raise
    _remember(request, source, waiting, upload)


def _remember(request, source, waiting, upload):
    """Let the session know one file of a kind; the one before it is forgotten."""
    before, _ = request.session.get(source.key, ("", ""))
    if before != waiting:
        apart.cancel(before)
    request.session[source.key] = waiting, upload.name


def _answer(request, source, outcome):
    """Show an outcome; of one that is done, where it can be seen."""
    if not outcome.is_done:
        return _page(request, source, outcome)
    waiting, _ = request.session.pop(source.key)
    waiting_files.forget(waiting)
    messages.success(request, _in_words(outcome.changes))
    return redirect(source.done_address)


def _page(request, source, outcome=None, progress="", status=None):
    fault, changes = "", outcome.changes if outcome else ()
    if outcome and outcome.fault:
        fault, status = outcome.fault, status or 422
    elif outcome and outcome.is_stale:
        fault = "The catalog has changed since you looked; nothing was brought in"
        status = 409
    context = admin.site.each_context(request) | {
        "source": source,
        "title": source.title,
        "opts": source.opts,
        "changes": [one for one in changes if one.action != "unchanged"],
        "summary": _in_words(changes),
        "looked": bool(outcome) and not outcome.fault,
        "seen": outcome.digest if outcome else "",
        "fault": fault,
        "progress": progress,
        "max_s": apart.MAX_S,
        "max_mib": MAX_BYTES // 1024 // 1024,
        "max_rows": csv_table.MAX_ROWS,
    }
    template = "admin/models_catalog/bring_in.html"
    return render(request, template, context, status=status or 200)


def _in_words(changes):
    """Count changes by what they do: 2 created, 1 kept."""
    counts = Counter(change.action for change in changes)
    actions = ("created", "updated", "kept", "unchanged")
    return ", ".join(f"{counts[one]} {one}" for one in actions if counts[one])
