"""Histories in the admin: what changed, who changed it, and the way back."""

import pytest

from models_catalog.admin.cloning import clone
from models_catalog.history.diff import DiffLine, between, lines
from models_catalog.models import Claim, ConcurrencyModel, GlossaryTerm, Load, Server
from tests.catalog.forms import address, opened
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db


def version_page(version) -> str:
    return address(
        version.instance_type, "simple_history", version.instance.pk, version.pk
    )


@pytest.fixture
def restore(admin_client):
    """Restore a version as the page of it does; return the answer."""

    def restore(version, seen=None):
        page = version_page(version)
        (known,) = (
            attributes["value"]
            for _, attributes in Page(admin_client.get(page).content).tags
            if attributes.get("name") == "seen"
        )
        return admin_client.post(page, {"seen": known if seen is None else seen})

    return restore


class TestDifferences:
    def test_lines_have_signs_and_a_little_around_them(self):
        old = "\n".join("abcdefghij")
        assert lines(old, old.replace("e", "E")) == (
            *(DiffLine("…", ""), DiffLine(" ", "c"), DiffLine(" ", "d")),
            *(DiffLine("-", "e"), DiffLine("+", "E")),
            *(DiffLine(" ", "f"), DiffLine(" ", "g"), DiffLine("…", "")),
        )

    def test_texts_that_are_the_same_have_none(self):
        assert lines("a\nb", "a\nb") == ()
        assert between({"Title": "a"}, {"Title": "a"}) == []

    def test_a_field_that_only_one_state_has_counts(self):
        (found,) = between({"Title": "a"}, {})
        assert found.label == "Title" and found.lines == (DiffLine("-", "a"),)


class TestNewRows:
    """However a row is made, its history begins with one version that has it all."""

    def test_one_made_in_a_form_with_its_roles(self, admin_client, admin_user, small):
        data = opened(admin_client, Server)
        pool = ConcurrencyModel.objects.get(slug="pool")
        data |= {
            **{"name": ["New"], "slug": ["new"], "summary": ["It."], "body": ["It."]},
            "concurrency_model": [str(pool.pk)],
            "server_roles-TOTAL_FORMS": ["1"],
            "server_roles-0-concurrency_model": [str(pool.pk)],
            "server_roles-0-role": ["answers"],
            "server_roles-0-order": ["0"],
        }
        assert admin_client.post(address(Server, "add"), data).status_code == 302
        (version,) = Server.objects.get(slug="new").history.all()
        assert version.history_type == "+" and version.history_user == admin_user
        assert version.role_models.get().role == "answers"

    @pytest.mark.parametrize("kind", [Claim, Server, Load, ConcurrencyModel])
    def test_one_read_from_a_file(self, kind, small):
        for row in kind.objects.all():
            (version,) = row.history.all()
            assert version.history_type == "+"

    def test_a_copy(self, small):
        (version,) = clone(Claim.objects.get()).history.all()
        assert version.history_type == "+" and version.servers.count() == 1

    def test_one_that_comes_back_goes_on_with_its_own(self, restore, small):
        claim = Claim.objects.get()
        pk = claim.pk
        claim.delete()
        gone, made = Claim.history.filter(id=pk)
        restore(made)
        again, *before = Claim.history.filter(id=pk)
        assert again.history_type == "+" and again.servers.count() == 1
        assert before == [gone, made]


class TestHistory:
    def test_it_tells_who_changed_which_line_and_when(
        self, admin_client, admin_user, small
    ):
        server = Server.objects.get()
        server.body = "A server.\n\nWith more."
        server._history_user = admin_user
        server.save()
        page = admin_client.get(address(Server, "history", server.pk))
        reading = Page(page.content)
        assert {"With more."} <= set(reading.texts("ins"))
        text = page.content.decode()
        assert "<strong>admin</strong>" in text and "<strong>the site</strong>" in text
        newest = server.history.first()
        assert f"{newest.history_date:%Y-%m-%d %H:%M:%S}" in text

    def test_relations_and_roles_are_part_of_it(self, admin_client, small):
        claim, server = Claim.objects.get(), Server.objects.get()
        claim.servers.clear()
        server.server_roles.all().delete()
        server.save()
        for row, gone in ((claim, "httpd"), (server, "pool: answers")):
            page = admin_client.get(address(type(row), "history", row.pk))
            assert gone in Page(page.content).texts("del")

    def test_a_page_that_was_deleted_still_has_one(self, admin_client, small):
        load = Load.objects.get()
        pk = load.pk
        Claim.objects.all().delete()
        load.delete()
        text = admin_client.get(address(Load, "history", pk)).content.decode()
        assert "It was deleted" in text and "The page was deleted." in text

    @pytest.mark.parametrize("path", ["99/history/", "99/history/1/", "x/history/"])
    def test_of_what_never_was_there_is_none(self, admin_client, small, path):
        page = address(Load, "changelist") + path
        assert admin_client.get(page).status_code == 404


class TestRestoring:
    def test_the_page_says_what_would_change(self, admin_client, small):
        load = Load.objects.get()
        load.title, load.body = "Other", "Other text."
        load.save()
        page = Page(admin_client.get(version_page(load.history.last())).content)
        assert {"Other", "Other text."} <= set(page.texts("del"))
        assert {"Slow heads", "An attack."} <= set(page.texts("ins"))

    def test_it_is_a_new_version_and_nothing_is_lost(self, restore, small, admin_user):
        load = Load.objects.get()
        load.body = "Other."
        load.save()
        answer = restore(load.history.last())
        assert answer.status_code == 302
        bodies = [version.body for version in load.history.all()]
        assert bodies[:2] == ["An attack.", "Other."]
        newest = load.history.first()
        assert newest.history_user == admin_user
        assert newest.history_change_reason.startswith("Restored from 2")

    @pytest.mark.parametrize(
        "then, now", [("draft", "published"), ("published", "draft")]
    )
    def test_readers_see_it_or_not_as_before(self, restore, small, then, now):
        load = Load.objects.get()
        load.status = then
        load.save()
        version = load.history.first()
        load.status, load.body = now, "Other."
        load.save()
        assert restore(version).status_code == 302
        load.refresh_from_db()
        assert (load.body, load.status) == ("An attack.", now)

    def test_its_page_does_not_promise_that_either(self, admin_client, small):
        load = Load.objects.get()
        version = load.history.first()
        load.status = "draft"
        load.save()
        text = admin_client.get(version_page(version)).content.decode()
        assert "This is how the page is now" in text

    def test_relations_come_back_with_it(self, restore, small):
        claim = Claim.objects.get()
        then = claim.history.first()
        claim.concurrency_models.clear()
        claim.sources.clear()
        assert restore(then).status_code == 302
        assert claim.model_slugs == ("loop", "pool")
        assert claim.source_slugs == ("kegel",)
        assert claim.history.first().concurrency_models.count() == 2

    def test_so_do_roles_with_their_words(self, restore, small):
        server = Server.objects.get()
        before, then = server.roles, server.history.first()
        server.server_roles.all().delete()
        server.save()
        restore(then)
        assert Server.objects.get().roles == before

    def test_a_deleted_page_comes_back_under_its_number(self, restore, small):
        term = GlossaryTerm.objects.get()
        pk, before = term.pk, term.content()
        then = term.history.first()
        term.delete()
        assert restore(then).status_code == 302
        restored = GlossaryTerm.objects.get(pk=pk)
        assert restored.content() == before and restored.status == "draft"

    def test_what_changed_in_between_is_not_overwritten(self, restore, small):
        load = Load.objects.get()
        load.body = "Other."
        load.save()
        answer = restore(load.history.last(), seen="0" * 32)
        assert answer.status_code == 409
        assert "Somebody has changed the page since" in answer.content.decode()
        assert Load.objects.get().body == "Other."

    def test_a_version_that_names_what_is_gone_is_refused(self, restore, small):
        claim = Claim.objects.get()
        then = claim.history.first()
        claim.loads.clear()
        Load.objects.get().delete()
        answer = restore(then)
        assert answer.status_code == 409
        text = answer.content.decode()
        assert "1 attack or load that it names was deleted" in text
        assert claim.load_slugs == () and claim.model_slugs == ("loop", "pool")

    def test_a_slug_that_another_page_has_now_is_refused(self, restore, small):
        one, two = ConcurrencyModel.objects.order_by("slug")
        then = one.history.first()
        ConcurrencyModel.objects.filter(pk=one.pk).update(slug="elsewhere")
        ConcurrencyModel.objects.filter(pk=two.pk).update(slug="loop")
        answer = restore(then)
        assert answer.status_code == 409
        assert "with this Slug already exists" in answer.content.decode()
