"""Pages that visitors do not see yet, as the staff sees them at their own address."""

from django.db import transaction

from models_catalog.models import ROWS, Page


class StaffSeesDrafts:
    """Middleware: the address of a draft answers to who may view it in the admin.

    The page is published within a transaction that is rolled back, so that it looks as
    it will, and its views need not know of this. It says that only staff see it: the
    base template shows `request.staff_notice`.
    """

    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request):
        """Answer as without it; what it does is before the view."""
        return self._get_response(request)

    def process_view(self, request, view, args, options):
        """Answer with a draft; None for everything else, which goes its usual way."""
        kind = _kind_of(request)
        if kind is None or not may_view(request.user, kind):
            return None
        page = kind.objects.filter(slug=options["slug"]).first()
        if page is None or page.is_published:
            return None
        request.staff_notice = notice(page)
        with transaction.atomic():
            page.status, page.skip_history_when_saving = Page.Status.PUBLISHED, True
            page.save()
            answer = view(request, *args, **options)
            transaction.set_rollback(True)
        return answer


def _kind_of(request):
    """Return the kind of page that a request reads at its own address, or None."""
    if request.method not in ("GET", "HEAD"):
        return None
    name = request.resolver_match.view_name
    found = (kind for kind in ROWS.values() if kind.url_name == name)
    kind = next(found, None)
    return kind if "slug" in request.resolver_match.kwargs else None


def may_view(user, kind):
    """Tell whether somebody may view pages of a kind in the admin."""
    permission = f"{kind._meta.app_label}.view_{kind._meta.model_name}"
    return user.is_active and user.is_staff and user.has_perm(permission)


def notice(page):
    """Say who sees a page that is not published."""
    if page.status == Page.Status.SCHEDULED and page.publish_at is not None:
        when = f"{page.publish_at:%Y-%m-%d %H:%M}"
        return f"Scheduled for {when} UTC, until then only staff see this"
    return "Draft, only staff see this"
