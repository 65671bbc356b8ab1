"""The catalog: what concurrency models and servers are, in words."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "models_catalog"
    verbose_name = "Catalog"

    def ready(self) -> None:
        """Register the system checks, watch the rows, keep the search index."""
        # Apps must be loaded before these.
        from models_catalog import search
        from models_catalog.cache import edition  # noqa: F401

        search.follow_pages()
