"""How long, how named, how documented."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.tidy.source import Source, Violation

FILE_LINES_EXPLAINED = 400
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
REASON_WITHIN_LINES = 40
_CODE = frozenset({".py", ".js", ".mjs", ".css", ".html", ".sh", ".sql"})
_LONG_BECAUSE = re.compile(r"long because: \S+ \S+")
_VAGUE = frozenset(
    {"utils", "util", "helpers", "helper", "common", "manager", "managers", "handler", "handlers", "misc"}
)

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def files_are_short(source: Source) -> Iterator[Violation]:
    """At most 400 lines; up to 600 with a line ``# long because: …`` near the top."""
    length = len(source.lines)
    if PurePosixPath(source.path).suffix not in _CODE or length <= FILE_LINES_EXPLAINED:
        return
    if length > FILE_LINES_MAX:
        yield source.violation(1, f"{length} lines; never more than {FILE_LINES_MAX}")
    elif not any(_LONG_BECAUSE.search(line) for line in source.lines[:REASON_WITHIN_LINES]):
        yield source.violation(1, f"{length} lines; say near the top: # long because: …")


def functions_are_short(source: Source) -> Iterator[Violation]:
    """At most 70 lines from ``def`` to the end, the docstring not counted."""
    for node in source.nodes if source.is_python else ():
        if isinstance(node, _Function):
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
            if length > FUNCTION_LINES_MAX:
                yield source.violation(node.lineno, f"{node.name} has {length} lines; at most {FUNCTION_LINES_MAX}")


def names_say_what_is_inside(source: Source) -> Iterator[Violation]:
    """No file, folder or class is named utils, helper, common, manager, handler or misc."""
    for piece in PurePosixPath(source.path).parts:
        for word in re.split(r"[_.\-]", piece.lower()):
            if word in _VAGUE:
                yield source.violation(1, f"“{word}” says nothing; name the file for its noun")
    for node in source.nodes if source.is_python else ():
        if isinstance(node, ast.ClassDef):
            for word in re.findall(r"[A-Z][a-z]+", node.name):
                if word.lower() in _VAGUE:
                    yield source.violation(node.lineno, f"class {node.name}: “{word}” says nothing")


def modules_have_docstrings(source: Source) -> Iterator[Violation]:
    """Every Python file says what it guards; only an empty ``__init__.py`` of the tests has nothing to say."""
    if source.is_python and source.text.strip() and not ast.get_docstring(source.tree):
        yield source.violation(1, "no module docstring: what it guards, its rules, what it does not do")
    elif source.in_package and not source.text.strip():
        yield source.violation(1, "an empty file in the package: say what the room does")


def public_names_have_docstrings(source: Source) -> Iterator[Violation]:
    """In the package every public class, function and method says meaning, units and errors."""
    if source.in_package:
        yield from _undocumented(source, source.tree.body, "")


def _undocumented(source: Source, body: list[ast.stmt], owner: str) -> Iterator[Violation]:
    for node in body:
        if not isinstance(node, (ast.ClassDef, *_function_types())) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node) and not _is_variant(node):
            yield source.violation(node.lineno, f"{owner}{node.name} has no docstring")
        if isinstance(node, ast.ClassDef):
            yield from _undocumented(source, node.body, f"{node.name}.")


def _function_types() -> tuple[type[ast.FunctionDef], type[ast.AsyncFunctionDef]]:
    return ast.FunctionDef, ast.AsyncFunctionDef


def _is_variant(node: ast.stmt) -> bool:
    """A setter or an overload: the first definition is the documented one."""
    decorators = getattr(node, "decorator_list", [])
    return any(ast.unparse(item).endswith((".setter", "overload")) for item in decorators)


def _docstring_lines(node: _Function) -> int:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or first.lineno) - first.lineno + 1
    return 0
