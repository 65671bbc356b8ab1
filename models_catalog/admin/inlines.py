"""Rows that are edited below a page: roles of models, claims, servers."""

from django.contrib import admin

from models_catalog.models import Claim, Server, ServerRole


class RelatedInline(admin.TabularInline):
    """Rows that join a page to others; `history_owner` names whose history has them."""

    extra = 0
    history_owner: str | None = None

    def get_formset(self, request, obj=None, **options):
        """Note on the formset in which page's history its changes belong."""
        formset = super().get_formset(request, obj, **options)
        formset.history_owner = self.history_owner
        return formset

    def rows_of(self, page):
        """Return the rows that the form of a page shows and can change."""
        return self.model.objects.filter(**{self._relation: page})

    @property
    def _relation(self):
        """The name of the relation by which the rows belong to their page."""
        if self.fk_name:
            return self.fk_name
        (name,) = (
            field.name
            for field in self.model._meta.concrete_fields
            if field.related_model and field.related_model is self.parent_model
        )
        return name


class RolesOfServer(RelatedInline):
    """The roles that models play in a server."""

    model = ServerRole
    autocomplete_fields = ["concurrency_model"]


class ServersWithRole(RelatedInline):
    """The servers in which a model plays a role."""

    model = ServerRole
    autocomplete_fields = ["server"]
    history_owner = "server"
    verbose_name, verbose_name_plural = "role in a server", "roles in servers"


class ServersOfModel(RelatedInline):
    """The servers that follow a model, in a few words each."""

    model = Server
    fields = ("name", "summary", "order", "status", "publish_at")
    show_change_link = True
    can_delete = False
    verbose_name_plural = "servers that follow it"

    def has_add_permission(self, request, obj):
        """A new server needs a page of its own: its form is one link away."""
        return False


def claims_inline(relation):
    """Return an inline of the claims that a relation of Claim joins to a page."""

    class Claims(RelatedInline):
        model = getattr(Claim, relation).through
        autocomplete_fields = ["claim"]
        history_owner = "claim"
        verbose_name, verbose_name_plural = "claim", "claims about it"

        def has_add_permission(self, request, obj):
            return _may_edit_claims(request)

        def has_change_permission(self, request, obj=None):
            return _may_edit_claims(request)

        def has_delete_permission(self, request, obj=None):
            return _may_edit_claims(request)

        def has_view_permission(self, request, obj=None):
            return request.user.has_perm("models_catalog.view_claim")

    return Claims


def _may_edit_claims(request):
    return request.user.has_perm("models_catalog.change_claim")
