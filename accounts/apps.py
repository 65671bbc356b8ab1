"""The accounts app: the audit log, and what is asked of who logs in."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Listen to what is recorded."""
        # Apps must be loaded before it.
        from accounts import audited_signals

        audited_signals.connect()
