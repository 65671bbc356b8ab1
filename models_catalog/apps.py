"""The catalog: what concurrency models and servers are, in words."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CatalogConfig(AppConfig):
    name = "models_catalog"
    verbose_name = "Catalog"

    def ready(self) -> None:
        """Register the system checks, watch the rows, keep the search index."""
        # Apps must be loaded before these; to import the checks registers them.
        from models_catalog import checks, search  # noqa: F401
        from models_catalog.cache import edition

        autodiscover_modules("catalog_hooks")  # what other apps add: hooks.py
        edition.watch_added()
        search.follow_pages()
