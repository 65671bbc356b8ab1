"""What is recorded without anybody calling `audit.record`: Django's own events."""

from axes.signals import user_locked_out
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.db.models.signals import m2m_changed, post_delete, pre_save

from accounts import audit

_FLAGS = ("is_active", "is_staff", "is_superuser", "password")
_WITHOUT_TRACE = ("runevent",)  # they go with their run, by the thousand
_WATCHED_APPS = ("auth", "labs", "models_catalog")


def connect():
    """Listen, once, when all apps are loaded."""
    user = get_user_model()
    user_logged_in.connect(_logged_in, dispatch_uid="audit")
    user_logged_out.connect(_logged_out, dispatch_uid="audit")
    user_login_failed.connect(_failed, dispatch_uid="audit")
    user_locked_out.connect(_locked_out, dispatch_uid="audit")
    pre_save.connect(_account_changes, sender=user, dispatch_uid="audit")
    links = (user.groups, user.user_permissions, Group.permissions)
    for link in links:
        m2m_changed.connect(_rights_changed, link.through, dispatch_uid="audit")
    for model in _models():
        post_delete.connect(_deleted, sender=model, dispatch_uid="audit")


def _models():
    """Return the kinds of rows whose deletion is recorded."""
    return [
        model
        for label in _WATCHED_APPS
        for model in apps.get_app_config(label).get_models()
        if model._meta.model_name not in _WITHOUT_TRACE
        and not model._meta.model_name.startswith("historical")
    ]


def _logged_in(sender, user, **_):
    audit.record("logged in", who=user.get_username())


def _logged_out(sender, user, **_):
    if user is not None:
        audit.record("logged out", who=user.get_username())


def _failed(sender, credentials, **_):
    audit.record("login failed", who=credentials.get("username", ""))


def _locked_out(sender, username=None, **_):
    audit.record("locked out", who=username or "")


def _account_changes(sender, instance, raw=False, **_):
    before = sender.objects.filter(pk=instance.pk).values(*_FLAGS).first()
    if before is None or raw:
        return
    changed = [name for name in _FLAGS if before[name] != getattr(instance, name)]
    words = [
        name if name == "password" else f"{name}={getattr(instance, name)}"
        for name in changed
    ]
    if words:
        name = instance.get_username()
        audit.record("account changed", f"{name}: {', '.join(words)}")


def _rights_changed(sender, instance, action, model, pk_set, **_):
    if action in ("post_add", "post_remove") and pk_set:
        names = ", ".join(map(str, model.objects.filter(pk__in=pk_set)))
        verb = "given" if action == "post_add" else "taken"
        audit.record("rights changed", f"{instance}: {verb} {names}")
    elif action == "post_clear":
        audit.record("rights changed", f"{instance}: all taken")


def _deleted(sender, instance, **_):
    audit.record("deleted", f"{sender._meta.verbose_name} {instance.pk}: {instance}")
