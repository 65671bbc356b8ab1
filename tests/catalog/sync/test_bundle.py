"""The zip of content files: out, and in again with nothing believed."""

import io
import stat
import zipfile

import pytest

from models_catalog.files.format import ContentError
from models_catalog.models import ROWS, Claim, ConcurrencyModel, Load, Server
from models_catalog.sync import bundle as bundles
from models_catalog.sync import incoming
from models_catalog.sync.zip_reader import BundleError
from tests.catalog.bundle import FILES

pytestmark = pytest.mark.django_db


def zipped(files: dict[str, str | bytes], **entry) -> io.BytesIO:
    """Return a zip; further keywords are set on each of its entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in entry.items():
                setattr(info, key, value)
            archive.writestr(info, text)
    file.seek(0)
    return file


def changed(name: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[name]
    return {name: FILES[name].replace(old, new)}


def actions(steps) -> dict[str, str]:
    return {step.name: step.action for step in steps}


def state() -> list:
    return [[*kind.objects.values()] for kind in ROWS.values()] + [
        kind.history.count() for kind in ROWS.values()
    ]


class TestOut:
    def test_it_is_what_export_writes_and_comes_in_unchanged(self, small):
        file = io.BytesIO()
        assert bundles.write(file) == 7
        file.seek(0)
        assert sorted(zipfile.ZipFile(file).namelist()) == sorted(FILES)
        steps = incoming.preview(bundles.read(file))
        assert {step.action for step in steps} == {"unchanged"} and len(steps) == 7


class TestIn:
    def test_an_empty_catalog_is_filled_with_drafts(self, db):
        steps = incoming.save(bundles.read(zipped(FILES)))
        assert {step.action for step in steps} == {"created"} and len(steps) == 7
        assert Claim.objects.get().model_slugs == ("loop", "pool")
        for kind in ROWS.values():
            assert {row.status for row in kind.objects.all()} == {"draft"}

    def test_a_part_of_the_catalog_may_name_the_rest(self, small):
        part = changed("claims/pool-serves-n.md", "serves N", "serves no more than N")
        steps = incoming.save(bundles.read(zipped(part)))
        assert actions(steps) == {"claims/pool-serves-n": "updated"}
        assert Claim.objects.get().statement == "A pool of N serves no more than N."

    def test_a_plan_says_what_changes_and_writes_nothing(self, small):
        before = state()
        part = changed("servers/httpd.md", "A server.", "Another server.")
        (step,) = incoming.preview(bundles.read(zipped(part)))
        signs = [(line.sign, line.text) for line in step.changes[0].lines]
        assert signs == [("-", "A server."), ("+", "Another server.")]
        assert state() == before

    def test_what_a_curator_changed_is_kept_unless_told_otherwise(self, small):
        server = Server.objects.get()
        server.body = "Mine."
        server.save()
        part = changed("servers/httpd.md", "A server.", "Another server.")
        pages = bundles.read(zipped(part))
        (step,) = incoming.save(pages)
        assert step.action == "kept" and step.changes[0].lines[0].text == "Mine."
        assert Server.objects.get().body == "Mine."
        (step,) = incoming.save(pages, replaced=["servers/httpd"])
        assert step.action == "updated"
        assert Server.objects.get().body == "Another server."

    def test_the_sites_own_files_do_not_take_it_away_again(self, small):
        part = changed("loads/slow.md", "An attack.", "Another attack.")
        incoming.save(bundles.read(zipped(part)))
        assert not Load.objects.get().is_as_in_file

    def test_the_history_says_where_it_came_from(self, small):
        part = changed("loads/slow.md", "An attack.", "Another attack.")
        incoming.save(bundles.read(zipped(part)))
        newest = Load.objects.get().history.first()
        assert newest.history_change_reason == "From a bundle of files"

    def test_a_model_below_a_family_that_is_only_a_row(self, small):
        part = {
            "models/child.md": FILES["models/loop.md"].replace(
                "slug: loop", "slug: child\nparent: pool"
            )
        }
        assert actions(incoming.save(bundles.read(zipped(part)))) == {
            "models/child": "created"
        }
        assert ConcurrencyModel.objects.get(slug="child").parent_slug == "pool"

    def test_a_folder_around_it_and_what_systems_add_do_not_matter(self, small):
        files = {f"catalog-2026/{name}": text for name, text in FILES.items()}
        files |= {"__MACOSX/catalog-2026/._x": "", "catalog-2026/.DS_Store": "x"}
        steps = incoming.preview(bundles.read(zipped(files)))
        assert {step.action for step in steps} == {"unchanged"}


class TestBrokenFiles:
    @pytest.mark.parametrize(
        "part, said",
        [
            (
                changed("loads/slow.md", "kind: attack", "kind: atack"),
                "loads/slow.md:5: kind must be one of attack, load, effect",
            ),
            ({"loads/x.md": "no front matter"}, "loads/x.md:1: must begin with"),
            ({"loads/x.md": b"\xff"}, "loads/x.md:1: is not UTF-8"),
            (
                changed("claims/pool-serves-n.md", "[slow]", "[slw]"),
                "claims/pool-serves-n.md:7: unknown load 'slw'; did you mean 'slow'?",
            ),
            (
                changed("claims/pool-serves-n.md", "slug: pool", "slug: a-pool"),
                "code 'S3' is catalog/claims/pool-serves-n's already",
            ),
            (
                changed("loads/slow.md", "An attack.", "<iframe src='x'></iframe>"),
                "loads/slow.md:8: <iframe> is not shown",
            ),
            (
                changed("claims/pool-serves-n.md", "capacity", "capasity"),
                "claims/pool-serves-n.md:10: Run 'apache-prefork': Unknown scenario",
            ),
            (
                changed("loads/slow.md", "title: Slow heads", f"title: {'x' * 130}"),
                "loads/slow.md:3: title: Ensure this value has at most 120",
            ),
            (
                dict.fromkeys(("loads/a.md", "loads/b.md"), FILES["loads/slow.md"]),
                "loads/b.md:2: slug 'slow' is loads/a.md's already",
            ),
        ],
    )
    def test_it_is_named_with_its_line_and_nothing_is_written(self, small, part, said):
        before = state()
        good = changed("servers/httpd.md", "A server.", "Another server.")
        with pytest.raises(ContentError, match=".") as error:
            incoming.save(bundles.read(zipped(good | part)))
        assert said in str(error.value)
        assert state() == before

    def test_all_faults_are_told_at_once(self, small):
        files = {
            **changed("loads/slow.md", "kind: attack", "kind: atack\norder: soon"),
            **changed("claims/pool-serves-n.md", "[slow]", "[slw]"),
            **changed("servers/httpd.md", "A server.", "<script>x</script>"),
            "loads/x.md": b"\xff",
        }
        with pytest.raises(ContentError) as error:
            bundles.read(zipped(files))
        places = [line.split(": ")[0] for line in str(error.value).splitlines()]
        assert sorted(places) == [
            "claims/pool-serves-n.md:7",
            *("loads/slow.md:5", "loads/slow.md:6", "loads/x.md:1"),
            "servers/httpd.md:14",
        ]

    def test_so_are_all_names_that_lead_nowhere(self, db):
        with pytest.raises(BundleError) as error:
            bundles.read(zipped({"../a.md": "", "b.py": "", "loads/c.md": ""}))
        assert len(str(error.value).splitlines()) == 2


class TestWarnings:
    def test_a_link_that_dies_is_told_with_its_line(self, small):
        Load.objects.update(body="[a](/models/gone/)")
        text = "[a](/models/gone/)\n\n[b](/models/no/) [c](/loads/slow-b/)"
        files = changed("loads/slow.md", "An attack.", text)
        other = FILES["loads/slow.md"].replace("slug: slow", "slug: slow-b")
        steps = incoming.preview(
            bundles.read(zipped(files | {"loads/slow-b.md": other}))
        )
        assert {step.slug: step.warnings for step in steps} == {
            "slow": ("loads/slow.md:10: dead link /models/no/",),
            "slow-b": (),
        }


class TestHostileZips:
    def refused(self, file, said):
        with pytest.raises(BundleError) as error:
            bundles.read(file)
        assert said in str(error.value)

    @pytest.mark.parametrize(
        "name, said",
        [
            ("../loads/x.md", "leads out of the bundle"),
            ("loads/../../x.md", "leads out of the bundle"),
            ("/etc/x.md", "leads out of the bundle"),
            ("loads\\x.md", "leads out of the bundle"),
            ("loads/x.py", "is no content file"),
            ("x.md", "is no content file"),
            ("loads/a/x.md", "is no content file"),
            ("settings/x.md", "is no content file"),
            ("loads/catalog/catalog.md", "is no content file"),
        ],
    )
    def test_names_that_lead_elsewhere(self, db, name, said):
        self.refused(zipped({name: "x"}), said)

    def test_a_link(self, db):
        mode = (stat.S_IFLNK | 0o777) << 16
        file = zipped(
            {"loads/x.md": "/etc/passwd"}, external_attr=mode, create_system=3
        )
        self.refused(file, "is a link")

    def test_a_file_that_unpacks_to_more_than_a_page(self, db):
        file = zipped({"loads/x.md": b"x" * (1024 * 1024 + 1)})
        assert len(file.getvalue()) < 5000
        self.refused(file, "loads/x.md must be at most 1048576 bytes; it is more")

    def test_many_files_that_unpack_to_more_than_a_catalog(self, db):
        page = b"x" * 1024 * 1024
        file = zipped({f"loads/x{number}.md": page for number in range(33)})
        assert len(file.getvalue()) < 100_000
        self.refused(file, "A bundle unpacks to at most 33554432 bytes")

    def test_more_files_than_a_catalog_has(self, db):
        file = zipped({f"loads/x{number}.md": "" for number in range(2001)})
        self.refused(file, "at most 2000 files, not 2001")

    def test_a_size_that_the_zip_only_claims(self, db):
        file = zipped({"loads/x.md": b"x" * (1024 * 1024 + 1)})
        data = bytearray(file.getvalue())
        # Of the central directory: that it unpacks to ten bytes.
        entry = data.rindex(b"PK\x01\x02")
        data[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
        with pytest.raises((BundleError, ContentError)):
            bundles.read(io.BytesIO(data))

    @pytest.mark.parametrize("cut", [0, 1, 30, -1, -10])
    def test_a_zip_that_is_broken(self, small, cut):
        data = zipped(FILES).getvalue()
        self.refused(io.BytesIO(data[:cut] if cut else b""), "no zip")

    def test_a_file_whose_bytes_were_changed(self, db):
        data = bytearray(zipped({"loads/x.md": FILES["loads/slow.md"]}).getvalue())
        data[60] ^= 0xFF
        self.refused(io.BytesIO(data), "This is no zip that can be read")

    def test_a_zip_with_a_password(self, db):
        data = bytearray(zipped({"loads/x.md": "x"}).getvalue())
        data[6] |= 1
        data[data.rindex(b"PK\x01\x02") + 8] |= 1
        self.refused(io.BytesIO(data), "cannot be unpacked")

    def test_the_same_file_twice(self, db):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive, pytest.warns(UserWarning):
            archive.writestr("loads/x.md", "a")
            archive.writestr("loads/x.md", "b")
        self.refused(file, "loads/x.md is in the bundle twice")

    def test_nothing_in_it(self, db):
        self.refused(zipped({}), "no content file")
