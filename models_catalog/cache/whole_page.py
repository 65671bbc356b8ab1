"""Whole pages that are the same for every visitor, kept for as long as an edition.

Such a page shows the catalog's rows, its files and what other apps said they show of
theirs (`Hooks.shown_rows`, `Hooks.page_state`). What differs after all is the token of
its forms.
"""

import functools
import re
from hashlib import sha256

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.utils.cache import patch_vary_headers

from models_catalog import hooks
from models_catalog.cache import edition

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

        also = _state(request.resolver_match.view_name, named)
        # With its host, which stands in the page.
        key = f"whole:{request.build_absolute_uri()}:{also}"
        content = edition.kept(edition.of(request), key, make)
        return made[0] if made else _answer(content, request)

    return shown


def word_of(*shown):
    """Return a short word that is another one where any of these is another."""
    return sha256(repr(shown).encode()).hexdigest()[:16]


def _state(view_name, arguments):
    """Return a word for what other apps show on a page."""
    states = (one.page_state(view_name, arguments) for one in hooks.registered())
    return ":".join(filter(None, states))


def _answer(content, request):
    answer = HttpResponse(_with_token(content, request))
    patch_vary_headers(answer, ["Cookie"])  # who is logged in sees another page
    return answer


def _with_token(content, request):
    """Put this visitor's token into the forms of a page, where it has any."""
    if not _TOKEN.search(content):
        return content
    return _TOKEN.sub(rb"\g<1>" + get_token(request).encode(), content)
