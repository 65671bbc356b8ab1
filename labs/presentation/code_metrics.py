"""How long and how branched a Python program is. Pure: text in, numbers out.

Both numbers are the same for every way of laying the program out that Python's own
formatters know, and neither says how hard the program is to understand.

Radon counts something else: its `sloc` has comments inside an expression and some lines
of docstrings in it, and its complexity adds one for every method, comprehension and
`else` of a loop. Claim S10 says which words it counts, and these are counted here.
"""

import ast
import io
import tokenize

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BRANCHES = (
    *(ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While),
    *(ast.ExceptHandler, ast.match_case),
)
_NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENCODING),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
}


def source_lines(text: str) -> int:
    """Count the lines that hold code: no comments, docstrings or blank lines.

    Raises SyntaxError for what is no Python.
    """
    docstrings = _docstrings(ast.parse(text))
    lines = text.splitlines()
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in _NO_CODE or _belongs(token, docstrings):
            continue
        found.update(range(token.start[0], token.end[0] + 1))
    return sum(bool(lines[number - 1].strip()) for number in found)


def branches(text: str) -> int:
    """Count the places where the program may go one way or another.

    They are if and elif, also in an expression and in a comprehension; for, while,
    except and case; and each `and` and `or`. Raises SyntaxError for what is no Python.
    """
    return sum(_branches(node) for node in ast.walk(ast.parse(text)))


def functions(text: str) -> dict[str, int]:
    """Return the functions and methods: name -> line, the first of each name."""
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, _FUNCTIONS)]
    found: dict[str, int] = {}
    for node in sorted(nodes, key=lambda node: node.lineno):
        found.setdefault(node.name, node.lineno)
    return found


def _branches(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return len(node.ifs)
    return int(isinstance(node, _BRANCHES))


def _docstrings(tree: ast.Module) -> list[ast.stmt]:
    owners = [node for node in ast.walk(tree) if isinstance(node, _DOCUMENTED)]
    return [o.body[0] for o in owners if ast.get_docstring(o, clean=False) is not None]


def _belongs(token: tokenize.TokenInfo, statements: list[ast.stmt]) -> bool:
    """Return whether a token is a string in one of the statements."""
    line = token.start[0]
    return token.type == tokenize.STRING and any(
        node.lineno <= line <= (node.end_lineno or node.lineno) for node in statements
    )
