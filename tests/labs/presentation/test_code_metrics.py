"""How long and how branched a program is: small programs, counted by hand."""

import pytest

from labs.presentation.code_metrics import branches, functions, source_lines

PROGRAM = '''\
"""What it is.

At some length.
"""

import sys  # for its arguments

TEXT = """one

two"""


def main(
    first,
    second,
):
    """Say it."""
    # Nothing to say.
    """Nor here, but this is no docstring."""
    print(first, second)


class Thing:
    """A thing."""

    size = 1
'''


class TestSourceLines:
    def test_comments_docstrings_and_blank_lines_are_none(self):
        # import; the text's two; def's four; the string and print; class and size
        assert source_lines(PROGRAM) == 1 + 2 + 4 + 2 + 2

    @pytest.mark.parametrize(
        "text, lines",
        [
            ("", 0),
            ("\n\n# nothing\n", 0),
            ('"""Only words."""\n', 0),
            ("a = 1; b = 2\n", 1),
            ("a = (\n    1,\n\n    # why\n    2,\n)\n", 4),
            ("def f(): 'words'\n", 1),
            ("def f():\n    'words'\n    'words'\n", 2),
            ("def f():\n    'some ' \\\n    'words'\n    return 1\n", 2),
            ('a = f"""{1}\n{2}"""\n', 2),
            ("a = 1 + \\\n    2\n", 2),
            ("@a\n@b\ndef f(): pass\n", 3),
            ("x = '''\n# no comment\n'''", 3),
        ],
    )
    def test_of_small_programs(self, text, lines):
        assert source_lines(text) == lines

    def test_what_is_no_python_is_refused(self):
        with pytest.raises(SyntaxError):
            source_lines("def (:")


class TestBranches:
    @pytest.mark.parametrize(
        "text, number",
        [
            ("a = 1", 0),
            ("if a: b", 1),
            ("if a: b\nelse: c", 1),
            ("if a: b\nelif c: d\nelse: e", 2),
            ("a if b else c", 1),
            ("for a in b: c\nelse: d", 1),
            ("while a: b", 1),
            ("async def f():\n    async for a in b: c", 1),
            ("try: a\nexcept B: c\nexcept D: e\nelse: f\nfinally: g", 2),
            ("a and b", 1),
            ("a and b and c or d", 3),
            ("not a", 0),
            ("[a for a in b]", 0),
            ("[a for a in b if c if d]", 2),
            ("{a: b for a in c if d and e}", 2),
            ("match a:\n    case 1: b\n    case _ if c: d", 2),
            ("with a as b: c", 0),
            ("def f():\n    def g():\n        if a: b", 1),
            ("'if a and b'  # or c", 0),
        ],
    )
    def test_of_small_programs(self, text, number):
        assert branches(text) == number


class TestFunctions:
    def test_each_has_its_line(self):
        text = "@d\ndef a(): pass\n\nclass B:\n    async def c(self): pass\n"
        assert functions(text) == {"a": 2, "c": 5}

    def test_of_one_name_the_first_counts(self):
        text = "class B:\n    def a(self): pass\ndef a(): pass\n"
        assert functions(text) == {"a": 2}
