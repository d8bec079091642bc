"""What is printed: columns for people, JSON for programs. Pure: returns text."""

import json
from collections.abc import Sequence
from typing import Any

_GAP = "  "


def columns(titles: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> str:
    """Left-aligned columns; ``empty`` when there is no row."""
    if not rows:
        return empty
    cells = [tuple(titles), *(tuple(printable(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    lines = (_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def as_json(value: Any) -> str:
    """Indented, letters as they are; what steers a terminal escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return "".join(letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1] for letter in text)


def printable(text: str) -> str:
    """Without control characters: a name must not be able to steer the terminal it is shown on."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
