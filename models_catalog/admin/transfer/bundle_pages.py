"""The bundle of content files in the admin: fetched, and brought back in two steps.

First the zip is looked at, and the page says what it would do; then it is done. Between
the two the zip waits in the data directory, under a name that only the session knows.
"""

import hashlib
import io
import re
import secrets
import time

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from models_catalog.files.reader import ContentError
from models_catalog.models import ROWS
from models_catalog.models.visibility import may_view
from models_catalog.sync import bundle as bundles
from models_catalog.sync.zip_reader import MAX_BYTES, BundleError

_KEPT_S = 24 * 3600
_NAME = re.compile(r"[0-9a-f]{32}\Z")


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


@require_http_methods(["GET", "HEAD", "POST"])
def bundle(request):
    """Take a zip, show what it would do, do it."""
    if not _may_write(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request)
    try:
        if "apply" in request.POST:
            return _apply(request)
        return _look(request)
    except (BundleError, ContentError) as error:
        return _page(request, fault=str(error), status=422)


def _may_write(user):
    return all(
        user.has_perm(f"models_catalog.{action}_{kind._meta.model_name}")
        for kind in ROWS.values()
        for action in ("add", "change")
    )


def _look(request):
    upload = request.FILES.get("bundle")
    if upload is None:
        raise BundleError("Choose a zip first")
    if upload.size > MAX_BYTES:
        raise BundleError(
            f"A bundle must be at most {MAX_BYTES} bytes, not {upload.size}"
        )
    data = upload.read()
    steps = bundles.plan(bundles.read(io.BytesIO(data)))
    request.session["bundle"] = _keep(data)
    return _page(request, steps=steps)


def _apply(request):
    """Do what was shown; show it again where the catalog has changed since."""
    data = _kept(request.session.get("bundle", ""))
    pages = bundles.read(io.BytesIO(data))
    steps = bundles.plan(pages)
    if request.POST.get("seen") != _digest(steps):
        fault = "The catalog has changed since you looked; nothing was brought in"
        return _page(request, steps=steps, fault=fault, status=409)
    done = bundles.apply(pages, request.POST.getlist("replace"))
    _path(request.session.pop("bundle")).unlink(missing_ok=True)
    messages.success(request, _in_words(done))
    return redirect("admin:index")


def _page(request, steps=None, fault="", status=200):
    waiting = [step for step in steps or () if step.action != "unchanged"]
    context = admin.site.each_context(request) | {
        "title": "Bundle of files",
        "steps": waiting,
        "summary": _in_words(steps) if steps is not None else "",
        "looked": steps is not None,
        "seen": _digest(steps) if steps is not None else "",
        "fault": fault,
        "most_mib": MAX_BYTES // 1024 // 1024,
    }
    return render(request, "admin/models_catalog/bundle.html", context, status=status)


def _digest(steps):
    """Return a digest of steps and of what each would change."""
    return hashlib.sha256(repr(steps).encode()).hexdigest()


def _in_words(steps):
    """Count steps by what they do: 2 created, 1 kept."""
    counts = {"created": 0, "updated": 0, "kept": 0, "unchanged": 0}
    for step in steps:
        counts[step.action] += 1
    found = [f"{count} {action}" for action, count in counts.items() if count]
    return ", ".join(found)


# --- the zip between the two steps


def _folder():
    folder = settings.DATA_DIR / "bundles"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _path(name):
    return _folder() / f"{name}.zip"


def _keep(data):
    """Store a zip under a new name, and throw out what nobody came back for."""
    for path in _folder().glob("*.zip"):
        if path.stat().st_mtime < time.time() - _KEPT_S:
            path.unlink(missing_ok=True)
    name = secrets.token_hex(16)
    _path(name).write_bytes(data)
    return name


def _kept(name):
    if not _NAME.match(name) or not _path(name).is_file():
        raise BundleError("The zip is not here any more; choose it again")
    return _path(name).read_bytes()
