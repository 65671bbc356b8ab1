"""Content files: what a good one holds, and what is said about a bad one."""

from pathlib import Path

import pytest

from models_catalog.files import reader, references
from models_catalog.files.format import MAX_BYTES, ContentError
from models_catalog.files.kinds import Content, ModelPage, ServerPage
from tests.catalog import bundle

MODEL = """---
slug: pooled
title: A pool
summary: Many workers.
unit_of_concurrency: a process
io_style: blocking
limit: the pool
parent: families
order: 20
---

## The idea

Many hands.
"""
SERVER = """---
slug: httpd
name: The server
concurrency_model: pooled
summary: It serves.
---
Text.
"""


def parse(text: str | bytes, kind: type = ModelPage):
    data = text if isinstance(text, bytes) else text.encode()
    return reader.parse(data, Path("pages/pooled.md"), kind)


def fault(text: str | bytes, kind: type = ModelPage) -> ContentError:
    with pytest.raises(ContentError) as caught:
        parse(text, kind)
    return caught.value


def write_pages(folder: Path, models: dict[str, str], servers: dict[str, str]) -> None:
    for name, text in models.items():
        path = folder / "models" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    for name, text in servers.items():
        path = folder / "servers" / name / "catalog.md"
        path.parent.mkdir(parents=True)
        path.write_text(text)


def read(folder: Path) -> Content:
    return reader.read_all(folder, folder / "servers")


FAMILY = MODEL.replace("pooled", "families").replace("parent: families\n", "")


class TestGoodFiles:
    def test_a_model_has_what_its_file_says(self):
        page = parse(MODEL)
        assert (page.slug, page.parent_slug, page.order) == ("pooled", "families", 20)
        assert page.body == "## The idea\n\nMany hands."

    def test_what_may_be_left_out_has_a_default(self):
        page = parse(SERVER, ServerPage)
        assert (page.homepage, page.order) == ("", 100)
        assert page.concurrency_model_slug == "pooled"

    def test_line_ends_of_another_system_are_read(self):
        page = parse(MODEL.replace("\n", "\r\n"))
        assert (page.title, page.limit) == ("A pool", "the pool")

    def test_a_line_of_dashes_in_the_text_ends_nothing(self):
        assert parse(MODEL + "\n---\n\nMore.\n").body.endswith("---\n\nMore.")

    @pytest.mark.parametrize(
        "title", ["null", "yes", "12", "a: b", "# no comment", "'", 'Ä "quoted"', "- x"]
    )
    def test_what_is_written_is_read_back(self, title):
        values = reader.as_values(parse(MODEL)) | {"title": title, "limit": title}
        assert reader.as_values(parse(reader.write(values, ModelPage))) == values


class TestMalformedFiles:
    @pytest.mark.parametrize(
        "change, line, said",
        [
            (("---\nslug", "slug"), 1, "must begin with a line of ---"),
            (("20\n---\n", "20\n"), 1, "has no end: a line of --- is missing"),
            (("title: A pool", "title: [A"), 4, "malformed front matter"),
            (("title: A", "title: A: B"), 3, "malformed front matter"),
            (
                ("title: A pool", "title: 2020-13-45"),
                1,
                "front matter: month must",
            ),
            (("limit: ", "limits: "), 7, "unknown key 'limits'; known: slug, title"),
            (
                ("order: 20", "order: soon"),
                9,
                "must be a whole number, not 'soon'",
            ),
            (("order: 20", "order: yes"), 9, "order must be a whole number, not True"),
            (("title: A pool", "title: 12"), 3, "title must be text, not 12"),
            (("parent: families", "parent: 7"), 8, "parent must be text, not 7"),
            (("limit: the pool\n", ""), 1, "missing: limit"),
            (("title: A pool", "title: ''"), 1, "missing: title"),
            (("slug: pooled", "slug: Pooled!"), 2, "'Pooled!' is not a slug"),
            (("## The idea\n\nMany hands.\n", "\n"), 11, "there is no text below"),
        ],
    )
    def test_file_line_and_fault_are_named(self, change, line, said):
        error = fault(MODEL.replace(*change))
        assert str(error).startswith(f"pages/pooled.md:{line}: ")
        assert said in error.message

    @pytest.mark.parametrize(
        "front, said",
        [
            ("just words", "the front matter must be lines of name: value"),
            ("- a\n- b", "the front matter must be lines of name: value"),
            ("", "the front matter must be lines of name: value"),
            ("[" * 1200, "malformed front matter: values are nested too deep"),
            ("[" * 200_000, "malformed front matter: values are nested too deep"),
            ("a: @b", "malformed front matter: found character '@' that cannot"),
            ("&a [*a]: b", "malformed front matter"),
            ("a: &a [*a]", "unknown key 'a'"),
        ],
    )
    def test_front_matter_that_is_no_table_of_names(self, front, said):
        assert fault(f"---\n{front}\n---\nText").message.startswith(said)

    def test_a_byte_order_mark_is_no_part_of_a_file(self):
        assert parse(b"\xef\xbb\xbf" + MODEL.encode()) == parse(MODEL)

    def test_bytes_that_are_no_text_are_found_by_their_line(self):
        error = fault(MODEL.encode() + b"\xff")
        assert (error.line, error.message) == (15, "is not UTF-8")

    def test_a_file_without_end_is_refused(self):
        assert "at most" in fault(MODEL + "x" * MAX_BYTES).message

    def test_a_server_without_a_model_is_incomplete(self):
        text = SERVER.replace("concurrency_model: pooled\n", "")
        assert fault(text, ServerPage).message == "missing: concurrency_model"


class TestPagesTogether:
    def test_all_files_are_read(self, tmp_path):
        write_pages(tmp_path, {"pooled": MODEL, "families": FAMILY}, {"httpd": SERVER})
        pages = read(tmp_path)
        assert [page.slug for page in pages.models] == ["families", "pooled"]
        assert pages.paths[ServerPage, "httpd"] == tmp_path / "servers/httpd/catalog.md"

    def test_private_folders_are_no_servers(self, tmp_path):
        write_pages(tmp_path, {"families": FAMILY}, {"_shared": SERVER, ".git": SERVER})
        assert read(tmp_path).servers == ()

    @pytest.mark.parametrize(
        "models, servers, said",
        [
            ({"a": FAMILY, "b": FAMILY}, {}, "slug 'families' is .*a.md's already"),
            ({"a": FAMILY}, {}, "a.md:2: slug 'families' must be 'a', as its file is"),
            ({"families": FAMILY}, {"h": SERVER}, "h/catalog.md:2: slug 'httpd' must"),
            ({"pooled": MODEL}, {}, "pooled.md:8: unknown model 'families'"),
            (
                {"families": FAMILY},
                {"httpd": SERVER},
                "catalog.md:4: unknown model 'pooled'",
            ),
            (
                {
                    "pooled": MODEL,
                    "families": FAMILY.replace("limit:", "parent: pooled\nlimit:"),
                },
                {},
                "pooled.md:8: 'pooled' is its own ancestor",
            ),
        ],
    )
    def test_pages_that_do_not_fit_together(self, tmp_path, models, servers, said):
        write_pages(tmp_path, models, servers)
        with pytest.raises(ContentError, match=said):
            read(tmp_path)

    def test_families_come_first_however_deep(self):
        last, middle, first = (
            ModelPage(slug, "t", "s", "u", "i", "l", "b", parent_slug=parent)
            for slug, parent in [("a", "b"), ("b", "c"), ("c", "")]
        )
        assert references.families_first([last, middle, first]) == [first, middle, last]


class TestFieldsOfKinds:
    @pytest.mark.parametrize(
        "file, change, line, said",
        [
            ("models/pool.md", ("unit: process", "unit: herd"), 8, "must be one of"),
            ("models/pool.md", ("[5, 0]", "[5]"), 12, "must be 2 numbers, not 1"),
            ("models/pool.md", ("[5, 0]", "[5, 101]"), 12, "between 0 and 100, not"),
            ("models/pool.md", ("[5, 0]", "[5, '0']"), 12, "must be a whole number"),
            ("models/pool.md", ("[5, 0]", "5"), 12, "must be a list of whole numbers"),
            ("servers/httpd.md", ("'2.4'", "2.4"), 7, "must be text, not 2.4"),
            ("servers/httpd.md", ("model: loop", "model: lop"), 11, "unknown model"),
            ("servers/httpd.md", ("role: answers", "task: x"), 9, "model and role"),
            ("servers/httpd.md", ("- model: pool", "- pool\n- model: pool"), 9, "name"),
            ("loads/slow.md", ("kind: attack", "kind: war"), 5, "one of attack, load"),
            ("glossary/worker.md", ("[workers, ", "[7, "), 5, "must be a list of text"),
            ("glossary/worker.md", ("definition:", "meaning:"), 4, "unknown key"),
            ("sources/kegel.md", ("1999", "'1999'"), 6, "must be a whole number"),
            ("sources/kegel.md", ("1999", "199"), 6, "between 1900 and 2100, not 199"),
            ("sources/kegel.md", ("year: 1999\n", ""), 1, "missing: year"),
            ("claims/pool-serves-n.md", ("loop]", "lop]"), 5, "did you mean 'loop'"),
            ("claims/pool-serves-n.md", ("[httpd]", "[ngx]"), 6, "unknown server"),
            ("claims/pool-serves-n.md", ("[slow]", "[fast]"), 7, "unknown load 'fast'"),
            ("claims/pool-serves-n.md", ("[kegel]", "[nobody]"), 8, "unknown source"),
            ("claims/pool-serves-n.md", ("[pool, l", "[loop, l"), 5, "a second time"),
            ("claims/pool-serves-n.md", ("0.5", ".inf"), 10, "text and numbers"),
            ("claims/pool-serves-n.md", ("0.5", "2020-01-01"), 10, "text and numbers"),
            ("claims/pool-serves-n.md", ("code: S3", "code: S3\ncode: S4"), 4, "first"),
        ],
    )
    def test_a_fault_is_named_with_its_line(self, tmp_path, file, change, line, said):
        folder = bundle.write(tmp_path, {file: change})
        with pytest.raises(ContentError) as caught:
            reader.read_all(folder, folder / "none")
        assert str(caught.value).startswith(f"{tmp_path}/{file}:{line}: ")
        assert said in caught.value.message

    def test_a_few_lines_without_end_are_refused(self, tmp_path):
        levels = [f"  - &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 8)]
        runs = "\n".join(["runs:", "- a:", "  - &l0 [x]", *levels, "expect:"])
        change = {"claims/pool-serves-n.md": ("expect:", runs)}
        text = bundle.FILES["claims/pool-serves-n.md"]
        own = text[text.index("runs:") : text.index("expect:")]
        folder = bundle.write(tmp_path, change)
        path = folder / "claims/pool-serves-n.md"
        path.write_text(path.read_text().replace(own, "", 1))
        with pytest.raises(ContentError, match="too many values, or too deep"):
            reader.read_all(folder, folder / "none")

    def test_a_text_of_five_megabytes_is_refused(self, tmp_path):
        folder = bundle.write(tmp_path)
        path = folder / "loads/slow.md"
        path.write_text(path.read_text() + "x" * 5 * 1024 * 1024)
        with pytest.raises(ContentError, match=r"slow.md:1: must be at most 1048576"):
            reader.read_all(folder, folder / "none")

    @pytest.mark.parametrize("name", sorted(bundle.FILES))
    def test_a_slug_can_be_given_once(self, tmp_path, name):
        folder = bundle.write(tmp_path)
        copy = (folder / name).with_name("zz.md")
        copy.write_text(bundle.FILES[name])
        with pytest.raises(ContentError, match=r"zz.md:2: slug .* already"):
            reader.read_all(folder, folder / "none")

    def test_so_can_the_code_of_a_claim(self, tmp_path):
        folder = bundle.write(tmp_path)
        text = bundle.FILES["claims/pool-serves-n.md"]
        text = text.replace("slug: pool-serves-n", "slug: zz")
        (folder / "claims/zz.md").write_text(text)
        with pytest.raises(ContentError, match=r"zz.md:3: code 'S3' is .* already"):
            reader.read_all(folder, folder / "none")
