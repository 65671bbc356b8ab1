"""`catalog sync`: files to rows, and a curator's word above the files'."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

from models_catalog.files.kinds import Content, ModelPage, ServerPage
from models_catalog.models import ConcurrencyModel, Server
from models_catalog.sync import sync
from tests.catalog.forms import address, opened

pytestmark = pytest.mark.django_db

FAMILY = ModelPage("pools", "Pools", "Many.", "a worker", "blocking", "the pool", "B")
MODEL = replace(FAMILY, slug="forks", title="Forks", parent_slug="pools")
SERVER = ServerPage("httpd", "Httpd", "forks", "It serves.", "Old text.")


def pages(*models: ModelPage, servers: tuple[ServerPage, ...] = ()) -> Content:
    return Content(models, servers)


ALL = pages(MODEL, FAMILY, servers=(SERVER,))


def actions(content: Content) -> dict[str, str]:
    return {change.page: change.action for change in sync.sync(content)}


def with_server(**changes) -> Content:
    return replace(ALL, servers=(replace(SERVER, **changes),))


class TestFilesToRows:
    def test_rows_are_made_with_everything_in_the_files(self):
        assert set(actions(ALL).values()) == {"created"}
        model, server = ConcurrencyModel.objects.get(slug="forks"), Server.objects.get()
        assert (model.title, model.parent.slug) == ("Forks", "pools")
        assert (server.name, server.concurrency_model) == ("Httpd", model)
        assert server.status == Server.Status.PUBLISHED

    def test_a_second_time_nothing_is_written(self):
        sync.sync(ALL)
        before = [*ConcurrencyModel.objects.values(), *Server.objects.values()]
        assert set(actions(ALL).values()) == {"unchanged"}
        assert [*ConcurrencyModel.objects.values(), *Server.objects.values()] == before

    def test_a_changed_file_changes_its_row_alone(self):
        sync.sync(ALL)
        assert actions(with_server(body="New text.")) == {
            "model pools": "unchanged",
            "model forks": "unchanged",
            "server httpd": "updated",
        }
        assert Server.objects.get().body == "New text."
        assert Server.objects.get().history.count() == 2

    def test_white_space_at_the_ends_is_no_change(self):
        sync.sync(ALL)
        assert actions(with_server(body="Old text.\n"))["server httpd"] == "unchanged"

    def test_families_of_any_depth_are_made_in_order(self):
        deep = replace(MODEL, slug="a-pool", parent_slug="forks")
        assert list(actions(pages(deep, MODEL, FAMILY))) == [
            "model pools",
            "model forks",
            "model a-pool",
        ]

    def test_a_fault_half_way_leaves_no_row(self):
        orphan = replace(SERVER, slug="orphan", concurrency_model_slug="nowhere")
        with pytest.raises(ConcurrencyModel.DoesNotExist):
            sync.sync(replace(ALL, servers=(SERVER, orphan)))
        assert not ConcurrencyModel.objects.exists()


class TestCuratorWins:
    @pytest.fixture
    def curator(self, admin_client):
        """Save a row's form in the admin as a browser sends it, with some changes."""
        sync.sync(ALL)

        def save(row, **changes):
            data = opened(admin_client, type(row), row.pk)
            data |= {name: [value] for name, value in changes.items()}
            data["body"] = [data["body"][0].replace("\n", "\r\n")]
            url = address(type(row), "change", row.pk)
            assert admin_client.post(url, data).status_code == 302

        return save

    def test_an_edit_stays_while_the_file_stays(self, curator):
        curator(Server.objects.get(), body="Mine.")
        assert actions(ALL)["server httpd"] == "kept"
        assert Server.objects.get().body == "Mine."

    def test_an_edit_stays_when_the_file_changes(self, curator):
        curator(Server.objects.get(), summary="My words.")
        assert actions(with_server(body="New text."))["server httpd"] == "kept"
        assert Server.objects.get().summary == "My words."

    def test_another_parent_is_an_edit_too(self, curator):
        curator(ConcurrencyModel.objects.get(slug="forks"), parent="")
        assert actions(ALL)["model forks"] == "kept"

    def test_saving_without_a_change_is_no_edit(self, curator):
        sync.sync(with_server(body="One.\n\nTwo."))
        curator(Server.objects.get())
        assert Server.objects.get().is_as_in_file
        assert actions(with_server(body="Three."))["server httpd"] == "updated"

    def test_hiding_a_page_is_no_edit_and_lasts(self, curator):
        curator(Server.objects.get(), status="draft")
        assert actions(with_server(body="New text."))["server httpd"] == "updated"
        assert Server.objects.get().status == "draft"

    def test_an_edit_undone_follows_the_file_again(self, curator):
        curator(Server.objects.get(), body="Mine.")
        curator(Server.objects.get(), body="Old text.")
        assert actions(with_server(body="New text."))["server httpd"] == "updated"

    def test_an_edit_that_reached_the_file_is_in_step_again(self, curator):
        curator(Server.objects.get(), body="Mine.")
        assert actions(with_server(body="Mine."))["server httpd"] == "unchanged"
        assert actions(with_server(body="Ours."))["server httpd"] == "updated"

    def test_a_page_written_here_is_never_the_files(self, curator):
        model = ConcurrencyModel.objects.get(slug="forks")
        Server.objects.create(slug="new", name="New", concurrency_model=model)
        theirs = replace(SERVER, slug="new")
        assert actions(replace(ALL, servers=(theirs,)))["server new"] == "kept"
        assert Server.objects.get(slug="new").name == "New"


class TestCommand:
    @pytest.fixture
    def files(self, settings, tmp_path) -> Path:
        """A content folder with a model and a server."""
        settings.CATALOG_CONTENT_DIR = tmp_path
        settings.CATALOG_SERVER_PAGES = tmp_path / "servers"
        sync.sync(ALL)
        sync.export(tmp_path)
        for rows in (Server.objects, ConcurrencyModel.objects.exclude(parent=None)):
            rows.all().delete()
        ConcurrencyModel.objects.all().delete()
        return tmp_path

    def run(self) -> list[str]:
        output = StringIO()
        call_command("catalog", "sync", stdout=output)
        return output.getvalue().splitlines()

    def test_it_prints_what_changed(self, files):
        assert self.run() == [
            "created: model pools",
            "created: model forks",
            "created: server httpd",
            "3 pages are in the catalog's files",
        ]
        path = files / "servers/httpd.md"
        path.write_text(path.read_text().replace("Old text.", "New text."))
        assert self.run()[0] == "updated: server httpd"
        assert self.run() == ["3 pages are in the catalog's files"]

    def test_it_says_what_it_kept_and_why(self, files):
        self.run()
        Server.objects.update(summary="Mine.")
        assert self.run()[:2] == [
            "kept: server httpd",
            "kept: a curator changed it, and that wins",
        ]

    def test_a_malformed_file_changes_nothing_and_is_named(self, files):
        path = files / "models/forks.md"
        path.write_text(path.read_text().replace("limit:", "limits:"))
        with pytest.raises(CommandError, match=r"models/forks.md:\d: unknown key"):
            self.run()
        assert not ConcurrencyModel.objects.exists()

    @pytest.mark.parametrize(
        "change, said",
        [
            ("order: -1\nhomepage: ''", "httpd.md:6: order: Ensure this value is"),
            ("homepage: javascript:alert(1)", "httpd.md:6: homepage: Enter a valid"),
            (f"homepage: https://a.example/{'a' * 190}", ":6: homepage: Ensure this"),
        ],
    )
    def test_what_the_admin_would_refuse_is_refused(self, files, change, said):
        path = files / "servers/httpd.md"
        path.write_text(path.read_text().replace("---\n\nOld", f"{change}\n---\n\nOld"))
        with pytest.raises(CommandError, match=said):
            self.run()
        assert not Server.objects.exists()


class TestSiteFiles:
    def test_the_catalog_begins_with_the_sites_own_pages(self, seeded):
        assert {change.action for change in seeded} == {"created"}
        assert {change.action for change in sync.sync(sync.read())} == {"unchanged"}
        families = ConcurrencyModel.objects.filter(parent=None)
        assert families.count() >= 3 and Server.objects.count() >= 4


class TestTables:
    @pytest.mark.parametrize("action", [["sync"], ["export", "--to", "x"], ["index"]])
    def test_a_database_without_them_is_said_in_a_sentence(self, action):
        MigrationRecorder.Migration.objects.filter(app="models_catalog").delete()
        with pytest.raises(CommandError, match=r"lacks \d+ migrations.*manage.py migr"):
            call_command("catalog", *action)

    def test_files_are_checked_without_a_database(self):
        MigrationRecorder.Migration.objects.filter(app="models_catalog").delete()
        call_command("catalog", "check", stdout=StringIO())
