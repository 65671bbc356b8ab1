"""What kept pages of the catalog show of the labs beside evidence, as words."""

from labs.plugins import registry
from models_catalog.cache import edition
from models_catalog.cache.short_term import lately
from models_catalog.cache.whole_page import word_of


def of_server(slug):
    """Return a word for whether a server can run here, and in which version."""
    driver = registry.servers().get(slug)
    return word_of(availability(driver)) if driver else ""


@lately
def availability(driver):
    """Return a driver's availability, as it was at most a second ago."""
    return registry.availability(driver)


def run_saved(instance, **signal):
    """Renew the catalog's edition for a run that its pages name: one that is evidence.

    A receiver of a signal. A run that goes on is saved often, and is on none of them.
    """
    if instance.is_terminal and instance.evidence.exists():
        edition.changed(**signal)
