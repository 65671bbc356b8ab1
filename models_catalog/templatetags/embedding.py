"""The text that shows a page of the catalog on another site."""

from django import template
from django.urls import reverse
from django.utils.html import format_html

register = template.Library()

_HEIGHTS_PX = {"model": 900, "claim": 380}


@register.simple_tag(takes_context=True)
def embed_code(context, kind, page):
    """Return the HTML of a frame as text; `kind` is "model" or "claim"."""
    request = context.get("request")
    if request is None:
        return ""
    path = reverse(f"catalog:embed_{kind}", args=[page.slug])
    return format_html(
        '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy"></iframe>',
        request.build_absolute_uri(path),
        page,
        _HEIGHTS_PX[kind],
    )
