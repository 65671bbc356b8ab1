"""The accounts app: the audit log, and what is asked of who logs in."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Listen to what is recorded, and to logins."""
        # Apps must be loaded before it.
        from accounts import audited_signals, second_factor

        audited_signals.connect()
        second_factor.ask_at_each_login()
