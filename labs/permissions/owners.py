"""Who owns a run: an account, or, where guests are let in, a browser session."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

# A mark in the session rather than its key: logging in changes the key.
_KEY = "labs_owner"


@dataclass(frozen=True)
class Owner:
    """`session_digest` is empty for a browser that has started no run as a guest."""

    user: Any = None
    session_digest: str = ""

    @property
    def is_staff(self):
        """Whether they may see and stop every run."""
        return self.user is not None and self.user.is_staff

    def owns(self, run):
        """Say whether a run is theirs."""
        if run.owner_id is not None:
            return self.user is not None and run.owner_id == self.user.pk
        # A guest's run stays theirs after they have logged in with the same browser.
        return bool(run.session_digest) and run.session_digest == self.session_digest

    def may_stop(self, run):
        """Say whether they may stop a run."""
        return self.is_staff or self.owns(run)

    def may_see(self, run):
        """Say whether they may see a run."""
        return run.visibility == run.Visibility.LINK or self.may_stop(run)


NOBODY = Owner()  # whose runs only the staff and the host's operator can stop


def owner_of(user, session):
    """Return the owner behind a request or a socket."""
    return Owner(
        user=user if user is not None and user.is_authenticated else None,
        session_digest=_digest(session.get(_KEY)) if session else "",
    )


def of_request(request):
    """Return the owner behind a request, without making a session."""
    return owner_of(request.user, request.session)


def of_submission(request):
    """Return the owner of a run being started; give a guest's session a mark."""
    if not request.user.is_authenticated and _KEY not in request.session:
        request.session[_KEY] = secrets.token_hex(16)
    return of_request(request)


def _digest(mark):
    """Keep no mark in the runs' table: whoever reads it could claim the runs."""
    return hashlib.sha256(f"labs owner {mark}".encode()).hexdigest() if mark else ""
