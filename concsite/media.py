"""Pictures that curators uploaded, as they are and as nothing else.

A name is made of a picture's content, so it never changes behind an address; anything
that has another name was not made by the site and is not there.
"""

import re

from django.conf import settings
from django.http import FileResponse, Http404
from django.utils.http import http_date
from django.views.decorators.http import require_safe

_NAME = re.compile(r"[0-9a-f]{32}\.(png|jpg|webp)\Z")
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
_YEAR_S = 365 * 24 * 3600


@require_safe
def picture(request, name):
    """Answer with one picture."""
    found = _NAME.match(name)
    path = settings.MEDIA_ROOT / "pictures" / name
    if not found or not path.is_file():
        raise Http404("There is no such picture")
    answer = FileResponse(path.open("rb"), content_type=_TYPES[found[1]])
    answer["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    answer["Last-Modified"] = http_date(path.stat().st_mtime)
    # Whatever a file may hold beside a picture, no browser runs it.
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
