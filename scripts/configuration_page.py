"""Writes docs/configuration.md from config.py, where every setting stands with its meaning, default and range.

Run ``python -m scripts.configuration_page`` after a change to config.py; tests/test_tidy.py compares the two.
"""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

from curtilage.config import Config
from curtilage.settings import ENVIRONMENT_PREFIX

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "configuration.md"
_SOURCE = ROOT / "src" / "curtilage" / "config.py"

_PLACES = {"data_folder": "`$XDG_DATA_HOME/curtilage`", "root_key_file": "`$XDG_CONFIG_HOME/curtilage/root.key`"}
_PLACES |= {"authority_file": "`$XDG_CONFIG_HOME/curtilage/authority.pem`"}
_PLACES |= {"discovery_key_folder": "`$XDG_CONFIG_HOME/curtilage/discovery`"}
_MEASURES = (
    ("_bytes", 1 << 30, "GiB"),
    ("_bytes", 1 << 20, "MiB"),
    ("_bytes", 1 << 10, "KiB"),
    ("_kib", 1 << 10, "MiB"),
)
_TIMES = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"))

_HEAD = f"""\
# Configuration

Curtilage needs no configuration. What can be set is listed here, all of it: every limit and every wait of the program
has a name. This page is made from `src/curtilage/config.py` by `python -m scripts.configuration_page`.

A setting is given

* in a TOML file named with `--config FILE`: `port = 8490`
* or in the environment, as `{ENVIRONMENT_PREFIX}` and the name in capitals: `{ENVIRONMENT_PREFIX}PORT=8490`. The
  environment wins.

An unknown name or a value out of range stops the program with a message: a typing mistake must not silently leave a
default in force. The unit stands last in a name: `_s` seconds, `_ms` milliseconds, `_bytes`, `_kib`, `_count`.
`$XDG_DATA_HOME` is `~/.local/share` and `$XDG_CONFIG_HOME` is `~/.config` unless you set them.
"""


def page() -> str:
    """The whole page as text."""
    headings = dict(_headings())
    known = {item.name: item for item in dataclasses.fields(Config)}
    text = [_HEAD]
    for name, item in known.items():
        if name in headings:
            text.append(f"\n## {headings[name]}\n\n| Setting | Default | Range | Meaning |\n|---|---|---|---|\n")
        text.append(_row(item))
    return "".join(text)


def _headings() -> Iterator[tuple[str, str]]:
    """The first setting below each comment in the class, and that comment."""
    heading = ""
    for line in _SOURCE.read_text(encoding="utf-8").split("class Config")[1].split("\nclass ")[0].splitlines():
        if found := re.fullmatch(r"    # (.+)", line):
            heading = found[1]
        elif heading and (found := re.match(r"    ([a-z][a-z0-9_]*): ", line)):
            yield found[1], heading
            heading = ""


def _row(item: "dataclasses.Field[object]") -> str:
    least, most = item.metadata.get("least"), item.metadata.get("most")
    bounds = " ".join(f"{word} {bound}" for word, bound in (("from", least), ("to", most)) if bound is not None)
    default = _PLACES.get(item.name) or f"`{_shown(item.default)}`{_measure(item.name, item.default)}"
    return f"| `{item.name}` | {default} | {bounds} | {item.metadata['doc']} |\n"


def _shown(default: object) -> object:
    """As it is written in the settings file."""
    return str(default).lower() if isinstance(default, bool) else default if default != "" else '""'


def _measure(name: str, value: object) -> str:
    """The same in a larger unit, when it comes out whole."""
    if not isinstance(value, int) or isinstance(value, bool):
        return ""
    for part, size, unit in _MEASURES:
        if part in name and value >= size and value % size == 0:
            return f" ({value // size} {unit})"
    factor = 1000 if re.search(r"_s(_|$)", name) else 1 if re.search(r"_ms(_|$)", name) else 0
    for size, unit in _TIMES:
        if factor and "_per_" not in name and value * factor >= size and value * factor % size == 0:
            return f" ({value * factor // size} {unit})"
    return ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
