"""What cached pages of the catalog show of the labs, so that none becomes stale."""

from labs.models import Evidence, LabRun
from labs.plugins import registry
from models_catalog.cache.remembered import for_a_second
from models_catalog.cache.whole_page import word_of
from models_catalog.hooks import ShownRows


def state_of_server(slug):
    """Return a word for whether a server can run here, and in which version."""
    driver = registry.servers().get(slug)
    return word_of(availability(driver)) if driver else ""


def availability(driver):
    """Return a driver's availability, as it was at most a second ago."""
    return for_a_second(
        f"availability:{driver.slug}", lambda: registry.availability(driver)
    )


def _is_evidence(run):
    """Tell whether the catalog's pages name a run.

    A run that goes on is saved several times a second, and is on none of them.
    """
    return run.is_terminal and run.evidence.exists()


SHOWN_ROWS = (ShownRows(Evidence), ShownRows(LabRun, _is_evidence))
