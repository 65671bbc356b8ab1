"""The feed of new evidence: what runs say of the catalog's claims."""

from django.contrib.syndication.views import Feed
from django.urls import reverse_lazy
from django.utils.feedgenerator import Atom1Feed

from labs.models import Evidence
from models_catalog.models import Claim

_MAX = 40


class NewEvidence(Feed):
    """Evidence of published claims, the newest first; what has flipped says so."""

    feed_type = Atom1Feed
    title = "Concsite: new evidence"
    subtitle = "How claims about server concurrency stand, each time that changes."
    link = reverse_lazy("catalog:claim_list")
    feed_url = reverse_lazy("labs:new_evidence")
    author_name = "Concsite"

    def items(self):
        """Return the newest evidence."""
        rows = Evidence.objects.filter(claim__in=Claim.objects.published())
        return rows.select_related("claim").newest_first()[:_MAX]

    def item_title(self, evidence):
        """Say which claim it is and how it stands."""
        stands = evidence.get_standing_display()
        if evidence.flipped_from:
            stands = f"{stands}, and was: {evidence.flipped_from}"
        return f"{evidence.claim.code}: {stands}. {evidence.claim.statement}"

    def item_description(self, evidence):
        """Return what was seen."""
        return f"{evidence.sentence}."

    def item_link(self, evidence):
        """Return the claim's page."""
        return evidence.claim.get_absolute_url()

    def item_guid(self, evidence):
        """Return an id of this evidence: a claim has several, one after the other."""
        # As a tag URI (RFC 4151) whose host is reserved for names that lead nowhere.
        day = f"{evidence.made_at:%Y-%m-%d}"
        return f"tag:concsite.invalid,{day}:evidence/{evidence.pk}"

    def item_pubdate(self, evidence):
        """Return when it was judged."""
        return evidence.made_at

    def item_updateddate(self, evidence):
        """Return the same: evidence is never rewritten."""
        return evidence.made_at

    def item_categories(self, evidence):
        """Let readers filter for claims that have flipped."""
        return ["flipped"] if evidence.flipped_from else [evidence.standing]
