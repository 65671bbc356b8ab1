"""The catalog: what concurrency models and servers are, in words."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "models_catalog"
    verbose_name = "Catalog"

    def ready(self) -> None:
        """Register the system checks."""
        from models_catalog import checks  # noqa: F401  apps must be loaded before
