"""The page of search."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_catalog import search

_PER_PAGE = 20


@require_safe
def search_page(request):
    """Show what was found for ?q=, of one ?kind= of document if given."""
    text = request.GET.get("q", "").strip()
    kind = request.GET.get("kind", "")
    answer = search.find(text, kind)
    context = {
        "text": text,
        "kind": kind,
        "answer": answer,
        "kinds": [
            {"word": word, "label": search.kinds()[word].many, "count": count}
            for word, count in answer.counts.items()
        ],
        "everything": sum(answer.counts.values()),
        "nearest": [] if answer else search.nearest(text),
        "page": Paginator(answer, _PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "models_catalog/search.html", context)
