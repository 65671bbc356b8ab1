"""`catalog export`: rows to files, and back again without a change."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from models_catalog.files import reader
from models_catalog.files.format import ContentError
from models_catalog.files.kinds import Content
from models_catalog.models import Claim, ConcurrencyModel, Server
from models_catalog.sync import sync
from tests.catalog import bundle

pytestmark = pytest.mark.django_db


def read(folder) -> Content:
    return reader.read_all(folder, folder / "servers")


def rows() -> list[dict]:
    return [*ConcurrencyModel.objects.values(), *Server.objects.values()]


# What a curator may write, and YAML or Markdown may take for something else.
CHANGES = [
    {"name": "yes"},
    {"name": "1e3"},
    {"name": "~"},
    {"name": "'quoted': \"twice\" # not a comment"},
    {"summary": "A long one. " * 24},
    {"summary": "Ä–ø→漢 \U0001f40c"},
    {"body": "One.\r\n\r\n---\r\n\r\nslug: other\r\n"},
    {"body": "```\n---\n```\n\n| a |\n|---|"},
    {"homepage": "https://example.org/?a=b&c=d#e"},
    {"order": 0},
]


class TestRoundTrip:
    def test_the_sites_own_files_come_out_with_the_same_content(self, seeded, tmp_path):
        sync.export(tmp_path)
        ours, theirs = sync.read(), read(tmp_path)
        for group in ("models", "servers"):
            ours_of, theirs_of = (
                {page.slug: page for page in getattr(pages, group)}
                for pages in (ours, theirs)
            )
            assert ours_of == theirs_of

    def test_syncing_what_was_exported_changes_nothing(self, seeded, tmp_path):
        before = rows()
        sync.export(tmp_path)
        actions = {change.action for change in sync.sync(read(tmp_path))}
        assert actions == {"unchanged"} and rows() == before

    def test_a_curators_pages_survive_the_way(self, seeded, tmp_path):
        servers = [*Server.objects.order_by("slug")[: len(CHANGES)]]
        for server, changes in zip(servers, CHANGES, strict=True):
            for name, value in changes.items():
                setattr(server, name, value)
            server.save()
        before = [server.content() for server in servers]
        sync.export(tmp_path)
        changed = [c for c in sync.sync(read(tmp_path)) if c.action != "unchanged"]
        assert changed == []
        for server, content_before in zip(servers, before, strict=True):
            server.refresh_from_db()
            assert server.content() == content_before and server.is_as_in_file

    def test_drafts_are_exported_too(self, seeded, tmp_path):
        Server.objects.update(status=Server.Status.DRAFT)
        sync.export(tmp_path)
        assert len(read(tmp_path).servers) == Server.objects.count()

    def test_a_fresh_catalog_can_be_made_from_it(self, seeded, tmp_path):
        sync.export(tmp_path)
        before = {server.slug: server.content() for server in Server.objects.all()}
        Server.objects.all().delete()
        ConcurrencyModel.objects.exclude(parent=None).delete()
        ConcurrencyModel.objects.all().delete()
        sync.sync(read(tmp_path))
        assert {s.slug: s.content() for s in Server.objects.all()} == before


class TestCommand:
    def test_it_says_how_many_files_it_wrote(self, seeded, tmp_path):
        output = StringIO()
        call_command("catalog", "export", to=str(tmp_path / "new"), stdout=output)
        written = list(tmp_path.glob("new/**/*.md"))
        assert len(written) == len(seeded)
        assert output.getvalue().startswith(f"{len(written)} files were written to ")

    def test_a_folder_that_cannot_be_written_is_an_error_in_a_sentence(
        self, seeded, tmp_path
    ):
        (tmp_path / "file").write_text("")
        with pytest.raises(CommandError, match="Cannot write .*file"):
            call_command("catalog", "export", to=str(tmp_path / "file"))


LAB = bundle.FILES["servers/httpd.md"].replace("httpd", "labbed")


class TestInPlace:
    """Written back into the site's own files, of which only changed ones change."""

    @pytest.fixture
    def site(self, db, settings, tmp_path):
        """The small catalog as the site's own files; one server is a lab's."""
        folder = bundle.write(tmp_path / "content")
        (tmp_path / "labs/labbed").mkdir(parents=True)
        (tmp_path / "labs/labbed/catalog.md").write_text(LAB)
        settings.CATALOG_CONTENT_DIR = folder
        settings.CATALOG_SERVER_PAGES = tmp_path / "labs"
        sync.sync(sync.read())
        return tmp_path

    def bytes_of(self, site):
        return {
            path.relative_to(site).as_posix(): path.read_bytes()
            for path in site.rglob("*.md")
        }

    def changes(self, site, change, to="content"):
        """Return {file: (old lines, new lines)} of what a change of rows leads to."""
        before = self.bytes_of(site)
        change()
        written = sync.export(site / to)
        after = self.bytes_of(site)
        found = {n for n in after if after[n] != before.get(n)}
        assert found == {path.relative_to(site).as_posix() for path in written}
        return {name: differing(before.get(name, b""), after[name]) for name in found}

    def test_rows_that_are_as_their_files_leave_every_byte(self, site):
        assert self.changes(site, lambda: None) == {}

    def test_one_word_is_one_line_of_one_file(self, site):
        def change():
            Server.objects.filter(slug="httpd").update(summary="It serves well.")

        assert self.changes(site, change) == {
            "content/servers/httpd.md": (
                ["summary: It serves."],
                ["summary: It serves well."],
            )
        }

    def test_a_lab_servers_is_written_where_it_stands(self, site):
        def change():
            Server.objects.filter(slug="labbed").update(body="Another text.")

        found = self.changes(site, change)
        assert found == {"labs/labbed/catalog.md": (["A server."], ["Another text."])}
        assert [c for c in sync.sync(sync.read()) if c.action != "unchanged"] == []

    def test_a_key_more_and_a_key_less(self, site):
        def change():
            Server.objects.filter(slug="httpd").update(
                language="", homepage="https://example.org/"
            )

        assert self.changes(site, change) == {
            "content/servers/httpd.md": (
                ["language: C"],
                ["homepage: https://example.org/"],
            )
        }

    def test_lists_stay_as_people_write_them(self, site):
        def change():
            Claim.objects.get().concurrency_models.set(
                ConcurrencyModel.objects.filter(slug="loop")
            )

        assert self.changes(site, change) == {
            "content/claims/pool-serves-n.md": (
                ["models: [pool, loop]"],
                ["models: [loop]"],
            )
        }

    def test_comments_and_line_ends_stay(self, site):
        path = site / "content/models/loop.md"
        text = path.read_text().replace("limit: memory", "limit: memory\n# Why so\n")
        path.write_bytes(text.replace("\n", "\r\n").encode())

        def change():
            ConcurrencyModel.objects.filter(slug="loop").update(limit="files")

        found = self.changes(site, change)["content/models/loop.md"]
        assert found == (["limit: memory\r"], ["limit: files\r"])

    def test_a_new_page_is_a_new_file(self, site):
        def change():
            row = Server.objects.get(slug="httpd")
            row.pk, row.slug, row._state.adding = None, "new", True
            row.save()

        assert set(self.changes(site, change)) == {"content/servers/new.md"}

    def test_a_file_that_is_newer_than_its_row_is_not_taken_back(self, site):
        path = site / "content/models/loop.md"
        path.write_text(path.read_text().replace("Another.", "Newer."))
        assert self.changes(site, lambda: None) == {}

    def test_a_change_that_was_exported_and_undone_is_undone_in_the_file(self, site):
        server = Server.objects.filter(slug="httpd")
        self.changes(site, lambda: server.update(summary="Mine."))
        found = self.changes(site, lambda: server.update(summary="It serves."))
        assert set(found) == {"content/servers/httpd.md"}

    def test_a_file_that_cannot_be_read_is_named_and_nothing_is_written(self, site):
        (site / "content/models/loop.md").write_text("half written")
        Server.objects.update(summary="Mine.")
        ConcurrencyModel.objects.update(summary="Mine.")
        before = self.bytes_of(site)
        with pytest.raises(ContentError, match="loop.md:1: must begin with"):
            sync.export(site / "content")
        assert self.bytes_of(site) == before

    def test_elsewhere_the_sites_own_layout_is_kept(self, site):
        found = self.changes(site, lambda: None, to="else")
        assert len(found) == 8 and "else/servers/labbed/catalog.md" in found
        (unchanged,) = {
            (site / "else" / name).read_text() == text
            for name, text in bundle.FILES.items()
        }
        assert unchanged
        assert self.changes(site, lambda: None, to="else") == {}


def differing(before, after):
    """Return the lines that are in one text alone, for each of two."""
    old, new = before.decode().split("\n"), after.decode().split("\n")
    gone = [line for line in old if line not in new]
    return gone, [line for line in new if line not in old]
