"""The locks hold what pyproject.toml asks for, by hash, and nothing about who made them."""

import re
import tomllib
from collections.abc import Iterator, Mapping

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tidy.source import ROOT, Violation

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; [^\\]+)? \\$")
_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def locks_are_plain() -> Iterator[Violation]:
    """Only exact versions and hashes: no address, no option, no path."""
    for name in ("base", "demo", "test"):
        for number, line in enumerate(_text(name).splitlines(), 1):
            if not _PIN.match(line) and not _HASH.match(line):
                yield Violation(f"lock/{name}.txt", number, f"neither a version nor a hash: {line}")


def locks_hold_what_is_asked_for() -> Iterator[Violation]:
    """Every requirement of pyproject.toml is met by its lock (else: make lock), and all locks agree."""
    pins = {name: _pins(_text(name)) for name in ("base", "demo", "test")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    base = [*project["project"]["dependencies"], *groups["build"]]
    extras = project["project"]["optional-dependencies"]
    every_extra = [requirement for extra in extras.values() for requirement in extra]
    tools = [item for item in groups["test"] if isinstance(item, str)]
    asked = {"base": base, "demo": [*base, *extras["demo"]], "test": [*base, *every_extra, *tools]}
    for name, requirements in asked.items():
        for requirement in map(Requirement, requirements):
            version = pins[name].get(canonicalize_name(requirement.name))
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                yield Violation(f"lock/{name}.txt", 1, f"{requirement} is met by {version}; run: make lock")
        for package, version in pins[name].items():
            if pins["test"].get(package) != version:
                yield Violation(f"lock/{name}.txt", 1, f"{package} {version} differs from lock/test.txt")


def _text(name: str) -> str:
    return (ROOT / "lock" / f"{name}.txt").read_text(encoding="utf-8")


def _pins(text: str) -> Mapping[str, str]:
    found = (_PIN.match(line) for line in text.splitlines())
    return {canonicalize_name(match["name"]): match["version"] for match in found if match}
