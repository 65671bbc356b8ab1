"""The labs app: run experiments, stream them, keep them."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class LabsConfig(AppConfig):
    name = "labs"
    verbose_name = "Labs"

    def ready(self) -> None:
        """Register the checks, what pages show of evidence, and what search finds."""
        # Apps must be loaded before these; to import the checks registers them.
        from labs.catalog_hooks import claim_facet, page_cache  # noqa: F401
        from labs.catalog_hooks.missing_evidence import claims_without_evidence
        from labs.catalog_hooks.search import EXPERIMENTS
        from labs.claims import evaluation
        from labs.models import Evidence, LabRun
        from models_catalog import search
        from models_catalog.cache import edition, whole_page
        from models_catalog.curation import attention, claim_checks
        from models_catalog.facets.lists import ClaimFacets

        attention.ALSO.append(claims_without_evidence)
        claim_checks.CHECKS.append(evaluation.faults)
        edition.watch(Evidence)
        post_delete.connect(edition.changed, sender=LabRun)
        post_save.connect(page_cache.run_saved, sender=LabRun)
        ClaimFacets.add("standing", *claim_facet.FACET)
        whole_page.ALSO["catalog:server_detail"] = page_cache.of_server
        search.register(EXPERIMENTS)
