"""What a benchmark found: figures beside what is to be reached, as a table and as JSON."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    name: str
    reach: float
    measured: float
    unit: str
    at_least: bool = False
    """True: larger is better."""
    detail: dict[str, float | str] = field(default_factory=dict)

    @property
    def reached(self) -> bool:
        """Is the figure reached?"""
        return self.measured >= self.reach if self.at_least else self.measured <= self.reach


def machine() -> str:
    """What it ran on, without saying where."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} x {model}, CPython {platform.python_version()}, Linux {platform.release().split('-')[0]}"


def table(figures: Sequence[Figure]) -> str:
    """For a terminal, and for a closing note."""
    rows = [("figure", "reach", "measured", "")]
    for figure in figures:
        sign = "≥" if figure.at_least else "≤"
        rows.append(
            (
                figure.name,
                f"{sign} {figure.reach:,g} {figure.unit}",
                f"{figure.measured:,.4g} {figure.unit}",
                "reached" if figure.reached else "MISSED",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f"  {figure.name}: {_words(figure)}" for figure in figures if figure.detail]
    return "\n".join([machine(), "", *lines, "", *notes])


def write(figures: Sequence[Figure], file: Path) -> None:
    """JSON: the machine and every figure with its details."""
    file.parent.mkdir(parents=True, exist_ok=True)
    found = [{**asdict(figure), "reached": figure.reached} for figure in figures]
    file.write_text(json.dumps({"machine": machine(), "figures": found}, indent=1) + "\n", encoding="utf-8")


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return percentile(values, 50)


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank; NaN when there are none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _words(figure: Figure) -> str:
    return ", ".join(
        f"{key} {value:,.4g}" if isinstance(value, float) else f"{key} {value}" for key, value in figure.detail.items()
    )
