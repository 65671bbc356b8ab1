"""Pages about accounts that differ from Django's own."""

from django.conf import settings
from django.contrib.auth import views
from django.shortcuts import render


class PasswordReset(views.PasswordResetView):
    """Asks for an address to send a link to, where there is a way to send one."""

    def dispatch(self, request, *arguments, **options):
        """Say that no mail is configured rather than that one was sent."""
        if not settings.EMAIL_HOST:
            return render(request, "registration/no_mail.html")
        return super().dispatch(request, *arguments, **options)


class PasswordResetDone(views.PasswordResetDoneView):
    """Says that a link was sent."""

    def dispatch(self, request, *arguments, **options):
        """Say so only where one can have been."""
        if not settings.EMAIL_HOST:
            return render(request, "registration/no_mail.html")
        return super().dispatch(request, *arguments, **options)
