"""The catalog: what concurrency models and servers are, in words."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "models_catalog"
    verbose_name = "Catalog"

    def ready(self) -> None:
        """Register the system checks, and watch the rows."""
        # Apps must be loaded before.
        from models_catalog import checks, editions  # noqa: F401
