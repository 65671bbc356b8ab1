"""The labs app: run experiments, stream them, keep them."""

from django.apps import AppConfig


class LabsConfig(AppConfig):
    name = "labs"
    verbose_name = "Labs"

    def ready(self) -> None:
        """Register the system checks, and what search finds of the labs."""
        # Apps must be loaded before these.
        from labs import checks  # noqa: F401
        from labs.search import EXPERIMENTS
        from models_catalog import search

        search.register(EXPERIMENTS)
