"""All kinds of pages: from files to rows, and back, without a change."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from models_catalog.files import reader
from models_catalog.models import (
    ROWS,
    Claim,
    ConcurrencyModel,
    GlossaryTerm,
    Load,
    Page,
    Server,
    Source,
)
from models_catalog.sync import sync
from tests.catalog import bundle

pytestmark = pytest.mark.django_db


def read(folder):
    return reader.read_all(folder, folder / "none")


def actions(pages) -> dict[str, str]:
    return {change.page: change.action for change in sync.sync(pages)}


def rows() -> list:
    return [[kind, *kind.objects.values()] for kind in ROWS.values()]


@pytest.fixture
def files(tmp_path):
    return bundle.write(tmp_path)


@pytest.fixture
def synced(files):
    sync.sync(read(files))
    return files


class TestSync:
    def test_every_kind_has_a_row_with_what_its_file_says(self, synced):
        model = ConcurrencyModel.objects.get(slug="pool")
        assert (model.unit, model.isolation, model.position) == (
            "process",
            "process",
            (5, 0),
        )
        server = Server.objects.get()
        assert (server.language, server.version) == ("C", "2.4")
        assert server.roles == (
            {"model": "pool", "role": "answers"},
            {"model": "loop", "role": "keeps idle connections"},
        )
        assert Load.objects.get().scenario == "slowloris"
        assert GlossaryTerm.objects.get().also == ["workers", "worker process"]
        assert Source.objects.get().year == 1999
        claim = Claim.objects.get()
        assert claim.model_slugs == ("loop", "pool")
        assert claim.runs[0]["knobs"] == {"processes": 4}

    def test_a_second_time_nothing_is_written(self, synced):
        before = rows()
        assert set(actions(read(synced)).values()) == {"unchanged"}
        assert rows() == before

    @pytest.mark.parametrize(
        "file, change, page",
        [
            ("models/pool.md", ("[5, 0]", "[5, 1]"), "model pool"),
            ("servers/httpd.md", ("keeps idle", "holds idle"), "server httpd"),
            ("loads/slow.md", ("kind: attack", "kind: load"), "load slow"),
            ("glossary/worker.md", ("[workers, ", "["), "term worker"),
            ("sources/kegel.md", ("1999", "2003"), "source kegel"),
            (
                "claims/pool-serves-n.md",
                ("[pool, loop]", "[pool]"),
                "claim pool-serves-n",
            ),
            (
                "claims/pool-serves-n.md",
                ("equals: 4", "equals: 8"),
                "claim pool-serves-n",
            ),
        ],
    )
    def test_a_changed_file_changes_its_row_alone(self, synced, file, change, page):
        changed = read(bundle.write(synced, {file: change}))
        done = actions(changed)
        assert done.pop(page) == "updated" and set(done.values()) == {"unchanged"}
        assert set(actions(changed).values()) == {"unchanged"}

    def test_slugs_in_another_order_are_no_change(self, synced):
        change = {"claims/pool-serves-n.md": ("[pool, loop]", "[loop, pool]")}
        pages = read(bundle.write(synced, change))
        assert set(actions(pages).values()) == {"unchanged"}

    def test_the_history_knows_the_roles_and_relations(self, synced):
        (newest, *_) = Server.objects.get().history.all()
        roles = newest.role_models.values_list("role", flat=True)
        assert list(roles) == ["answers", "keeps idle connections"]
        (newest, *_) = Claim.objects.get().history.all()
        assert newest.servers.count() == newest.sources.count() == 1


class TestCuratorWins:
    @pytest.mark.parametrize("kind", ROWS.values(), ids=ROWS)
    def test_a_changed_body_is_kept(self, synced, kind):
        row = kind.objects.first()
        row.body = "Mine."
        row.save()
        done = actions(read(synced))
        assert list(done.values()).count("kept") == 1
        assert kind.objects.get(pk=row.pk).body == "Mine."

    def test_so_is_a_changed_relation(self, synced):
        Claim.objects.get().servers.clear()
        assert actions(read(synced))["claim pool-serves-n"] == "kept"
        assert Claim.objects.get().server_slugs == ()

    def test_and_a_changed_role(self, synced):
        role = Server.objects.get().server_roles.last()
        role.role = "does nothing"
        role.save()
        assert actions(read(synced))["server httpd"] == "kept"

    @pytest.mark.parametrize("kind", ROWS.values(), ids=ROWS)
    def test_the_files_version_can_be_taken_again(self, synced, settings, kind):
        settings.CATALOG_CONTENT_DIR, settings.CATALOG_SERVER_PAGES = synced, synced
        before = kind.objects.first().content()
        row = kind.objects.first()
        row.body = "Mine."
        row.save()
        assert sync.take_file_version(row)
        row = kind.objects.get(pk=row.pk)
        assert row.content() == before and row.is_as_in_file


class TestExport:
    def test_what_is_exported_is_what_was_read(self, synced, tmp_path):
        sync.export(tmp_path / "out")
        ours, theirs = read(synced), read(tmp_path / "out")
        assert ours.pages() == theirs.pages() and len(ours.pages()) == 7

    def test_a_fresh_catalog_can_be_made_from_it(self, synced, tmp_path):
        before = {row: row.content() for row in Claim.objects.for_content()}
        sync.export(tmp_path / "out")
        for kind in reversed(ROWS.values()):
            kind.objects.all().delete()
        assert set(actions(read(tmp_path / "out")).values()) == {"created"}
        assert [row.content() for row in Claim.objects.all()] == [*before.values()]

    def test_a_curators_relation_reaches_the_file(self, synced, tmp_path):
        Claim.objects.get().concurrency_models.set([])
        sync.export(tmp_path / "out")
        assert read(tmp_path / "out").claims[0].model_slugs == ()


class TestScheduling:
    def scheduled(self, **ahead):
        kind, at = Page.Status.SCHEDULED, timezone.now() + timedelta(**ahead)
        Load.objects.update(status=kind, publish_at=at)
        return Load.objects.get()

    def test_a_page_appears_when_its_time_has_come(self, synced):
        assert self.scheduled(seconds=-1).is_published
        assert Load.objects.published().count() == 1

    def test_and_not_before(self, synced):
        assert not self.scheduled(hours=1).is_published
        assert Load.objects.published().count() == 0

    def test_without_a_time_it_never_does_and_cannot_be_saved(self, synced):
        Load.objects.update(status=Page.Status.SCHEDULED)
        load = Load.objects.get()
        assert not load.is_published and not Load.objects.published().exists()
        with pytest.raises(ValidationError, match="needs a time"):
            load.full_clean()

    def test_a_draft_with_a_time_stays_a_draft(self, synced):
        self.scheduled(seconds=-1)
        Load.objects.update(status=Page.Status.DRAFT)
        assert not Load.objects.published().exists()


class TestTraits:
    def test_half_a_position_is_refused(self, synced):
        model = ConcurrencyModel.objects.get(slug="pool")
        model.position_y = None
        with pytest.raises(ValidationError, match="both of its numbers"):
            model.full_clean()
        assert model.position == ()
