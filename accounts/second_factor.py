"""A second factor beside the staff's passwords: an app's code, or a recovery code.

Codes and where they are stored are django-allauth's; here is who needs one, and when.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, validate_totp_code
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache

# Holds the account's number: logging in as another asks again.
SESSION_KEY = "second_factor_of"
MAX_WRONG, _WINDOW_S = 5, 15 * 60  # as for passwords


def ask_at_each_login():
    """Forget at a login that the factor was shown in the same session before."""
    user_logged_in.connect(_forget, dispatch_uid="second factor")


def _forget(sender, request, **_):
    if request is not None:
        request.session.pop(SESSION_KEY, None)


def is_shown(user, session):
    """Tell whether this session has shown the account's second factor."""
    return bool(session) and session.get(SESSION_KEY) == user.pk


def is_wanted(user):
    """Tell whether an account must show one: staff that has one, or has to have one."""
    if not (user.is_staff or user.is_superuser):
        return False
    return settings.SECOND_FACTOR_FOR_STAFF or has_one(user)


def is_pending(user, session):
    """Tell whether whoever gave the password has yet to show the second factor."""
    return user.is_authenticated and not is_shown(user, session) and is_wanted(user)


def has_one(user):
    """Tell whether an account has set one up."""
    return _of(user, Authenticator.Type.TOTP) is not None


def set_up(user, secret, code):
    """Give an account its second factor; return its recovery codes, [] if wrong."""
    if not validate_totp_code(secret, code):
        return []
    TOTP.activate(user, secret)
    return RecoveryCodes.activate(user).get_unused_codes()


def remove(user):
    """Take an account's second factor away: its owner has lost it."""
    Authenticator.objects.filter(user=user).delete()


def check(user, code):
    """Tell whether a code is right; none is after too many wrong ones."""
    key = f"second-factor-wrong:{user.pk}"
    cache.add(key, 0, _WINDOW_S)
    if cache.get(key, 0) >= MAX_WRONG:
        return False
    kinds = Authenticator.Type
    for found in (_of(user, kinds.TOTP), _of(user, kinds.RECOVERY_CODES)):
        if found is not None and found.wrap().validate_code(code):
            found.record_usage()
            cache.delete(key)
            return True
    cache.incr(key)
    return False


def _of(user, kind):
    return Authenticator.objects.filter(user=user, type=kind).first()
