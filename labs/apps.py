"""The labs app: run experiments, stream them, keep them.

What it adds to the catalog's pages is in `labs.catalog_hooks`.
"""

from django.apps import AppConfig


class LabsConfig(AppConfig):
    name = "labs"
    verbose_name = "Labs"

    def ready(self) -> None:
        """Register the system checks: a malformed plug-in stops the site."""
        # Apps must be loaded before it.
        from labs import checks  # noqa: F401
