"""Whole pages that are the same for every visitor who has no session.

Such a page shows the catalog's rows, its files and what other apps said they show of
theirs (`Hooks.shown_rows`, `Hooks.page_state`). What differs after all is the token of
its forms. The middleware stands before sessions, so a page that is there already costs
nothing of what comes after.
"""

import re
from hashlib import sha256

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.urls import Resolver404, resolve
from django.utils.cache import patch_vary_headers

from models_catalog import hooks
from models_catalog.cache import edition

_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]*')
# Who sends one of these is somebody, or has a message waiting.
_PERSONAL_COOKIES = {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}
# Only to check tokens and to set the cookie: no view stands behind it.
_CSRF = CsrfViewMiddleware(lambda request: HttpResponse())


def whole_page(view):
    """Mark a view whose pages are the same for everybody without a session."""
    view.is_whole_page = True
    return view


class WholePages:
    """Middleware: answers with a page that somebody has been shown, or remembers it.

    What a page is stored under names the edition and whatever else it shows, so one
    that has become stale is never found again.
    """

    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request):
        """Answer one request."""
        key = _key_of(request)
        if key and (page := cache.get(key)):
            return _answer_with(*page, request)
        response = self._get_response(request)
        if key and _is_for_everybody(response):
            cache.set(key, (bytes(response.content), dict(response.items())))
        return response


def word_of(*shown):
    """Return a short word that is another one where any of these is another."""
    return sha256(repr(shown).encode()).hexdigest()[:16]


def _key_of(request):
    """Return what a request's page is stored under, one key for each state of it.

    Empty for a page that is not the same for everybody.
    """
    if request.method not in ("GET", "HEAD") or request.GET:
        return ""
    if _PERSONAL_COOKIES & request.COOKIES.keys():
        return ""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return ""
    if not hasattr(match.func, "is_whole_page"):
        return ""
    state = _state(match.view_name, match.kwargs)
    # With its host, which stands in the page.
    address = request.build_absolute_uri()
    return f"page:{word_of(edition.of(request), address, state)}"


def _state(view_name, arguments):
    """Return a word for what other apps show on a page."""
    states = (one.page_state(view_name, arguments) for one in hooks.registered())
    return ":".join(filter(None, states))


def _is_for_everybody(response):
    """Tell whether an answer has nothing of the visitor but the token of its forms."""
    cookies = response.cookies.keys() - {settings.CSRF_COOKIE_NAME}
    return response.status_code == 200 and not response.streaming and not cookies


def _answer_with(content, headers, request):
    """Return a stored page, with this visitor's token in its forms if it has any."""
    has_form = bool(_TOKEN.search(content))
    if has_form:
        _CSRF.process_request(request)
        token = get_token(request).encode()
        content = _TOKEN.sub(rb"\g<1>" + token, content)
    response = HttpResponse(content, headers=headers)
    response["Content-Length"] = str(len(content))
    patch_vary_headers(response, ["Cookie"])  # who is logged in sees another page
    if has_form:
        _CSRF.process_response(request, response)
    return response
