"""Sends staff to show, or to set up, their second factor before anything else."""

from urllib.parse import urlencode

from django.conf import settings
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

from accounts import second_factor

_OPEN = ("second_factor", "logout", "admin:logout")
# Pages that are the same for everybody, in other sites: they look at no visitor.
_IMPERSONAL = ("catalog:embed_model", "catalog:embed_claim")


class SecondFactorMiddleware(MiddlewareMixin):
    """Stands after the middleware that knows who is logged in."""

    def process_view(self, request, view, arguments, options):
        """Answer in place of the view where a second factor is missing."""
        # Without a session nobody is logged in, and asking would make pages personal.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        if request.resolver_match.view_name in (*_OPEN, *_IMPERSONAL):
            return None
        if not second_factor.is_pending(request.user, request.session):
            return None
        back = urlencode({"next": request.path})
        return redirect(f"{reverse('second_factor')}?{back}")
