"""The labs app: run experiments, stream them, keep them."""

from django.apps import AppConfig
from django.db.models.signals import post_delete


class LabsConfig(AppConfig):
    name = "labs"
    verbose_name = "Labs"

    def ready(self) -> None:
        """Register the system checks; catalog pages show evidence and its runs."""
        # Apps must be loaded before.
        from labs import checks  # noqa: F401
        from labs.evidence_missing import claims_without_evidence
        from labs.models import Evidence, LabRun
        from models_catalog import attention, editions

        attention.ALSO.append(claims_without_evidence)
        editions.watch(Evidence)
        post_delete.connect(editions.changed, sender=LabRun)
