"""Reads the settings of config.py: from a TOML file (key = field name) and from the environment (``CURTILAGE_`` + field
name in capitals); the environment wins.

Unknown keys and values out of range are errors: a typing mistake must not silently leave a default in force.
"""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from curtilage.config import Config
from curtilage.errors import PersonError

ENVIRONMENT_PREFIX = "CURTILAGE_"


class ConfigError(PersonError):
    """A setting is unknown or out of range."""


def load(file: Path | None, environment: Mapping[str, str]) -> Config:
    """Defaults, then ``file`` (if given it must exist), then ``CURTILAGE_*`` of ``environment``.

    Raises ConfigError: unknown key, wrong type, out of range, unreadable file.
    """
    values: dict[str, Any] = _read_file(file) if file is not None else {}
    for name, text in environment.items():
        if name.startswith(ENVIRONMENT_PREFIX):
            values[name.removeprefix(ENVIRONMENT_PREFIX).lower()] = text
    known = {item.name: item for item in fields(Config)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ConfigError(f"Unknown setting: {', '.join(unknown)}.", do="See docs/configuration.md for the names.")
    return Config(**{name: _checked(known[name], value) for name, value in values.items()})


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file} cannot be read as settings: {error}.", do="Mend or remove it.") from error


def _checked(item: Any, value: Any) -> Any:
    if item.type in (Path, "Path"):
        return _checked_path(item.name, value)
    if item.type in (str, "str"):
        return _checked_text(item, value)
    if item.type in (bool, "bool"):
        return _checked_yes_or_no(item.name, value)
    kind = float if item.type in (float, "float") else int
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ConfigError(f"{item.name} must be a number.", do="See docs/configuration.md.")
    try:
        number = kind(value)
        fits = number == float(value) and math.isfinite(number)
    except (ValueError, OverflowError):
        raise ConfigError(f"{item.name} must be a number, not {value!r}.", do="See docs/configuration.md.") from None
    if not fits:
        raise ConfigError(f"{item.name} must be a {'finite' if kind is float else 'whole'} number.")
    least, most = item.metadata.get("least"), item.metadata.get("most")
    if (least is not None and number < least) or (most is not None and number > most):
        raise ConfigError(
            f"{item.name} must lie between {least} and {most or 'no limit'}.", do="See docs/configuration.md."
        )
    return number


def _checked_text(item: Any, value: Any) -> str:
    if not isinstance(value, str) or re.fullmatch(item.metadata["form"], value) is None:
        raise ConfigError(f"{item.name} must be {item.metadata['words']}.", do="See docs/configuration.md.")
    return value


def _checked_yes_or_no(name: str, value: Any) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    found = value if isinstance(value, bool) else known.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise ConfigError(f"{name} must be true or false.", do="See docs/configuration.md.")
    return found


def _checked_path(name: str, value: Any) -> Path:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{name} must be a path.", do="See docs/configuration.md.")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ConfigError(f"{name}: nobody's home folder is meant by {value!r}.", do="Write the whole path.") from None
