"""Writing pages in the admin: saving, previewing, and two people at one page."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from models_catalog.models import ROWS, Claim, ConcurrencyModel, Load, Server
from tests.catalog.forms import address, opened
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db


class TestSaving:
    @pytest.mark.parametrize(
        "kind", [ConcurrencyModel, Server, Load, Claim], ids=lambda kind: kind.__name__
    )
    def test_a_form_sent_untouched_changes_nothing(self, save, kind):
        row = kind.objects.first()
        before = row.content()
        assert save(row).status_code == 302
        assert kind.objects.get(pk=row.pk).content() == before

    @pytest.mark.parametrize("kind", ROWS.values(), ids=ROWS)
    def test_a_new_page_is_a_draft_unless_told_otherwise(self, admin_client, kind):
        assert opened(admin_client, kind)["status"] == ["draft"]

    @pytest.mark.parametrize(
        "text, said",
        [
            ("A.\r\n\r\n<script>x</script>", "Line 3: <script> is not shown"),
            ("[a](javascript:x)", "Line 1: a link must not lead to javascript:"),
        ],
    )
    def test_a_script_in_a_text_is_refused_with_its_line(self, save, text, said):
        load = Load.objects.get()
        answer = save(load, body=text)
        (told,) = answer.context["adminform"].form.errors["body"]
        assert answer.status_code == 200 and told.startswith(said)
        assert Load.objects.get().body == load.body

    def test_one_save_is_one_version_with_its_author(self, save, admin_user):
        claim = Claim.objects.get()
        versions = claim.history.count()
        model = ConcurrencyModel.objects.get(slug="loop")
        save(claim, statement="Else.", concurrency_models=[model.pk], loads=[])
        newest, before, *_ = claim.history.all()
        assert claim.history.count() == versions + 1
        assert newest.history_user == admin_user
        assert newest.concurrency_models.count() == 1 and newest.loads.count() == 0
        assert before.loads.count() == 1

    def test_a_role_is_edited_below_its_server_and_in_its_history(self, save):
        server = Server.objects.get()
        save(server, **{"server_roles-0-role": "answers quickly"})
        assert server.roles[0] == {"model": "pool", "role": "answers quickly"}
        roles = server.history.first().role_models.values_list("role", flat=True)
        assert "answers quickly" in roles

    def test_and_below_its_model_with_the_servers_history(self, save):
        server, model = Server.objects.get(), ConcurrencyModel.objects.get(slug="loop")
        versions = server.history.count()
        save(model, **{"server_roles-0-role": "waits"})
        assert {"model": "loop", "role": "waits"} in server.roles
        assert server.history.count() == versions + 1

    def test_a_claim_is_taken_from_a_page_there(self, save):
        claim, model = Claim.objects.get(), ConcurrencyModel.objects.get(slug="pool")
        name = "Claim_concurrency_models"
        save(model, **{f"{name}-0-DELETE": "on"})
        assert claim.model_slugs == ("loop",)
        assert claim.history.first().concurrency_models.count() == 1

    def test_a_scheduled_page_needs_a_time(self, save):
        load = Load.objects.get()
        answer = save(load, status="scheduled")
        assert answer.status_code == 200
        assert "A scheduled page needs a time" in answer.content.decode()
        when = {"publish_at_0": "2030-01-02", "publish_at_1": "03:04:00"}
        assert save(load, status="scheduled", **when).status_code == 302
        load.refresh_from_db()
        assert f"{load.publish_at:%Y-%m-%d %H:%M %Z}" == "2030-01-02 03:04 UTC"

    def test_the_list_says_when_in_utc(self, admin_client, small):
        at = timezone.now() + timedelta(days=1)
        Load.objects.update(status="scheduled", publish_at=at)
        text = admin_client.get(address(Load, "changelist")).content.decode()
        assert f"From {at:%Y-%m-%d %H:%M} UTC" in text


class TestConflict:
    def test_the_second_one_is_told_and_overwrites_nothing(self, save, other):
        server = Server.objects.get()
        mine = opened(other, Server, server.pk)
        save(server, body="Theirs.\r\nTwo lines.")
        answer = save(server, other, mine, body="Mine.")
        text = answer.content.decode()
        assert answer.status_code == 200 and "Somebody else has saved this" in text
        assert "<strong>admin</strong> saved it" in text
        server.refresh_from_db()
        assert server.body == "Theirs.\nTwo lines."

    def test_both_versions_are_shown_and_what_was_typed_is_kept(self, save, other):
        server = Server.objects.get()
        mine = opened(other, Server, server.pk)
        save(server, summary="Theirs.")
        answer = save(server, other, mine, summary="Mine.", version="9")
        sides = Page(answer.content).texts("pre")
        assert sides[:2] == ["Theirs.", "Mine."] and "9" in sides
        form = Page(answer.content)
        assert "Mine." in form.values("input", "value")

    def test_saving_again_after_having_seen_both_replaces_it(self, save, other):
        server = Server.objects.get()
        mine = opened(other, Server, server.pk)
        save(server, summary="Theirs.")
        answer = save(server, other, mine, summary="Mine.")
        (seen,) = (
            attributes["value"]
            for tag, attributes in Page(answer.content).tags
            if attributes.get("name") == "seen"
        )
        assert save(server, other, mine, summary="Mine.", seen=seen).status_code == 302
        versions = [version.summary for version in server.history.all()]
        assert versions[:3] == ["Mine.", "Theirs.", "It serves."]

    def test_a_third_save_in_between_is_noticed_too(self, save, other):
        server = Server.objects.get()
        mine = opened(other, Server, server.pk)
        save(server, summary="Theirs.")
        save(server, other, mine, summary="Mine.")
        save(server, summary="Theirs again.")
        answer = save(server, other, mine, summary="Mine.")
        assert "Theirs again." in Page(answer.content).texts("pre")

    def test_a_change_of_the_rows_below_counts(self, save, other):
        server = Server.objects.get()
        mine = opened(other, Server, server.pk)
        save(server, **{"server_roles-0-role": "theirs"})
        assert (
            save(server, other, mine, **{"server_roles-0-role": "mine"}).status_code
            == 200
        )
        assert server.roles[0]["role"] == "theirs"

    def test_a_change_to_a_relation_counts(self, save, other):
        claim = Claim.objects.get()
        mine = opened(other, Claim, claim.pk)
        save(claim, loads=[])
        assert save(claim, other, mine).status_code == 200
        assert claim.load_slugs == ()

    def test_a_form_that_does_not_say_what_was_seen_is_refused(self, save):
        server = Server.objects.get()
        assert save(server, summary="Mine.", seen="").status_code == 200
        assert Server.objects.get().summary == "It serves."

    def test_what_the_site_itself_remembers_is_no_conflict(self, save, other):
        server = Server.objects.get()
        mine = opened(other, Server, server.pk)
        Server.objects.update(synced_digest="0" * 64)
        assert save(server, other, mine, summary="Mine.").status_code == 302


class TestPreview:
    def preview(self, client, row, **changes):
        data = opened(client, type(row), row.pk) | changes
        return client.post(address(type(row), "preview", row.pk), data)

    def test_it_is_the_readers_page_with_what_is_typed(self, admin_client, small):
        model = ConcurrencyModel.objects.get(slug="pool")
        answer = self.preview(
            admin_client, model, title="Typed", body="## Also **typed** [@kegel]"
        )
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "Preview: nothing of this is saved" in text
        assert "<strong>typed</strong>" in text and "The C10K problem" in text
        names = [template.name for template in answer.templates]
        assert "models_catalog/model_detail.html" in names

    def test_nothing_is_saved(self, admin_client, small):
        model = ConcurrencyModel.objects.get(slug="pool")
        before = [model.content(), model.history.count()]
        self.preview(admin_client, model, title="Typed", slug="typed")
        model = ConcurrencyModel.objects.get(slug="pool")
        assert [model.content(), model.history.count()] == before
        assert "Typed" not in admin_client.get("/models/").content.decode()

    def test_roles_that_are_typed_are_in_it(self, admin_client, small):
        changes = {"server_roles-0-role": "juggles"}
        answer = self.preview(admin_client, Server.objects.get(), **changes)
        assert "juggles" in answer.content.decode()

    @pytest.mark.parametrize("kind", ["load", "claim", "source", "glossaryterm"])
    def test_every_kind_has_one(self, admin_client, small, kind):
        row = apps.get_model("models_catalog", kind).objects.first()
        answer = self.preview(admin_client, row, body="Typed **here**.")
        assert "<strong>here</strong>" in answer.content.decode()

    def test_a_draft_is_previewed_as_if_published(self, admin_client, small):
        Load.objects.update(status="draft")
        answer = self.preview(admin_client, Load.objects.get(), title="Typed")
        assert "Typed" in answer.content.decode()
        assert Load.objects.get().status == "draft"

    def test_a_new_page_can_be_previewed_before_it_is_saved(self, admin_client, small):
        data = opened(admin_client, Load) | {
            "title": "New",
            "slug": "new",
            "kind": "load",
            "summary": "s",
            "body": "b",
        }
        answer = admin_client.post(address(Load, "preview_new"), data)
        assert "<h1>New</h1>" in answer.content.decode()
        assert not Load.objects.filter(slug="new").exists()

    def test_what_cannot_be_shown_is_said(self, admin_client, small):
        answer = self.preview(admin_client, Load.objects.get(), title="", body="")
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "<strong>Title:</strong>" in text and "<strong>Body:</strong>" in text

    def test_a_link_to_it_is_none(self, admin_client, small):
        page = address(Load, "preview", Load.objects.get().pk)
        assert admin_client.get(page).status_code == 404


class TestWarnings:
    def test_the_form_names_what_is_missing(self, admin_client, small):
        model = ConcurrencyModel.objects.get(slug="loop")
        model.body = "![](/media/pictures/a.png) [x](/models/none/) [y](term:none)"
        model.save()
        page = admin_client.get(address(ConcurrencyModel, "change", model.pk))
        text = page.content.decode()
        assert "dead link /media" not in text
        for sentence in (
            "It cites no source",
            "It has no diagram",
            "A picture has no alternative text",
            "Line 1: dead link /models/none/",
            "Line 1: unknown term &#x27;none&#x27;",
        ):
            assert sentence in text

    def test_the_list_can_be_narrowed_to_pages_with_warnings(self, admin_client, small):
        Claim.objects.update(runs=[])
        page = address(Claim, "changelist")
        for word, count in (("yes", 1), ("no", 0)):
            found = admin_client.get(page, {"warnings": word}).context["cl"]
            assert found.result_count == count
        run = {"server": "single-thread", "scenario": "capacity"}
        Claim.objects.update(runs=[run])
        claim = Claim.objects.get()
        claim.evidence.create(standing="holds", sentence="It held", rows=[])
        found = admin_client.get(page, {"warnings": "no"}).context["cl"]
        assert found.result_count == 1

    def test_a_claim_without_evidence_is_told(self, admin_client, small):
        claim = Claim.objects.get()
        page = address(Claim, "change", claim.pk)
        sentence = "No run has given evidence yet"
        assert sentence in admin_client.get(page).content.decode()
        claim.evidence.create(standing="holds", sentence="It held", rows=[])
        assert sentence not in admin_client.get(page).content.decode()

    def test_a_text_of_five_megabytes_is_refused_in_words(self, save, small):
        answer = save(Load.objects.get(), body="x" * 5 * 1024 * 1024)
        assert answer.status_code == 200
        assert "at most 1048576 characters" in answer.content.decode()

    def test_the_list_takes_few_queries_however_long(
        self, admin_client, small, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(45):
            admin_client.get(address(Server, "changelist"))
        model = ConcurrencyModel.objects.first()
        for number in range(30):
            Server.objects.create(
                slug=f"s{number}",
                name="S",
                summary="s",
                body="b",
                concurrency_model=model,
            )
        with django_assert_max_num_queries(45):
            admin_client.get(address(Server, "changelist"))
