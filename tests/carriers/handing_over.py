"""A process that hands texts over and keeps a journal as carrier.py asks for it, until it is killed.

``python -m tests.carriers.handing_over PORT JOURNAL COUNT``: begins COUNT further texts, then waits to be killed.
"""

import asyncio
import json
import os
import secrets
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from curtilage.carriers.carrier import CarrierEvent, Known, Outstanding, Submission, SubmissionId
from curtilage.carriers.smpp import SmppCarrier
from curtilage.clock import SystemClock
from tests.carriers.smpp_side import QUICK, address_at, number

RECIPIENT = number("01")
_ID = "hand"
"""Not random: no two of these ids have the same reference (carrier.py: reference_of), which would be nobody's."""


class Journal:
    """Lines on a disk; one is there when ``write`` returns. Implements CarrierSink."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._file.write("\n")  # whatever the kill left of a line ends here

    def write(self, kind: str, **facts: Any) -> None:
        """One line."""
        self._file.write(json.dumps({"kind": kind, **facts}, default=str) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    async def take(self, event: CarrierEvent) -> None:
        """See CarrierSink."""
        self.write(type(event).__name__, **asdict(event))


def read(path: Path) -> list[dict[str, Any]]:
    """Whole lines; the last may have been cut by the kill."""
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    return [json.loads(line) for line in lines[:-1] if line.startswith("{") and line.endswith("}")]


def outstanding(lines: list[dict[str, Any]]) -> list[Outstanding]:
    """Every text that was begun: all of them may still be heard of. None is ever handed over again."""
    names: dict[str, list[tuple[int, str]]] = {line["id"]: [] for line in lines if line["kind"] == "begun"}
    for line in lines:
        if line["kind"] == "PartAccepted":
            names[line["submission"]].append((line["part"], line["carrier_id"]))
    return [Outstanding(SubmissionId(name), RECIPIENT, tuple(parts)) for name, parts in names.items()]


async def _run(port: int, path: Path, count: int) -> None:
    lines, journal = read(path), Journal(path)
    run = 1 + sum(line["kind"] == "started" for line in lines)
    journal.write("started")
    carrier = SmppCarrier(address_at(port), QUICK, SystemClock(), secrets.token_bytes)
    running = asyncio.create_task(carrier.run(journal, Known(outstanding(lines))))

    async def send(place: int) -> None:
        identity = SubmissionId(f"{_ID}{run:02}{place:04}")
        journal.write("begun", id=identity)
        outcome = await carrier.submit(Submission(identity, RECIPIENT, identity))
        journal.write("outcome", id=identity, outcome=type(outcome).__name__)

    await asyncio.gather(*(send(place) for place in range(count)))
    await running


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
