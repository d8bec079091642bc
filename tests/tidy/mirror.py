"""Every file of the package has its test: ``cameras/media/part.py`` is tested by ``tests/cameras/media/test_part.py``.

A file that only declares (ports, enumerations, records without a method of their own) has nothing to run.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence

from tests.tidy.source import Source, Violation

TESTED_ELSEWHERE: Mapping[str, str] = {}
"""Path in the package -> which tests meet it, and why it has none of its own name."""


def files_have_tests(sources: Sequence[Source]) -> Iterator[Violation]:
    """A test of the same name, or a reason in TESTED_ELSEWHERE that is still needed and still true."""
    paths = {source.path for source in sources}
    for source in sources:
        if not source.in_package or not _does_something(source):
            continue
        own = _test_of(source.package_path) in paths
        elsewhere = TESTED_ELSEWHERE.get(source.package_path)
        if not own and elsewhere is None:
            yield source.violation(1, f"has no {_test_of(source.package_path)}")
        elif own and elsewhere is not None:
            yield source.violation(1, "has a test of its own now: remove it from TESTED_ELSEWHERE")
        elif elsewhere is not None and elsewhere.split()[0] not in paths:
            yield source.violation(1, f"TESTED_ELSEWHERE names {elsewhere.split()[0]}, which does not exist")


def _does_something(source: Source) -> bool:
    """Has a function whose body is more than words and dots."""
    functions = (node for node in source.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return any(not _is_constant(item) for node in functions for item in node.body)


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _test_of(package_path: str) -> str:
    room, _, name = package_path.rpartition("/")
    return f"tests/{room}/test_{name}" if room else f"tests/test_{name}"
