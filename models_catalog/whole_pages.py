"""Whole pages that are the same for every visitor, kept for as long as an edition.

Nothing in such a page may come from elsewhere than the catalog's rows, its files and
the evidence of claims. What differs after all is the token of its forms.
"""

import functools
import re

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.middleware.csrf import get_token

from models_catalog import editions

_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]*')
_OWN = {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}


def kept_whole(view):
    """Decorate a view that shows such a page; for visitors who are nobody yet."""

    @functools.wraps(view)
    def shown(request, *arguments, **named):
        if request.GET or _OWN & request.COOKIES.keys():
            return view(request, *arguments, **named)
        made = []

        def make():
            made.append(view(request, *arguments, **named))
            return bytes(made[0].content) if made[0].status_code == 200 else None

        # With its host, which stands in the page.
        key = f"whole:{request.build_absolute_uri()}"
        content = editions.kept(editions.current(), key, make)
        return made[0] if made else HttpResponse(_with_token(content, request))

    return shown


def _with_token(content, request):
    """Put this visitor's token into the forms of a page, where it has any."""
    if not _TOKEN.search(content):
        return content
    return _TOKEN.sub(rb"\g<1>" + get_token(request).encode(), content)
