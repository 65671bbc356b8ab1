"""System checks: a malformed plug-in stops the site, and the message names the file."""

from django.conf import settings
from django.core.checks import Error, register

from labs.plugins import registry


@register
def plug_ins_are_well_formed(app_configs, **kwargs):
    """Report every malformed server, scenario and protocol."""
    return [
        Error(f"{_short(problem.path)}: {problem.sentence}", id="labs.E001")
        for problem in registry.problems()
    ]


def _short(path):
    base = settings.BASE_DIR
    return path.relative_to(base) if path.is_relative_to(base) else path
