"""What a page says of itself to machines: its title, description, address, picture."""

from django import template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import reverse
from django.utils.safestring import mark_safe

from models_catalog.files.reader import GROUPS

register = template.Library()

# Name of an address in the catalog -> the group whose pages it shows.
_GROUPS = {f"catalog:{group.word}_detail": name for name, group in GROUPS.items()}


@register.inclusion_tag("includes/_page_meta.html", takes_context=True)
def page_meta(context):
    """Describe the page to search engines and to sites that show a preview of it.

    Pages of faults leave it out: their address may not be known to anybody.
    """
    request = context.get("request")
    if request is None:
        return {}
    absolute = request.build_absolute_uri
    return {
        "title": _block(context, "title"),
        "description": _block(context, "description"),
        "canonical": absolute(context.get("canonical") or request.path),
        "picture": absolute(_picture(request.resolver_match)),
    }


def _block(context, name):
    """Render a block of the page once more, for an attribute."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    text = " ".join(block.render(context).split())
    return mark_safe(text.replace('"', "&quot;"))


def _picture(match):
    group = _GROUPS.get(match.view_name) if match else None
    if group is None:
        return reverse("catalog:site_card")
    return reverse("catalog:page_card", args=[group, match.kwargs["slug"]])
