"""Who owns a run: an account, or, where guests are let in, a browser session."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.utils.crypto import salted_hmac

from accounts import second_factor
from labs.models import LabRun

# A mark in the session rather than its key: logging in changes the key.
_KEY = "labs_owner"


@dataclass(frozen=True)
class Owner:
    """`session_digest` is empty for a browser that has started no run as a guest."""

    user: Any = None
    session_digest: str = ""
    origin_digest: str = ""  # of a guest's network address, where it is known
    has_shown_second_factor: bool = False

    @cached_property
    def sees_all(self):
        """Whether they may open every run: teachers and operators, by permission."""
        return self._may("view") or self.changes_all

    @cached_property
    def changes_all(self):
        """Whether they may stop every run and say who sees it, as operators do."""
        return self._may("change")

    @property
    def default_visibility(self):
        """Who may see a run that they start, unless they say something else.

        A guest has no account to find a private run with from elsewhere.
        """
        kinds = LabRun.Visibility
        return kinds.LINK if self.user is None else kinds.PRIVATE

    def _may(self, action):
        if self.user is None or not self.user.has_perm(f"labs.{action}_labrun"):
            return False
        # A socket passes no middleware that would have asked for it.
        return self.has_shown_second_factor or not second_factor.is_wanted(self.user)

    def owns(self, run):
        """Say whether a run is theirs."""
        if run.owner_id is not None:
            return self.user is not None and run.owner_id == self.user.pk
        # A guest's run stays theirs after they have logged in with the same browser.
        return bool(run.session_digest) and run.session_digest == self.session_digest

    def may_stop(self, run):
        """Say whether they may stop a run, and say who sees it."""
        return self.changes_all or self.owns(run)

    def may_see(self, run):
        """Say whether they may see a run."""
        is_private = run.visibility == run.Visibility.PRIVATE
        return not is_private or self.sees_all or self.owns(run)


NOBODY = Owner()  # whose runs only operators can stop


def owner_of(user, session):
    """Return the owner behind a request or a socket."""
    is_somebody = user is not None and user.is_authenticated
    return Owner(
        user=user if is_somebody else None,
        session_digest=_digest(session.get(_KEY)) if session else "",
        has_shown_second_factor=is_somebody and second_factor.is_shown(user, session),
    )


def of_request(request):
    """Return the owner behind a request, without making a session."""
    owner = owner_of(request.user, request.session)
    if owner.user is not None:
        return owner
    return replace(owner, origin_digest=_origin_digest(request.META))


def of_submission(request):
    """Return the owner of a run being started; give a guest's session a mark."""
    if not request.user.is_authenticated and _KEY not in request.session:
        request.session[_KEY] = _new_mark(request)
    return of_request(request)


def _origin_digest(meta):
    """Return what stands for a network address: counts need it, and no more of it."""
    place = meta.get("REMOTE_ADDR", "")
    return salted_hmac("labs origin", place, algorithm="sha256").hexdigest()


def _new_mark(request):
    """Return the mark of a browser that has none yet.

    Both halves of a first visitor's double click come without a session, and each gets
    one. What they have in common is the cookie that came with the form; made from it,
    the mark is the same, and the two are one owner's.
    """
    if cookie := request.META.get("CSRF_COOKIE"):
        return salted_hmac("labs owner", cookie, algorithm="sha256").hexdigest()[:32]
    return secrets.token_hex(16)


def _digest(mark):
    """Keep no mark in the runs' table: whoever reads it could claim the runs."""
    return hashlib.sha256(f"labs owner {mark}".encode()).hexdigest() if mark else ""
