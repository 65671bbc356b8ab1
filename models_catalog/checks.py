"""System checks: a malformed content file is named with its line."""

from django.core.checks import Error, register

from models_catalog import sync
from models_catalog.content import ContentError


@register
def content_files_are_well_formed(app_configs, **kwargs):
    """Read every content file, as `catalog sync` would."""
    try:
        sync.read()
    except ContentError as error:
        return [Error(str(error), id="models_catalog.E001")]
    return []
