"""Runs in the admin: read, filter, stop. What happened in them is never edited."""

import json

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from labs.claims import publication
from labs.execution.cancellation import request_stop
from labs.models import Evidence, LabRun

_EDITABLE = ("visibility", "pinned")


@admin.register(LabRun)
class LabRunAdmin(admin.ModelAdmin):
    list_display = (
        "created_at",
        "scenario",
        "server",
        "status",
        "verdict",
        "owner",
        "reason",
    )
    list_filter = ("status", "verdict", "scenario", "server", "visibility", "pinned")
    search_fields = ("id", "server", "scenario", "message", "owner__username")
    date_hierarchy = "created_at"
    actions = ["stop"]
    fields = (
        ("scenario", "server", "seed"),
        ("status", "phase", "reason"),
        "message",
        ("verdict", "verdict_sentence"),
        ("owner", "visibility"),
        ("pinned", "stored_ticks"),
        ("created_at", "started_at", "finished_at", "heartbeat_at"),
        ("knobs", "params"),
        "result_text",
    )

    def get_queryset(self, request):
        """Leave the results out of the list: each can be megabytes."""
        runs = LabRun.objects.select_related("owner")
        is_list = request.resolver_match.url_name.endswith("changelist")
        return runs.for_lists() if is_list else runs

    def get_readonly_fields(self, request, obj=None):
        """Only who may see a run, and whether its ticks stay, can be changed."""
        names = [
            name
            for row in self.fields
            for name in ((row,) if isinstance(row, str) else row)
        ]
        return [name for name in names if name not in _EDITABLE]

    def has_add_permission(self, request):
        """Runs are started in the labs."""
        return False

    def save_model(self, request, obj, form, change):
        """Change who may see it and whether its ticks stay; claims look again."""
        LabRun.objects.filter(pk=obj.pk).update(pinned=obj.pinned)
        publication.show_to(obj, obj.visibility)

    @admin.display(description="result")
    def result_text(self, run):
        """Show the document without its series, which are for programs."""
        if run.result is None:
            return "none"
        if run.document is None:
            return run.result_fault
        short = {k: v for k, v in run.result.items() if k not in ("series", "events")}
        return format_html("<pre>{}</pre>", json.dumps(short, indent=1))

    @admin.action(description="Stop the selected runs", permissions=["change"])
    def stop(self, request, runs):
        """Cancel what waits, ask the rest to stop."""
        for run in runs.unfinished():
            request_stop(run, "An administrator cancelled it while it waited")


@admin.register(Evidence)
class EvidenceAdmin(admin.ModelAdmin):
    """How claims stood: read, and noted as seen where one has flipped."""

    list_display = ("claim", "standing", "flipped", "made_at", "host")
    list_filter = ("standing", ("seen_at", admin.EmptyFieldListFilter))
    list_select_related = ("claim",)
    search_fields = ("claim__code", "claim__statement", "sentence")
    actions = ["mark_seen"]
    fields = (
        "claim",
        ("standing", "flipped_from", "seen_at"),
        "sentence",
        "made_at",
        "host",
        "versions",
        "rows",
        "runs",
    )

    def has_add_permission(self, request):
        """Evidence comes from runs."""
        return False

    def has_change_permission(self, request, obj=None):
        """Nobody edits what was seen; that somebody has looked is an action."""
        return obj is None and super().has_change_permission(request)

    @admin.display(description="flipped", boolean=True)
    def flipped(self, evidence):
        """Whether it says the opposite of what was sure, and nobody has looked."""
        return evidence.is_flipped

    @admin.action(description="I have seen that these flipped", permissions=["change"])
    def mark_seen(self, request, rows):
        """Take the mark from the selected evidence, and from its pages."""
        rows.exclude(flipped_from="").update(seen_at=timezone.now())
