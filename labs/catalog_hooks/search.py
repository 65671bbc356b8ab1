"""The labs' experiments among what can be found."""

import functools

from django.urls import reverse

from labs.plugins import registry
from models_catalog.hooks import Document, DocumentKind
from models_catalog.search.documents import line, plain


@functools.cache
def documents():
    """Return each scenario as a document: its question, and its article."""
    return tuple(
        Document(
            kind="scenario",
            key=scenario.slug,
            slug=scenario.slug,
            title=scenario.title,
            summary=line(scenario.question),
            body=plain(scenario.article),
        )
        for scenario in registry.scenarios().values()
    )


def address(slug):
    """Return the page of a scenario."""
    return reverse("labs:run_form", args=[slug])


EXPERIMENTS = DocumentKind("scenario", "Experiment", "Experiments", address, documents)
