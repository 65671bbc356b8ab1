"""What changes who may watch: a logout, a run's visibility, an account's rights.

Each makes the open sockets be asked about again once it is in the database. What is
changed by another process, or past the signals, is noticed a little later (`rights`).
"""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

from labs.live import rights
from labs.models import LabRun, visibility_changed


def connect() -> None:
    """Listen from now on."""
    user, uid = get_user_model(), "labs.live.rights"
    for sender in (user, LabRun):
        post_save.connect(_tell, sender=sender, dispatch_uid=uid)
        post_delete.connect(_tell, sender=sender, dispatch_uid=uid)
    many = (user.groups.through, user.user_permissions.through)
    for through in (*many, Group.permissions.through):
        m2m_changed.connect(_tell, sender=through, dispatch_uid=uid)
    post_delete.connect(_tell, sender=Group, dispatch_uid=uid)
    visibility_changed.connect(_tell, dispatch_uid=uid)
    # A logout deletes the session; the signal of the logout comes before that.
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if hasattr(store, "get_model_class"):
        post_delete.connect(_tell, sender=store.get_model_class(), dispatch_uid=uid)


def _tell(created: bool = False, **_: Any) -> None:
    if not created:  # nobody watches what has just come into being
        transaction.on_commit(rights.changed)
