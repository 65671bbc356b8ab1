"""What the start page of the admin shows of the labs to those who operate them."""

from datetime import timedelta

from django import template
from django.utils import timezone

from labs.bench.contracts.events import Status
from labs.execution import host_status
from labs.models import LabRun

register = template.Library()

_RECENT = timedelta(days=1)


@register.inclusion_tag("labs/includes/_operating.html")
def labs_operating():
    """Show how the host is, what runs and waits, and what failed since yesterday."""
    recent = LabRun.objects.filter(created_at__gte=timezone.now() - _RECENT)
    return {
        "labs_status": host_status.labs_status(),
        "waiting": LabRun.objects.queued().count(),
        "under_way": LabRun.objects.under_way().count(),
        "failed": recent.filter(status__in=(Status.FAILED, Status.LOST)).count(),
    }
