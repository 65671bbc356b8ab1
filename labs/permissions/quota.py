"""How many runs an owner may have, for how long they may have the host, and the queue.

Time is that which the plans of runs allow for: what a run really takes is known too
late. Counts alone would let 200 runs of 750 s have one account's machine for 41 hours
a day.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from labs.bench.contracts.spec import Spec
from labs.bench.run.schedule import longest_s
from labs.bench.verdicts.wording import count
from labs.models import LabRun, LabRunQuerySet
from labs.permissions.owners import Owner
from labs.plugins import registry

_DAY = timedelta(days=1)
_TYPICAL_S = 30  # a run's length, before there are finished ones to learn from
_LEARN_FROM = 20


@dataclass(frozen=True)
class Refusal:
    """Why a run cannot be queued now, and after how long one can; None: never."""

    sentence: str
    retry_after_s: int | None


def planned_s(spec: Spec) -> float:
    """Return how long a run may have the machine. SpecError for a malformed spec."""
    resolved = registry.resolve(spec)
    return longest_s(resolved.scenario.plan(resolved.params))


def refusal(owner: Owner, length_s: float = 0.0) -> Refusal | None:
    """Return why this owner may not start such a long run now; None if they may."""
    owned = LabRun.objects.owned_by(owner)
    unfinished = list(owned.unfinished().values_list("pk", flat=True))
    most = settings.LABS_MAX_UNFINISHED_PER_OWNER
    if len(unfinished) >= most:
        ends = sorted(_ends(lambda row: row["pk"] in unfinished))
        return Refusal(
            f"You have {count(len(unfinished), 'run')} waiting or under way, and "
            f"{most} is the most at once",
            _whole(ends[len(unfinished) - most]),
        )
    queued = LabRun.objects.queued().count()
    if queued >= settings.LABS_MAX_QUEUED:
        starts = sorted(end - length for end, length in _waits())
        return Refusal(
            f"The queue of this host is full: {count(queued, 'run')} waiting",
            _whole(starts[queued - settings.LABS_MAX_QUEUED]),
        )
    return _daily_count(owned) or _daily_time(owner, owned, length_s)


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))


# --- what one may have within a day --------------------------------------------------


def _daily_count(owned: LabRunQuerySet) -> Refusal | None:
    most = settings.LABS_MAX_RUNS_PER_DAY
    times = [made_at for made_at, _ in _of_today(owned)]
    if len(times) < most:
        return None
    return Refusal(
        f"You have started {count(most, 'run')} within a day, the most there are",
        _until_forgotten(times[len(times) - most]),
    )


def _daily_time(owner: Owner, owned: LabRunQuerySet, length_s: float) -> Refusal | None:
    limits = [("Your runs", owned, settings.LABS_MACHINE_S_PER_DAY)]
    if owner.user is None and owner.origin_digest:
        # A guest who throws the session's cookie away is a new owner.
        guests = LabRun.objects.filter(owner=None, origin_digest=owner.origin_digest)
        most_s = settings.LABS_MACHINE_S_PER_DAY_AND_ADDRESS
        limits.append(("The runs from your address", guests, most_s))
    found = [_over(*limit, length_s) for limit in limits]
    return max(
        filter(None, found),
        key=lambda one: one.retry_after_s or math.inf,
        default=None,
    )


def _over(
    whose: str, runs: LabRunQuerySet, most_s: float, length_s: float
) -> Refusal | None:
    if length_s > most_s:
        return Refusal(
            f"This run may take {length_s / 60:.0f} min, and {most_s / 60:.0f} min of "
            "machine time a day are the most there are",
            None,
        )
    # A run that ended before it began had nothing of the machine.
    began = ~Q(finished_at__isnull=False, started_at=None)
    today = _of_today(runs.filter(began))
    excess_s = sum(seconds for _, seconds in today) + length_s - most_s
    # What asks for no length asks whether there is anything left.
    if excess_s < 0 or (excess_s == 0 and length_s):
        return None
    sentence = (
        f"{whose} have had {(excess_s + most_s - length_s) / 60:.0f} min of machine "
        f"time within a day, and {most_s / 60:.0f} min are the most there are"
    )
    for made_at, seconds in today:
        excess_s -= seconds
        if excess_s < 0 or (excess_s == 0 and length_s):
            return Refusal(sentence, _until_forgotten(made_at))
    return Refusal(sentence, _whole(_DAY.total_seconds()))


def _of_today(runs: LabRunQuerySet) -> list[tuple[datetime, float]]:
    """Return when runs of the last day were asked for, and how long they may take."""
    today = runs.filter(created_at__gt=timezone.now() - _DAY)
    return list(today.order_by("created_at").values_list("created_at", "planned_s"))


def _until_forgotten(made_at: datetime) -> int:
    return _whole((made_at + _DAY - timezone.now()).total_seconds())


# --- the queue -----------------------------------------------------------------------


def position(run: LabRun) -> dict[str, int] | None:
    """Return {position, expected_wait_s} of a waiting run; None for any other."""
    if run.status != "queued":
        return None
    rows, wait_s = LabRun.objects.in_turn(), _remaining_s()
    for number, row in enumerate(rows, start=1):
        if row["pk"] == run.pk:
            return {"position": number, "expected_wait_s": round(wait_s)}
        wait_s += _length_s(row["planned_s"])
    # It was claimed a moment ago.
    return {"position": 1, "expected_wait_s": 0}


def _waits() -> Iterable[tuple[float, float]]:
    """Yield (seconds until it ends, its length) of each waiting run, in their order."""
    end_s = _remaining_s()
    for row in LabRun.objects.in_turn():
        length_s = _length_s(row["planned_s"])
        end_s += length_s
        yield end_s, length_s


def _ends(is_wanted) -> list[float]:
    """Return in how many seconds the wanted unfinished runs end."""
    rows = LabRun.objects.under_way().values("pk", "planned_s", "started_at")
    under_way = [_left_s(row) for row in rows if is_wanted(row)]
    waits = zip(LabRun.objects.in_turn(), _waits(), strict=False)
    return [*under_way, *(end_s for row, (end_s, _) in waits if is_wanted(row))]


def _remaining_s() -> float:
    """Return in how many seconds the machine is free for the first that waits."""
    rows = LabRun.objects.under_way().values("planned_s", "started_at")
    return sum(map(_left_s, rows))


def _left_s(row) -> float:
    ran_s = (timezone.now() - (row["started_at"] or timezone.now())).total_seconds()
    return max(1.0, _length_s(row["planned_s"]) - ran_s)


def _length_s(planned: float) -> float:
    """Return how long a run probably takes; some rows have no plan."""
    return planned or typical_s()


def typical_s() -> float:
    """Return the median length of the last runs on this host, in seconds."""
    rows = LabRun.objects.filter(finished_at__isnull=False, started_at__isnull=False)
    spans = rows.order_by("-finished_at").values_list("started_at", "finished_at")
    lengths = sorted(
        (end - start).total_seconds()
        for start, end in spans[:_LEARN_FROM]
        if start and end
    )
    return lengths[len(lengths) // 2] if lengths else _TYPICAL_S
