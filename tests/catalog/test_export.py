"""`catalog export`: rows to files, and back again without a change."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from models_catalog import content, sync
from models_catalog.models import ConcurrencyModel, Server

pytestmark = pytest.mark.django_db


def read(folder) -> content.Content:
    return content.read_all(folder, folder / "servers")


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
