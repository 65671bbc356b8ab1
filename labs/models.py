"""Runs and what happened in them. Status is where a run is, verdict how it ended."""

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse

from labs.bench.claims.evidence import Standing
from labs.bench.contracts.events import Status, Verdict
from labs.bench.contracts.spec import Spec
from models_catalog.models import Claim, edition

UNFINISHED = [status for status in Status if not status.is_terminal]
UNDER_WAY = [status for status in UNFINISHED if status is not Status.QUEUED]


def _choices(words):
    return [(str(word), word.replace("_", " ").capitalize()) for word in words]


STANDINGS = _choices(Standing)


class LabRunQuerySet(models.QuerySet["LabRun"]):
    def update(self, **changes):
        """Update rows, of which no signal tells; pages leave hidden runs out."""
        count = super().update(**changes)
        if "visibility" in changes:
            edition.renew()
        return count

    # Django's own mark of what no template may call; the stubs do not have it.
    update.alters_data = True  # type: ignore[attr-defined]

    def queued(self):
        """Return runs that wait, the oldest first."""
        return self.filter(status=Status.QUEUED).order_by("created_at", "id")

    def under_way(self):
        """Return runs that a dispatcher has claimed and that have not ended."""
        return self.filter(status__in=UNDER_WAY)

    def unfinished(self):
        """Return runs that wait or are under way."""
        return self.filter(status__in=UNFINISHED)

    def finished(self):
        """Return runs that came to their end; each was given a verdict."""
        return self.filter(status=Status.FINISHED)

    def public_results(self):
        """Return finished runs that everybody may see: those a claim may rest on."""
        return self.finished().filter(
            visibility=LabRun.Visibility.LINK, result__isnull=False
        )

    def enqueue(self, owner, spec, key=None):
        """Return a new waiting run of a `bench.contracts.spec.Spec`.

        `key` comes with a form and makes a double click one run: where this owner has
        used it, that run is returned. Whether they may have one more is asked before
        (`permissions/quota.py`), the dispatcher is woken after, once for all new rows.
        """
        try:
            with transaction.atomic():
                return self.create(
                    owner=owner.user,
                    session_digest=owner.session_digest,
                    submission_key=key,
                    server=spec.server,
                    scenario=spec.scenario,
                    knobs=dict(spec.knobs),
                    params=dict(spec.params),
                    seed=spec.seed,
                )
        except IntegrityError:
            if key is None:
                raise
            # Somebody else's key is no way to their run.
            return self.submitted(owner, key) or self.enqueue(owner, spec)

    def submitted(self, owner, key):
        """Return the run that this owner has started with this key, if any."""
        return self.owned_by(owner).filter(submission_key=key).first() if key else None

    def owned_by(self, owner):
        """Return the runs of an `owners.Owner`."""
        # No digest is "-": guests without a session own nothing together.
        is_theirs = Q(owner=None, session_digest=owner.session_digest or "-")
        if owner.user is not None:
            is_theirs |= Q(owner=owner.user)
        return self.filter(is_theirs)

    def visible_to(self, owner):
        """Return the runs an owner may see: those with a link, their own, or all."""
        if owner.is_staff:
            return self
        is_theirs = Q(pk__in=LabRun.objects.owned_by(owner).values("pk"))
        return self.filter(is_theirs | Q(visibility=LabRun.Visibility.LINK))

    def for_lists(self):
        """Leave out the columns that can be megabytes."""
        return self.defer("result", "knobs", "params")


class LabRun(models.Model):
    """One run: what was asked for, where it is, and what came of it."""

    class Visibility(models.TextChoices):
        LINK = "link", "Everybody who has the address"
        PRIVATE = "private", "Only the owner and the staff"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="lab_runs",
    )
    session_digest = models.CharField(max_length=64, blank=True, db_index=True)
    visibility = models.CharField(
        max_length=8, choices=Visibility.choices, default=Visibility.LINK
    )
    submission_key = models.CharField(
        max_length=64, unique=True, null=True, blank=True, default=None
    )

    server = models.CharField(max_length=60, db_index=True)
    scenario = models.CharField(max_length=60, db_index=True)
    knobs = models.JSONField(default=dict, blank=True)
    params = models.JSONField(default=dict, blank=True)
    seed = models.BigIntegerField(default=1)

    status = models.CharField(
        max_length=10, choices=_choices(Status), default=str(Status.QUEUED)
    )
    phase = models.CharField(max_length=40, blank=True)
    sentence = models.TextField(blank=True)
    reason = models.CharField(max_length=40, blank=True)
    message = models.TextField(blank=True)
    verdict = models.CharField(
        max_length=12, choices=_choices(Verdict), null=True, blank=True
    )
    verdict_sentence = models.TextField(blank=True)
    result = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    last_seq = models.PositiveIntegerField(default=0)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    claim_token = models.CharField(max_length=32, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    stop_requested = models.BooleanField(default=False)

    objects = LabRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["status", "created_at"], name="labrun_queue"),
        ]
        verbose_name = "lab run"

    def __str__(self):
        return f"{self.scenario} on {self.server}, {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self):
        """Return the run's permanent address."""
        return reverse("labs:run_detail", args=[self.pk])

    @property
    def spec(self):
        """What the runner is asked to do."""
        return Spec(self.server, self.scenario, self.knobs, self.params, self.seed)

    @property
    def is_terminal(self):
        """Whether nothing more will happen to it."""
        return Status(self.status).is_terminal


class RunEvent(models.Model):
    """One event of a run, as it was shown. `seq` counts 1, 2, 3, ... without holes."""

    run = models.ForeignKey(LabRun, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    t_s = models.FloatField()
    type = models.CharField(max_length=10)
    payload = models.JSONField()

    class Meta:
        ordering = ["run", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["run", "seq"], name="runevent_seq_once"),
        ]

    def __str__(self):
        return f"{self.run_id} #{self.seq} {self.type}"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def update(self, **changes):
        """Update rows, of which no signal tells; catalog pages show them."""
        count = super().update(**changes)
        edition.renew()
        return count

    # Django's own mark of what no template may call; the stubs do not have it.
    update.alters_data = True  # type: ignore[attr-defined]

    def newest_first(self):
        """Return the newest first."""
        return self.order_by("-made_at", "-pk")

    def record(self, claim, found, runs):
        """Return a claim's newest evidence, stored now if it says something new.

        `found` is a bench.evidence.Evidence, `runs` are the rows it rests on.
        """
        newest = self.filter(claim=claim).newest_first().first()
        if newest is not None and newest.says(found, runs):
            return newest
        evidence = self.create(
            claim=claim,
            standing=str(found.standing),
            sentence=found.sentence,
            rows=found.rows_as_json(),
            versions=_versions(runs),
            host=_host(runs),
            flipped_from=self._flipped_from(claim, found),
        )
        evidence.runs.set(runs)
        return evidence

    def _flipped_from(self, claim, found):
        """Return what the last sure evidence said, where this one says the opposite."""
        if found.standing not in SURE:
            return ""
        sure = self.filter(claim=claim, standing__in=SURE).newest_first().first()
        if sure is None or sure.standing == found.standing:
            # What has flipped stays marked until a curator has seen it.
            return sure.flipped_from if sure and not sure.seen_at else ""
        return sure.standing


SURE = (Standing.HOLDS, Standing.REFUTED)


def _versions(runs):
    """Return the version of each server in the runs."""
    servers = (run.result["server"] for run in runs)
    return {server["name"]: server["version"] for server in servers}


def _host(runs):
    """Return which machine the newest run was made on; empty without any."""
    if not runs:
        return ""
    newest = max(runs, key=lambda run: run.finished_at)
    about = newest.result["environment"]
    return f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}"[:200]


class Evidence(models.Model):
    """How a claim stood when it was last judged, and the runs that say so.

    `flipped_from`: the last sure evidence said the opposite, this; until `seen_at`.
    """

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="evidence")
    standing = models.CharField(max_length=14, choices=STANDINGS)
    sentence = models.TextField()
    rows = models.JSONField()
    versions = models.JSONField(default=dict)
    host = models.CharField(max_length=200, blank=True)
    runs = models.ManyToManyField(LabRun, related_name="evidence", blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    flipped_from = models.CharField(max_length=14, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        indexes = [models.Index(fields=["claim", "made_at"], name="evidence_newest")]

    def __str__(self):
        return f"{self.claim.code}: {self.get_standing_display()}"

    @property
    def is_flipped(self):
        """Whether it says the opposite of what was sure, and nobody has looked."""
        return bool(self.flipped_from) and self.seen_at is None

    def says(self, found, runs):
        """Say whether new findings are the same, by the same runs."""
        stored = (self.standing, self.sentence, self.rows)
        if stored != (found.standing, found.sentence, found.rows_as_json()):
            return False
        return set(self.runs.values_list("pk", flat=True)) == {run.pk for run in runs}
