"""The page that puts models or servers side by side."""

from django.shortcuts import redirect, render
from django.utils.text import get_text_list
from django.views.decorators.http import require_safe

from models_catalog.compare import rows

_READ = {"kind", "a", "hide"}


@require_safe
def compare(request):
    """Show two to four models or servers side by side; the address has the choice."""
    choice = rows.read(request.GET)
    if _is_written_otherwise(request.GET, choice):
        return redirect(choice.address)
    context = {"choice": choice, "canonical": choice.address}
    if len(choice.pages) > 1:
        context |= _side_by_side(choice)
    return render(request, "models_catalog/compare.html", context)


def _is_written_otherwise(query, choice):
    """Tell whether an address is not as this page writes it.

    That is from a picker with places that are free, from a list with its facets, or
    where somebody has left out what kind of page is meant.
    """
    is_bare = bool(choice.pages) and query.get("kind") != choice.kind
    return is_bare or "" in query.getlist("a") or bool(query.keys() - _READ)


def _side_by_side(choice):
    found = {
        "names": get_text_list([str(page) for page in choice.pages], "and"),
        "traits": rows.traits(choice),
        "claims": rows.claims(choice),
        "models": rows.models_of(choice),
    }
    if choice.kind == "models" and len(followers := rows.servers_of(choice)) > 1:
        found["followers"] = followers
    return found
