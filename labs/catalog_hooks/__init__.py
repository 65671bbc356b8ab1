"""What the labs add to the catalog's pages, filters, search and admin.

`models_catalog/hooks.py` lists what may be added. Nothing else in labs reaches into
the catalog's pages, and the catalog imports nothing from here by name: it imports the
`catalog_hooks` of every app when it is ready.
"""

from labs.catalog_hooks import claim_facet, missing_evidence, page_cache, search
from labs.claims import evaluation
from models_catalog import hooks


class LabsHooks(hooks.Hooks):
    """Evidence of claims, servers' availability, and the experiments."""

    def attention_items(self, kind):
        """Return the claims that no run has said anything about."""
        return missing_evidence.claims_without_evidence(kind)

    def claim_faults(self, claim):
        """Return why a claim's runs cannot be made here."""
        return evaluation.faults(claim)

    def claim_facets(self):
        """Return how claims stand."""
        return [claim_facet.STANDING]

    def page_state(self, view_name, arguments):
        """Return whether a server can run here, for its page."""
        if view_name == "catalog:server_detail":
            return page_cache.state_of_server(**arguments)
        return ""

    def shown_rows(self):
        """Return evidence, and the runs that are named with it."""
        return page_cache.SHOWN_ROWS

    def document_kinds(self):
        """Return the experiments, which are found by their articles."""
        return [search.EXPERIMENTS]


hooks.register(LabsHooks())
