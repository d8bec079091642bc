"""What end-to-end encryption costs a phone: texts encrypted and committed, and opened and committed, a second.

``python -m benchmarks.encryption [FOLDER]`` prints a table and writes JSON. One process, one core, one contact with one
device, texts of 200 bytes; every commit is synced (WAL, synchronous=FULL), so the folder decides which disk is
measured. The server is the tests' relay in the same process: its own work is small, and not counted where encryption
alone is measured.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import apsw
from tests.phone.people import LIMITS, NOON_MS, Phone, new_message, people

from benchmarks.figures import Figure, median, table, write
from curtilage.phone.sending import Blocked, Draft

TEXT = "x" * 200
TEXTS_COUNT = 500
ROUNDS_COUNT = 5
RESULTS = Path("benchmarks/results/encryption.json")


def main() -> None:
    """Measure, print, write."""
    figures = measure(sys.argv[1] if len(sys.argv) > 1 else None)
    print(table(figures))
    write(figures, RESULTS)


def measure(folder: str | None = None) -> list[Figure]:
    """All figures, medians of several rounds."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        return asyncio.run(_measure(Path(name)))


async def _measure(folder: Path) -> list[Figure]:
    with people(folder) as everybody:
        ada, bo = await everybody.person("ada"), await everybody.person("bo")
        each = await everybody.person("each", replace(LIMITS, batch_count_max=1))
        for phone in (bo, each):
            await ada.say(phone, "the session begins")
            await phone.say(ada, "and is answered")
            await phone.listen()
        await ada.listen()
        encrypted = [await _rate(_encrypting(ada, bo)) for _ in range(ROUNDS_COUNT)]
        await ada.encryption.outgoing.post()
        await _taken_in(bo)
        sent, batches, singles = [], [], []
        for _ in range(ROUNDS_COUNT):
            sent.append(await _rate(_sending(ada, bo)))
            batches.append(await _rate(lambda: _taken_in(bo)))
            await _rate(_sending(ada, each))
            singles.append(await _rate(lambda: _taken_in(each)))
        bare = _bare_commits(folder / "bare.sqlite")
        return [
            _figure("texts encrypted and committed, one a commit", 500, encrypted, bare),
            _figure("texts sent: encrypted, committed, posted, taken off the queue", 500, sent, bare),
            _figure("texts opened and committed, 64 a commit", 2000, batches, bare),
            _figure("texts opened and committed, one a commit", 500, singles, bare),
        ]


def _figure(name: str, reach: float, rates: list[float], bare: float) -> Figure:
    detail: dict[str, float | str] = {"least": min(rates), "most": max(rates), "bare commits": bare}
    return Figure(name, reach, median(rates), "1/s", at_least=True, detail=detail)


def _bare_commits(file: Path) -> float:
    """Of one row of 300 bytes each, on the same disk in the same minute: what no phone can be faster than."""
    connection = apsw.Connection(str(file))
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.execute("CREATE TABLE rows (octets BLOB)")
    began = time.perf_counter()
    for _ in range(TEXTS_COUNT):
        connection.execute("INSERT INTO rows VALUES (?)", (os.urandom(300),))
    rate = TEXTS_COUNT / (time.perf_counter() - began)
    connection.close()
    return rate


async def _rate(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return TEXTS_COUNT / (time.perf_counter() - began)


def _encrypting(sender: Phone, receiver: Phone) -> Callable[[], Awaitable[None]]:
    async def work() -> None:
        prepared = await sender.encryption.sending.prepare(receiver.account, NOON_MS)
        assert not isinstance(prepared, Blocked)
        for _ in range(TEXTS_COUNT):
            sender.encryption.sending.encrypt(prepared, Draft(new_message(), text=TEXT), NOON_MS)

    return work


def _sending(sender: Phone, receiver: Phone) -> Callable[[], Awaitable[None]]:
    async def work() -> None:
        for _ in range(TEXTS_COUNT):
            await sender.say(receiver, TEXT)

    return work


async def _taken_in(phone: Phone) -> None:
    while (await phone.encryption.receiving.take_in(NOON_MS)).arrivals:
        pass


if __name__ == "__main__":
    main()
