"""Nothing is promised, hidden or hushed up: no skipped tests, swallowed errors or unexplained exceptions to a rule."""

import ast
import re
from collections.abc import Iterator

from tests.tidy.source import Source, Violation, dotted

# Written with a bracket in each so that this file does not break its own rules.
_PROMISE = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b")
_SKIP = re.compile(r"\b(pytest\.(mark\.)?(sk[i]p|skipi[f]|xfai[l]|importorski[p])|unittest\.ski[p])|\bassert Tru[e]\b")
_NOQA = re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+[0-9]+(?:\s*,\s*[A-Z]+[0-9]+)*)?(?P<rest>.*)$")
_IGNORE = re.compile(r"#\s*type:\s*ignore(?P<codes>\[[a-z\-, ]+\])?(?P<rest>.*)$")
_REASON = re.compile(r"[A-Za-z]{4,}")
_MACHINE = re.compile(r"/[w]ork/|/[f]arm/|/tmp/[l]ab|/tmp/bash[_]jobs|/[r]oot/|/opt/[w]heels|/[U]sers/")
_REGISTRY = re.compile(
    r"pypi\.[o]rg|python[h]osted|registry\.npm[j]s|deb\.debian\.[o]rg|archive\.ubuntu\.[c]om|proxy\.go[l]ang|crates\.[i]o"
)
_BROAD = frozenset({"", "Exception", "BaseException"})


def nothing_is_put_off(source: Source) -> Iterator[Violation]:
    """No note to do it later, no test that does not run, no assertion that cannot fail."""
    for number, line in enumerate(source.lines, 1):
        for pattern in (_PROMISE, _SKIP) if source.path != "LICENSE" else ():
            if found := pattern.search(line):
                yield source.violation(number, f"“{found.group()}”: do it now or leave it out")


def exceptions_to_rules_have_reasons(source: Source) -> Iterator[Violation]:
    """Every ``noqa`` and ``type: ignore`` names its codes and says why."""
    for number, line in enumerate(source.lines, 1) if source.is_python else ():
        for pattern, name in ((_NOQA, "noqa"), (_IGNORE, "type: ignore")):
            found = pattern.search(line)
            if found and not found["codes"]:
                yield source.violation(number, f"{name} without a code silences everything")
            elif found and not _REASON.search(found["rest"]):
                yield source.violation(number, f"{name} without a reason on the line")


def errors_are_not_swallowed(source: Source) -> Iterator[Violation]:
    """Catching everything and doing nothing hides what the next reader needs."""
    for node in source.nodes if source.is_python else ():
        if isinstance(node, ast.ExceptHandler):
            caught = dotted(node.type) if node.type is not None else ""
            if caught in _BROAD and all(
                isinstance(item, (ast.Pass, ast.Continue)) or _is_dots(item) for item in node.body
            ):
                yield source.violation(node.lineno, "every error is caught and nothing is done about it")
    for call, name in source.calls if source.is_python else ():
        if name.endswith("suppress") and any(dotted(item) in _BROAD - {""} for item in call.args):
            yield source.violation(call.lineno, "suppresses every error")


def only_the_command_line_prints(source: Source) -> Iterator[Violation]:
    """In the package, print belongs to cli/."""
    if source.in_package and source.room != "cli":
        for call, name in source.calls:
            if name == "print":
                yield source.violation(call.lineno, "print outside cli/")


def tests_use_real_parts(source: Source) -> Iterator[Violation]:
    """No mocks and no patching: what is hard to test for real needs a port."""
    if not source.is_python or source.in_package:
        return
    for line, module in source.imports:
        if module.startswith(("unittest.mock", "mock", "pytest_mock")):
            yield source.violation(line, f"imports {module}: use the real part, or one made for the port")
    for call, name in source.calls:
        if name in {"monkeypatch.setattr", "monkeypatch.setitem", "monkeypatch.delattr"}:
            yield source.violation(call.lineno, f"{name}: hand the thing in as an argument")


def no_place_of_a_machine(source: Source) -> Iterator[Violation]:
    """No path of somebody's machine and no address of a package registry: both differ at the next person's."""
    for number, line in enumerate(source.lines, 1):
        for pattern in (_MACHINE, _REGISTRY):
            if found := pattern.search(line):
                yield source.violation(number, f"“{found.group()}” belongs to one machine or registry")


def pages_stay_within_their_policy(source: Source) -> Iterator[Violation]:
    """Templates and scripts hold nothing that the content security policy would have to be loosened for."""
    if not source.path.startswith("src/") or not source.path.endswith((".html", ".js", ".mjs", ".css")):
        return
    for number, line in enumerate(source.lines, 1):
        if found := _LOOSE.search(line):
            yield source.violation(number, f"“{found.group().strip()}” would need a looser content security policy")


_LOOSE = re.compile(
    r"\sstyle=[\"']|\son[a-z]+=[\"']|javascript:|\beval\(|new Function\(|\.innerHTML\b|\.outerHTML\b|insertAdjacentHTML"
    r"|document\.write\(|(src|href|url|import|from)\s*[=(]?\s*[\"']?(https?:)?//"
)


def _is_dots(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...
