"""What the start page of the admin shows of the catalog."""

from django import template
from django.urls import reverse
from django.utils.text import capfirst

from models_catalog.curation.attention import Attention, recent_changes
from models_catalog.models import ROWS, Picture
from models_catalog.models.visibility import may_view

register = template.Library()

_MAX = 8


@register.inclusion_tag("admin/models_catalog/includes/_attention.html")
def catalog_attention(user):
    """Show drafts, what is scheduled, and pages with warnings."""
    attention = Attention(_visible(user))
    sections = (
        ("Drafts", attention.drafts),
        ("Scheduled", attention.scheduled),
        ("Something is missing", attention.warned),
    )
    return {
        "sections": [
            {"title": title, "found": found[:_MAX], "more": len(found[_MAX:])}
            for title, found in sections
        ],
        "anything": any(found for _, found in sections),
        "may": bool(_visible(user)),
    }


@register.inclusion_tag("admin/models_catalog/includes/_recent_changes.html")
def catalog_changes(user):
    """Show the newest versions of pages, with their authors."""
    return {"versions": recent_changes(_visible(user))}


@register.inclusion_tag("admin/models_catalog/includes/_quick_links.html")
def catalog_quick_links(user):
    """Show what somebody may begin here."""
    kinds = [*ROWS.values(), Picture]
    links = [
        (f"New {kind._meta.verbose_name}", address(kind, "add"))
        for kind in kinds
        if user.has_perm(f"models_catalog.add_{kind._meta.model_name}")
    ]
    if all(may_view(user, kind) for kind in ROWS.values()):
        links.append(("Fetch all files", reverse("curating:bundle_download")))
    if links and user.has_perm("models_catalog.change_concurrencymodel"):
        links.append(("Bring files in", reverse("curating:bundle")))
    return {"links": links}


@register.simple_tag
def admin_address(row, page="change"):
    """Return the address of a row's form, or of another page of it."""
    return address(type(row), page, row.pk)


@register.simple_tag
def version_address(version):
    """Return the address of a version of a page."""
    kind, number = version.instance_type, version.instance.pk
    return address(kind, "simple_history", number, version.pk)


@register.filter
def kind_of(version):
    """Name the kind of page that a version is of."""
    return capfirst(version.instance_type._meta.verbose_name)


def address(kind, page, *arguments):
    """Return an address of the admin of a kind of row."""
    return reverse(
        f"admin:{kind._meta.label_lower.replace('.', '_')}_{page}", args=arguments
    )


def _visible(user):
    return [kind for kind in ROWS.values() if may_view(user, kind)]
