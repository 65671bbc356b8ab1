"""The diagram of a concurrency model, for templates."""

from django import template
from django.conf import settings
from django.utils.safestring import mark_safe

from models_catalog.diagrams import svg

register = template.Library()


@register.simple_tag
def diagram(slug):
    """Return a model's diagram, or None for a model that has no file."""
    return svg.find(slug, settings.CATALOG_CONTENT_DIR)


@register.filter
def picture(found):
    """Return the markup of a diagram: its file had nothing but what is allowed."""
    return mark_safe(found.svg)
