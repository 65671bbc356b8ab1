"""Who may start runs."""

from django.conf import settings


def may_start(request):
    """Guests may where only this machine reaches the site; else a login is needed."""
    return settings.LABS_GUESTS or request.user.is_authenticated
