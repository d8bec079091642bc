"""The ledgers over a real store: whole, dense, sealed, and honest about what was changed."""

import asyncio
import base64
import contextlib
import itertools
import json
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from curtilage.consent import checkpoint, receipt
from curtilage.consent.event import Event, EventKind
from curtilage.consent.ledger import Ledger
from curtilage.consent.merkle import consistency_proof, verify_consistency
from curtilage.consent.note import NoteInvalid
from curtilage.store.store import Conflict, Row, Statement, StoreFull, StoreUnknown, Value
from curtilage.wire.identifier import HomeId
from tests.consent import evidence_reader
from tests.consent.parts import SMALL_DISK, House, agreed, fill_disk, free_disk, in_house

RENAMED = Event(EventKind.HOME_RENAMED, None)
SIGNED_OUT = Event(EventKind.SIGNED_OUT, None, (("account", "x"),))


async def new_home(house: House, name: str = "Mill Lane") -> HomeId:
    return agreed(await house.homes.create(name)).home.id


async def positions(house: House, home: HomeId | None) -> list[int]:
    return [entry.position for entry in await house.ledger.entries(home, None, 200)]


def after_restart(folder: Path, **settings: Any) -> tuple[list[str], list[str]]:
    """(what the ledgers say is wrong, kinds of all homes' entries)."""

    async def look(house: House) -> tuple[list[str], list[str]]:
        homes = [home.id for home in house.homes.all()]
        kinds = [entry.event.kind.value for home in homes for entry in await house.ledger.entries(home, None, 200)]
        return [problem.why for problem in house.ledger.problems], kinds

    return in_house(folder, look, seed="after", **settings)


def test_entries_come_newest_first_and_page_by_page(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        home = await new_home(house)
        for _ in range(5):
            house.hands.pass_s(1)
            await house.ledger.record(home, RENAMED)
        assert await positions(house, home) == [6, 5, 4, 3]  # activity_page_count_max
        page = await house.ledger.entries(home, 5, 2)
        assert [(entry.position, entry.event) for entry in page] == [(4, RENAMED), (3, RENAMED)]
        assert page[0].at_ms - page[1].at_ms == 1000
        assert await house.ledger.entries(home, 0, 5) == []
        assert len(await house.ledger.entries(home, None, 10**9)) == 4

    in_house(tmp_path, test, activity_page_count_max=4)


def test_what_was_recorded_stands_after_a_restart(tmp_path: Path) -> None:
    async def before(house: House) -> str:
        home = await new_home(house)
        await house.ledger.record(home, RENAMED)
        return house.ledger.checkpoint(home)

    async def after(house: House) -> str:
        home = house.homes.all()[0].id
        assert house.ledger.problems == []
        assert house.ledger.newest_ms() == house.clock.now()
        note = house.ledger.checkpoint(home)
        await house.ledger.record(home, RENAMED)
        assert await positions(house, home) == [3, 2, 1, 0]
        return note

    assert in_house(tmp_path, before) == in_house(tmp_path, after, seed="after")


def test_an_entry_and_what_it_is_about_are_one_write(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        home = await new_home(house)
        note = house.ledger.checkpoint(home)
        with pytest.raises(Conflict):
            await house.ledger.record(
                home,
                RENAMED,
                Statement("UPDATE homes_settings SET name = $1", (b"x",), rows_expected=1),
                server=[Statement("UPDATE codes SET uses_left = 9 WHERE kind = 'none'", rows_expected=1)],
            )
        assert house.ledger.checkpoint(home) == note
        assert await positions(house, home) == [1, 0]
        assert (await house.store.read(home, "SELECT count(id) FROM homes_settings WHERE name = $1", b"x")) == [(0,)]
        assert await house.ledger.record(home, RENAMED) == 2

    in_house(tmp_path, test)


def test_a_hundred_at_once_leave_no_hole(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        homes = [await new_home(house, name) for name in ("Mill Lane", "Oak Hill")]
        appends = [house.ledger.record(home, RENAMED) for _ in range(50) for home in homes]
        appends += [house.ledger.record(None, SIGNED_OUT) for _ in range(20)]
        await asyncio.gather(*appends)
        for home in homes:
            assert await positions(house, home) == list(range(51, -1, -1))
        assert await positions(house, None) == list(range(19, -1, -1))

    in_house(tmp_path, test)
    assert after_restart(tmp_path)[0] == []


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8])
def test_cancelled_appends_leave_no_hole(tmp_path: Path, turns: int) -> None:
    async def test(house: House) -> None:
        home = await new_home(house)
        tasks = [asyncio.create_task(house.ledger.record(home, RENAMED)) for _ in range(30)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        kept = [position for position in done if isinstance(position, int)]
        assert len(kept) >= 15  # one may have been through before it was cancelled
        size = 1 + await house.ledger.record(home, RENAMED)
        assert await positions(house, home) == list(range(size - 1, -1, -1))
        assert len(kept) + 3 <= size <= 33

    in_house(tmp_path, test)
    assert after_restart(tmp_path)[0] == []


def test_a_full_disk_leaves_the_tree_as_it_was(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        home = await new_home(house)
        await fill_disk(house, lambda: house.ledger.record(home, RENAMED))
        note = house.ledger.checkpoint(home)
        with pytest.raises(StoreFull):
            await house.ledger.record(home, RENAMED)
        assert house.ledger.checkpoint(home) == note
        await free_disk(house)
        size = 1 + await house.ledger.record(home, RENAMED)
        assert await positions(house, home) == list(range(size - 1, -1, -1))

    in_house(tmp_path, test, **SMALL_DISK)
    assert after_restart(tmp_path)[0] == []


class LateStore:
    """The real store behind a line that loses answers: the write is done, and the caller hears "unknown"."""

    def __init__(self, house: House, delay_s: float) -> None:
        self._store = house.store
        self._delay_s = delay_s
        self.lose_next = False
        self.late: list[asyncio.Task[None]] = []

    async def read(self, home: HomeId, sql: str, *parameters: Value) -> list[Row]:
        return await self._store.read(home, sql, *parameters)

    async def read_server(self, sql: str, *parameters: Value) -> list[Row]:
        return await self._store.read_server(sql, *parameters)

    async def write(self, home: HomeId, *statements: Statement, server: Sequence[Statement] = ()) -> None:
        await self._answer(self._store.write(home, *statements, server=server))

    async def write_server(self, *statements: Statement) -> None:
        await self._answer(self._store.write_server(*statements))

    async def close(self) -> None:
        await self._store.close()

    async def _answer(self, write: Coroutine[Any, Any, None]) -> None:
        if not self.lose_next:
            return await write
        self.lose_next = False
        self.late.append(asyncio.create_task(self._later(write)))
        await asyncio.sleep(0)
        raise StoreUnknown("lost", definite=False)

    async def _later(self, write: Coroutine[Any, Any, None]) -> None:
        await asyncio.sleep(self._delay_s)
        await write


@pytest.mark.parametrize("delay_s", [0, 0.003, 0.02])
def test_after_an_unknown_outcome_the_head_is_read_again(tmp_path: Path, delay_s: float) -> None:
    async def test(house: House) -> None:
        home = await new_home(house)
        line = LateStore(house, delay_s)
        ledger = Ledger(line, house.vault, house.clock, house.config, house.entropy)
        await ledger.load([home])
        for number in range(6):
            line.lose_next = number % 2 == 0
            with contextlib.suppress(StoreUnknown):
                await ledger.record(home, RENAMED)
        late = await asyncio.gather(*line.late, return_exceptions=True)
        await ledger.record(home, RENAMED)
        found = [entry.position for entry in await ledger.entries(home, None, 200)]
        assert found == list(range(len(found) - 1, -1, -1))
        # A write that came too late found its position taken and left nothing; all others stand.
        lost_count = sum(isinstance(outcome, Conflict) for outcome in late)
        assert len(found) == 2 + 6 + 1 - lost_count
        assert ledger.problems == []

    in_house(tmp_path, test)
    assert after_restart(tmp_path)[0] == []


def test_no_proof_of_one_home_shows_anothers_entries(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        home, other = await new_home(house), await new_home(house, "Oak Hill")
        text = await house.ledger.receipt(home, 1)
        assert text is not None
        shown = receipt.decode(text)
        assert receipt.verify(shown, house.ledger.key(home)).size == 2
        assert json.loads(shown.payload)["kind"] == "consent_given"
        with pytest.raises(NoteInvalid):
            receipt.verify(shown, house.ledger.key(other))
        assert other not in text
        assert await house.ledger.receipt(home, 2) is None
        assert await house.ledger.receipt(home, -1) is None

    in_house(tmp_path, test)


def test_every_checkpoint_continues_the_one_before(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        home = await new_home(house)
        notes = []
        for _ in range(9):
            await house.ledger.record(home, RENAMED)
            notes.append(checkpoint.open_checkpoint(house.ledger.checkpoint(home), house.ledger.key(home)))
        rows = await house.store.read(home, "SELECT leaf FROM ledger_entries ORDER BY position")
        leaves = [leaf for (leaf,) in rows if isinstance(leaf, bytes)]
        for old, new in itertools.pairwise(notes):
            proof = consistency_proof(leaves[: new.size], old.size)
            assert verify_consistency(old.size, new.size, old.root, new.root, proof)

    in_house(tmp_path, test)


def test_the_file_shows_neither_payloads_nor_salts(tmp_path: Path) -> None:
    async def test(house: House) -> bytes:
        home = await new_home(house)
        text = await house.ledger.receipt(home, 0)
        assert text is not None
        return receipt.decode(text).salt

    salt = in_house(tmp_path, test)
    octets = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert salt not in octets
    assert b"home_created" not in octets


def test_a_proof_of_consistency_leads_from_every_size_and_from_no_other(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        home = await new_home(house)
        notes = {2: house.ledger.checkpoint(home)}
        for size in range(3, 12):
            await house.ledger.record(home, RENAMED)
            notes[size] = house.ledger.checkpoint(home)
        key = house.ledger.key(home).text()
        for size, note in notes.items():
            shown = await house.ledger.consistency(home, size)
            assert shown is not None
            hashes = [base64.b64encode(step).decode() for step in shown.hashes]
            evidence_reader.continues(note, shown.checkpoint, hashes, key)
        for size in (-1, 0, 12, 2**70):
            assert await house.ledger.consistency(home, size) is None

    in_house(tmp_path, test)


def test_a_large_ledger_is_loaded_in_pieces(tmp_path: Path) -> None:
    async def fill(house: House) -> None:
        home = await new_home(house)
        for _ in range(5):
            await house.ledger.record_all(home, [RENAMED] * 450)

    async def look(house: House) -> int:
        return len(await house.store.read(house.homes.all()[0].id, "SELECT position FROM ledger_entries"))

    in_house(tmp_path, fill)
    assert in_house(tmp_path, look, seed="after") == 2252
    assert after_restart(tmp_path)[0] == []
