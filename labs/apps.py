"""The labs app: run experiments, stream them, keep them."""

from django.apps import AppConfig


class LabsConfig(AppConfig):
    name = "labs"
    verbose_name = "Labs"

    def ready(self) -> None:
        """Register the system checks."""
        from labs import checks  # noqa: F401  apps must be loaded before checks
