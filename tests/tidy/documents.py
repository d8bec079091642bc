"""What the documents say of the code is so: settings, commands, links, the index of decisions."""

import argparse
import posixpath
import re
from collections.abc import Iterator, Sequence

from scripts.configuration_page import page

from curtilage.cli.arguments import make_parser
from curtilage.cli.exit_code import ExitCode
from tests.tidy.source import ROOT, Source, Violation

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
_UNDER_HEAD = re.compile(r"\|(?: *:?-+:? *\|)+ *")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def settings_are_documented(sources: Sequence[Source]) -> Iterator[Violation]:
    """docs/configuration.md is what scripts/configuration_page.py makes of config.py."""
    for source in sources:
        if source.path == "docs/configuration.md" and source.text != page():
            pairs = zip([*source.lines, ""], [*page().splitlines(), ""], strict=False)
            line = next((number for number, (old, new) in enumerate(pairs, 1) if old != new), 1)
            yield source.violation(line, "differs from config.py; run: .venv/bin/python -m scripts.configuration_page")


def commands_are_documented(sources: Sequence[Source]) -> Iterator[Violation]:
    """docs/cli.md has every command, every option and every exit code of the parser."""
    text = next((source.text for source in sources if source.path == "docs/cli.md"), "")
    for command, parser in _commands("curtilage", make_parser()):
        if command not in text:
            yield Violation("docs/cli.md", 1, f"does not say: {command}")
        for option in (option for action in parser._actions for option in action.option_strings):
            if option.startswith("--") and option != "--help" and option not in text:
                yield Violation("docs/cli.md", 1, f"does not say {option} of {command}")
    for code in ExitCode:
        if not re.search(rf"^\|? *`?{code.value}`?\b", text, re.MULTILINE):
            yield Violation("docs/cli.md", 1, f"does not list exit code {code.value}: {code.meaning}")


def _commands(words: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command in full (``curtilage grant make``) with its parser."""
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield words, parser
    for action in inner:
        for name, deeper in action.choices.items():
            yield from _commands(f"{words} {name}", deeper)


def links_lead_somewhere(sources: Sequence[Source]) -> Iterator[Violation]:
    """A relative link in a document leads to a file of the repository."""
    for source in sources:
        if source.path.endswith(".md"):
            for target in _LINK.findall(_FENCE.sub("", source.text)):
                place = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), target))
                if ":" not in target and not (ROOT / place).exists():
                    yield source.violation(1, f"links to {target}, which does not exist")


def tables_are_whole(source: Source) -> Iterator[Violation]:
    """A blank line ends a table: rows after it would be shown as text."""
    if not source.path.endswith(".md"):
        return
    lines = ["", *_FENCE.sub(_blanked, source.text).splitlines(), ""]
    for number, (before, line, after) in enumerate(zip(lines, lines[1:], lines[2:], strict=False), 1):
        if line.startswith("|") and not before.startswith("|") and not _UNDER_HEAD.fullmatch(after):
            yield source.violation(number, "a table's row without its head")


def _blanked(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def decisions_are_listed(sources: Sequence[Source]) -> Iterator[Violation]:
    """docs/adr/README.md names every decision in its folder."""
    index = next((source.text for source in sources if source.path == "docs/adr/README.md"), "")
    for source in sources:
        name = source.path.removeprefix("docs/adr/")
        if source.path.startswith("docs/adr/") and name != "README.md" and f"({name})" not in index:
            yield source.violation(1, "is not listed in docs/adr/README.md")
