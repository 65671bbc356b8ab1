"""Texts that parsers have trouble with, for tests that all must get over."""

# Each is repeated up to a length.
PIECES = [
    *(
        "[",
        "![",
        "]",
        "[]",
        "[]()",
        "](",
        "](/",
        "](term:",
        "[@",
        "[@a",
        "[@a,",
        "[^a]",
    ),
    *("*a ", "_a*", "**a __", "`", "`a ``b ", "<", "<a ", "<!--", "<![CDATA[", "<?"),
    *(
        "> ",
        "- ",
        "1. ",
        "* * ",
        "# a\n",
        "a\n=\n",
        "---\n",
        "    a\n",
        "```\n",
        "~~~\n",
    ),
    *("|", "|a|b\n|-|-|\n", "a\n: b\n\n", "[a]: /b\n", "[a\n", "[^a]: b\n\n", "^["),
    *(" ", "\n", "\t", "\\", "&amp;", "&#1;", "((", '"a', "a@b.c ", "https://a "),
    *("<script ", "<a on", "<a onx  ", "[a](javascript:b) ", "![](//x)", "<b>"),
    *("\u202e", "\ufeff", "\x00", "\x01", "é", "\U0001f600", "%00", "../"),
]
# Once each, at the length given.
SHAPES = [
    *("[@a," + " {n}", "<div>\n<" + " {n}", "```\n" + " {n}" + "\n```", "![" + " {n}"),
]


def long_texts(length: int) -> dict[str, str]:
    """Return texts of about this length by a name."""
    found = {piece: (piece * (length // len(piece) + 1))[:length] for piece in PIECES}
    for shape in SHAPES:
        found[shape] = shape.replace(" {n}", " " * length)
    half = length // 2
    found["nested brackets"] = "[" * half + "a" + "]" * half
    found["nested stars"] = "*" * half + "a" + "*" * half
    found["wide table"] = (
        "|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n" + "a\n" * (length // 2)
    )
    found["nested lists"] = "\n".join("  " * n + "- a" for n in range(int(length**0.5)))
    found["python"] = "```python\n" + '"""' * (length // 3) + "\n```"
    return found


# What was once an error for everybody, or might well be.
TEXTS = [
    *("[x](/static//x)", "[x](/static/../x)", "[x](/static/..%2fx)", "[x](/static/)"),
    *("[x](/static/\x00)", "![a](/static//x)", "[x](/static/" + "a" * 5000 + ")"),
    *("[x](/media/pictures//)", "[x](//x)", "[x](/glossary/#)", "[x](/?server=)"),
    *("[x](<//[>)", "[x](http://[)", "[a]: /static//x\n\n[a]", "[x](/static/C:/x)"),
    *("\x00", "\x01\x08", "\ufffe", "\uffff", "\u202e", "{{ x }}", "{% x %}", "%s {0}"),
    *("[@]", "[@a, ]", "[@" + "a" * 5000 + "]", "[a](term:)", "[^1]", "[^1]: [^1]"),
]
