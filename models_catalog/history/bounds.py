"""Keeps the histories of pages within bounds.

django-simple-history's own commands go by age, and would take the version that readers
see of a page that nobody has changed for long.
"""

from django.db import transaction
from simple_history.utils import get_history_model_for_model

from models_catalog.models import ROWS


def prune(most: int) -> int:
    """Keep the newest `most` versions of each page; return how many are gone.

    The newest one that was published stays as well, however old it is.
    """
    return sum(_prune_kind(get_history_model_for_model(k), most) for k in ROWS.values())


def _prune_kind(versions, most):
    removed = 0
    keys = versions.objects.order_by().values_list("id", flat=True).distinct()
    for key in keys:
        history = versions.objects.filter(id=key).order_by("-history_date", "-pk")
        columns = list(history.values_list("pk", "status"))
        public = [pk for pk, status in columns if status == "published"][:1]
        gone = [pk for pk, _ in columns[most:] if pk not in public]
        if gone:
            _remove(versions, gone)
        removed += len(gone)
    return removed


@transaction.atomic
def _remove(versions, keys):
    # Past relations of a version name it without a constraint, so nothing cascades.
    for relation in versions._meta.related_objects:
        past = relation.related_model.objects
        past.filter(**{f"{relation.field.name}__in": keys}).delete()
    versions.objects.filter(pk__in=keys).delete()
