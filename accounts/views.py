"""Pages about accounts that differ from Django's own."""

from base64 import b64encode

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import audit, second_factor

_SECRET = "second_factor_secret"
_PAGE = "registration/second_factor.html"


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


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_second_factor(request):
    """Ask for the second factor of whoever is logged in, or let them set it up."""
    user, code = request.user, request.POST.get("code", "").strip()
    if not second_factor.has_one(user):
        return _set_up(request, user, code)
    if request.method != "POST":
        return render(request, _PAGE)
    if not second_factor.check(user, code):
        audit.record("second factor failed")
        sentence = (
            "This code is not right, or was used already. After "
            f"{second_factor.MAX_WRONG} wrong ones none is taken for 15 minutes"
        )
        return render(request, _PAGE, {"fault": sentence}, status=400)
    _mark_shown(request)
    return redirect(_next(request))


def _set_up(request, user, code):
    secret = request.session.setdefault(_SECRET, generate_totp_secret())
    if code and (codes := second_factor.set_up(user, secret, code)):
        del request.session[_SECRET]
        _mark_shown(request)
        audit.record("second factor set up")
        return render(request, _PAGE, {"codes": codes, "next": _next(request)})
    adapter = get_adapter()
    address = adapter.build_totp_url(user, secret)
    picture = b64encode(adapter.build_totp_svg(address).encode()).decode()
    context = {"secret": secret, "picture": f"data:image/svg+xml;base64,{picture}"}
    if code:
        context["fault"] = "This code is not right; both devices' clocks must be"
    return render(request, _PAGE, context, status=400 if code else 200)


def _mark_shown(request):
    # A session's key from before must not open what the code has opened.
    request.session.cycle_key()
    request.session[second_factor.SESSION_KEY] = request.user.pk


def _next(request):
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else resolve_url(settings.LOGIN_REDIRECT_URL)
