"""The audit log, as rows: added to, never changed."""

from django.db import models


class AppendOnly(TypeError):
    """Something was about to change or take away what was recorded."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **changes):
        """Refuse."""
        raise AppendOnly("Entries of the audit log are never changed")

    def delete(self):
        """Refuse."""
        raise AppendOnly("Entries of the audit log are never deleted")

    # Django's own mark of what no template may call; the stubs do not have it.
    update.alters_data = delete.alters_data = True  # type: ignore[attr-defined]


class AuditEntry(models.Model):
    """One thing that somebody did. Names, not references: accounts may be deleted."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    action = models.CharField(max_length=40, db_index=True)
    who = models.CharField(max_length=150, blank=True, db_index=True)
    account = models.BigIntegerField(null=True, blank=True)
    address = models.CharField(max_length=45, blank=True)
    subject = models.CharField(max_length=200, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.who or 'nobody'}: {self.action}"

    def save(self, **options):
        """Store a new one; refuse to change one."""
        if self.pk is not None:
            raise AppendOnly("Entries of the audit log are never changed")
        super().save(**options | {"force_insert": True})

    def delete(self, **options):
        """Refuse."""
        raise AppendOnly("Entries of the audit log are never deleted")
