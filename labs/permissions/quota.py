"""How many runs an owner may have, and how long the host's queue may be."""

import math
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from labs.bench.verdicts.wording import count
from labs.models import LabRun

_DAY = timedelta(days=1)
_TYPICAL_S = 30  # a run's length, before there are finished ones to learn from
_LEARN_FROM = 20


@dataclass(frozen=True)
class Refusal:
    """Why a run cannot be queued now, and after how long it is worth asking again."""

    sentence: str
    retry_after_s: int


def refusal(owner):
    """Return why this owner may not start a run now; None if they may."""
    owned = LabRun.objects.owned_by(owner)
    unfinished = owned.unfinished().count()
    if unfinished >= settings.LABS_MAX_UNFINISHED_PER_OWNER:
        return Refusal(
            f"You have {count(unfinished, 'run')} waiting or under way, and "
            f"{settings.LABS_MAX_UNFINISHED_PER_OWNER} is the most at once",
            math.ceil(typical_s()),
        )
    queued = LabRun.objects.queued().count()
    if queued >= settings.LABS_MAX_QUEUED:
        return Refusal(
            f"The queue of this host is full: {count(queued, 'run')} waiting",
            math.ceil(typical_s()),
        )
    return _daily(owned)


def _daily(owned):
    since = timezone.now() - _DAY
    today = owned.filter(created_at__gt=since).order_by("created_at")
    most = settings.LABS_MAX_RUNS_PER_DAY
    if today.count() < most:
        return None
    oldest = today.values_list("created_at", flat=True)[0]
    wait_s = math.ceil((oldest + _DAY - timezone.now()).total_seconds())
    return Refusal(
        f"You have started {count(most, 'run')} within a day, the most there are",
        max(1, wait_s),
    )


def position(run):
    """Return {position, expected_wait_s} of a waiting run; None for any other."""
    if run.status != "queued":
        return None
    before = LabRun.objects.queued().filter(created_at__lt=run.created_at).count()
    under_way = LabRun.objects.under_way().exists()
    return {
        "position": before + 1,
        "expected_wait_s": round((before + under_way) * typical_s()),
    }


def typical_s():
    """Return the median length of the last runs on this host, in seconds."""
    rows = LabRun.objects.filter(finished_at__isnull=False, started_at__isnull=False)
    spans = rows.order_by("-finished_at").values_list("started_at", "finished_at")
    lengths = sorted(
        (end - start).total_seconds()
        for start, end in spans[:_LEARN_FROM]
        if start and end
    )
    return lengths[len(lengths) // 2] if lengths else _TYPICAL_S
