"""One file of the repository as the rules see it: its place, its text and, for Python, its syntax tree.

A rule is a function from one Source to the violations in it. Rules know nothing of the disk, so that
tests/tidy/test_rules.py can show each of them a few lines that break it.
"""

import ast
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PLACES = ("src", "tests", "benchmarks", "scripts", "docs", "lock", ".ci")
_TEXT_SUFFIXES = frozenset(
    {".py", ".js", ".mjs", ".css", ".html", ".md", ".sql", ".sh", ".toml", ".txt", ".json", ".svg"}
)
_PACKAGE = "src/curtilage/"


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong and where."""

    path: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


@dataclass(frozen=True)
class Source:
    """A text file. ``path`` is relative to the repository, with slashes."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        """A Python file."""
        return self.path.endswith(".py")

    @property
    def in_package(self) -> bool:
        """A Python file of Curtilage itself, not of its tests."""
        return self.is_python and self.path.startswith(_PACKAGE)

    @property
    def package_path(self) -> str:
        """The path inside the package: ``cameras/media/part.py``."""
        return self.path.removeprefix(_PACKAGE)

    @property
    def room(self) -> str:
        """The first word of the path inside the package: ``cameras``, or ``config`` for ``config.py``."""
        return self.package_path.split("/")[0].removesuffix(".py")

    @functools.cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return self.text.splitlines()

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of a Python file."""
        return ast.parse(self.text, self.path)

    @functools.cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree."""
        return list(ast.walk(self.tree))

    @functools.cached_property
    def calls(self) -> list[tuple[ast.Call, str]]:
        """Every call with the dotted name of what is called (``asyncio.run``); calls of anything else are left out."""
        found = ((node, dotted(node.func)) for node in self.nodes if isinstance(node, ast.Call))
        return [(node, name) for node, name in found if name]

    @functools.cached_property
    def imports(self) -> list[tuple[int, str]]:
        """Line and absolute module name of every import, also those inside functions."""
        return [
            (node.lineno, name)
            for node in self.nodes
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for name in _modules(node)
        ]

    def violation(self, line: int, words: str) -> Violation:
        """One at ``line`` of this file."""
        return Violation(self.path, line, words)


Rule = Callable[[Source], Iterable[Violation]]


@functools.cache
def repository() -> tuple[Source, ...]:
    """Every text file that is part of the project, sorted by path."""
    files = [file for file in ROOT.iterdir() if file.is_file() and _is_text(file)]
    for place in _PLACES:
        files += [file for file in (ROOT / place).rglob("*") if file.is_file() and _is_text(file)]
    return tuple(Source(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in sorted(files))


def _is_text(file: Path) -> bool:
    made_here = {"__pycache__", "results", "node_modules"} & set(file.parts)
    named = file.suffix in _TEXT_SUFFIXES or file.name in {"Makefile", "LICENSE", ".gitignore", "run"}
    return named and not made_here


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of a name or attribute; empty for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := dotted(node.value)):
        return f"{head}.{node.attr}"
    return ""


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if node.module == "curtilage":
        return [f"curtilage.{alias.name}" for alias in node.names]
    return [node.module or ""]
