"""Records what matters: who did what, when and from where.

Each entry goes to the logger `concsite.audit`, which an administrator may send wherever
their other logs are, and into a table that operators read in the admin.
"""

import logging

from simple_history.models import HistoricalRecords

from accounts.models import AuditEntry

logger = logging.getLogger("concsite.audit")


def record(action, subject="", who=None):
    """Record that whoever is behind the request under way did something.

    `who` is a name where nobody is logged in yet. Without a request it was a command on
    the host.
    """
    # The middleware of the histories keeps it, for the same purpose.
    request = getattr(HistoricalRecords.context, "request", None)
    user = getattr(request, "user", None)
    account = user.pk if user is not None and user.is_authenticated else None
    entry = AuditEntry(
        action=action,
        who=_one_line(who or (user.get_username() if account else ""), 150),
        account=account,
        address=request.META.get("REMOTE_ADDR", "") if request else "",
        subject=_one_line(subject, 200),
    )
    entry.save()
    logger.info(
        "%s by %s from %s: %s",
        entry.action,
        entry.who or "nobody",
        entry.address or "this host",
        entry.subject or "-",
    )


def _one_line(text, most):
    """Write a text so that it cannot pretend to be another line of a log."""
    text = str(text)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)[
        :most
    ]
