"""System checks: a malformed content file is named with its line."""

from django.conf import settings
from django.core.checks import Error, register

from models_catalog.diagrams import svg
from models_catalog.files.reader import ContentError
from models_catalog.sync import sync


@register
def content_files_are_well_formed(app_configs, **kwargs):
    """Read every content file, as `catalog sync` would."""
    _, faults = sync.gather()
    return [Error(str(fault), id="models_catalog.E001") for fault in faults]


@register
def diagrams_are_well_formed(app_configs, **kwargs):
    """Read every diagram, as the pages would."""
    try:
        svg.read_all(settings.CATALOG_CONTENT_DIR)
    except ContentError as error:
        return [Error(str(error), id="models_catalog.E010")]
    return []
