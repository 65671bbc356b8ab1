"""Rows that are edited below a page in the admin: sources it cites, its servers."""

import pytest
from django.contrib.auth.models import Permission

from models_catalog.models import Claim, ConcurrencyModel, Server, Source
from tests.catalog.forms import opened

pytestmark = pytest.mark.django_db


class TestRowsBelow:
    """Of a model's form: one source is cited, one server follows it."""

    YEAR = "cited_sources-0-year"
    NEW = {
        "cited_sources-1-slug": "seda",
        "cited_sources-1-title": "SEDA",
        "cited_sources-1-authors": "Welsh",
        "cited_sources-1-year": "2001",
        "cited_sources-1-kind": "paper",
        "cited_sources-1-status": "published",
        "cited_sources-TOTAL_FORMS": "2",
    }

    @pytest.fixture
    def model(self, small):
        return ConcurrencyModel.objects.get(slug="pool")

    def test_a_source_that_it_cites_is_edited(self, save, model, admin_user):
        assert save(model, **{self.YEAR: "1998"}).status_code == 302
        source = Source.objects.get()
        newest = source.history.first()
        assert (source.year, newest.year) == (1998, 1998)
        assert newest.history_user == admin_user

    def test_also_where_the_text_cites_it_no_more(self, save, admin_client, model):
        assert save(model, body="Else.", **{self.YEAR: "1998"}).status_code == 302
        assert Source.objects.get().year == 1998
        assert "cited_sources-0-id" not in opened(
            admin_client, ConcurrencyModel, model.pk
        )

    def test_a_claim_has_those_that_state_it(self, save, small):
        claim = Claim.objects.get()
        claim.sources.set(Source.objects.all())
        assert save(claim, **{self.YEAR: "1998"}).status_code == 302
        assert Source.objects.get().year == 1998

    def test_a_new_one_is_written_there(self, save, admin_client, model):
        assert save(model, **self.NEW, body="Staged [@seda].").status_code == 302
        assert Source.objects.get(slug="seda").year == 2001
        assert opened(admin_client, ConcurrencyModel, model.pk)[
            "cited_sources-0-slug"
        ] == ["seda"]

    def test_what_is_wrong_with_one_is_said_and_nothing_saved(self, save, model):
        answer = save(model, summary="Else.", **{self.YEAR: "1066"})
        assert answer.status_code == 200
        assert "greater than or equal to 1900" in answer.content.decode()
        assert ConcurrencyModel.objects.get(slug="pool").summary != "Else."

    def test_somebody_else_s_change_to_one_is_not_overwritten(self, save, other, model):
        mine = opened(other, ConcurrencyModel, model.pk)
        save(model, **{self.YEAR: "1998"})
        answer = save(model, other, mine, **{self.YEAR: "2000"})
        assert "Somebody else has saved this" in answer.content.decode()
        assert Source.objects.get().year == 1998

    def test_who_may_not_change_sources_changes_none(
        self, save, client, django_user_model, model
    ):
        user = django_user_model.objects.create_user("mia", is_staff=True)
        words = ("view_source", "change_concurrencymodel", "view_concurrencymodel")
        user.user_permissions.set(Permission.objects.filter(codename__in=words))
        client.force_login(user)
        data = opened(client, ConcurrencyModel, model.pk)
        source = {"cited_sources-0-id": str(Source.objects.get().pk)} | self.NEW
        sent = data | source | {self.YEAR: "1998"}
        assert save(model, client, sent, summary="Else.").status_code == 302
        assert ConcurrencyModel.objects.get(slug="pool").summary == "Else."
        assert [source.year for source in Source.objects.all()] == [1999]
        assert Source.objects.count() == 1

    def test_a_scheduled_server_needs_a_time_there_too(self, save, model):
        rows = {"servers-0-status": "scheduled"}
        answer = save(model, **rows)
        assert "A scheduled page needs a time" in answer.content.decode()
        when = {"servers-0-publish_at_0": "2030-01-02"}
        when["servers-0-publish_at_1"] = "03:04:00"
        assert save(model, **rows, **when).status_code == 302
        assert Server.objects.get().status == "scheduled"
