"""What a text holds that its readers will not be shown: told, with the line."""

import pytest

from models_catalog.markdown import unsafe

CODE = "; write HTML that is to be read as `code`"


def faults(text: str) -> list[str]:
    return [
        f"{line}: {what.removesuffix(CODE)}" for line, what in unsafe.faults_in(text)
    ]


class TestUnsafe:
    @pytest.mark.parametrize(
        "text, said",
        [
            ("<script>alert(1)</script>", "1: <script> is not shown"),
            ("<SCRIPT\nsrc='x'>", "1: <script> is not shown"),
            ("One.\r\n\r\nTwo <script>x</script>", "3: <script> is not shown"),
            ("One.\n<iframe src='x'></iframe>", "2: <iframe> is not shown"),
            ("| a |\n|---|\n| <img src='x'> |", "3: <img> is not shown"),
            ("<b onclick='x'>a</b>", "1: onclick is never carried out"),
            ("[a](javascript:x)", "1: a link must not lead to javascript:"),
            ("[a](java&#115;cript:x)", "1: a link must not lead to javascript:"),
            ("<JavaScript:x>", "1: a link must not lead to javascript:"),
            ("[a](data:text/html,x)", "1: a link must not lead to data:"),
            ("![a](//e.org/a.png)", "1: an image must be one of this site's own, not"),
            ("![a](data:image/png,x)", "1: an image must be one of this site's own, n"),
            ("- ![a][b]\n\n[b]: https://e.org/a.png", "1: an image must be one of th"),
        ],
    )
    def test_it_is_told_with_its_line(self, text, said):
        (found,) = faults(text)
        assert found.startswith(said)

    def test_links_by_reference_are_links(self):
        assert faults("[a][b]\n\n[b]: vbscript:x") == [
            "1: a link must not lead to vbscript:"
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "`<script>` and ``<iframe>``",
            "```\n<script>\n```\n\n    <script>",
            "A List<String> of <pid> with a < b",
            "[a](https://e.org) <https://e.org> [b](mailto:a@e.org) [c](term:loop)",
            "[a](/models/) [b](#here) [c](page.html) [@kegel]",
            "![a](/static/a.svg) ![b](/media/pictures/a.png)",
        ],
    )
    def test_what_is_shown_or_is_code_is_no_fault(self, text):
        assert faults(text) == []
