"""Copies in the database: what a cancel may win, and what can never happen after it."""

import asyncio
from pathlib import Path

import pytest

from curtilage.messages.mailbox_copy import CopyState, NewCopy, PostAnswer
from curtilage.store.store import Statement
from curtilage.vault.sealing import SealBroken
from tests.messages.post_office import BOS, PHONE, TABLET, PostOffice, in_office, message

TEXT = b"encrypted end to end"
QUEUED, OFFERED = CopyState.QUEUED, CopyState.OFFERED
BOTH = [(PHONE, 8), (TABLET, 9)]
_DAY_MS = 86_400_000
_ENVELOPE = "SELECT envelope FROM mailbox_copies WHERE message = $1"


def copy(position: int, state: CopyState = QUEUED, phone: str = PHONE) -> NewCopy:
    return NewCopy(PHONE if phone == PHONE else TABLET, position, state, TEXT)


async def states(office: PostOffice, number: int = 1) -> list[CopyState]:
    return [said.state for said in await office.copies.said(BOS, message(number))]


CANCELS = [
    ("all queued", [copy(1), copy(1, phone=TABLET)], True, [CopyState.CANCELLED] * 2),
    ("one was offered", [copy(1), copy(1, OFFERED, TABLET)], False, [QUEUED, OFFERED]),
    ("it never came", [], True, [CopyState.CANCELLED] * 2),
]


@pytest.mark.parametrize(("copies", "won", "after"), [row[1:] for row in CANCELS], ids=[row[0] for row in CANCELS])
def test_a_cancel_wins_only_while_all_are_queued(
    tmp_path: Path, copies: list[NewCopy], won: bool, after: list[CopyState]
) -> None:
    async def scene(office: PostOffice) -> None:
        if copies:
            await office.copies.post(BOS, message(1), copies, 1)
        assert await office.copies.cancel(BOS, message(1), BOTH, 2) is won
        assert await office.copies.cancel(BOS, message(1), BOTH, 3) is won
        assert await states(office) == after

    in_office(tmp_path, scene)


def test_what_was_cancelled_is_never_accepted_and_never_offered(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        assert await office.copies.cancel(BOS, message(1), [(PHONE, 7)], 1)
        assert await office.copies.post(BOS, message(1), [copy(8)], 2) is PostAnswer.CANCELLED
        await office.copies.post(BOS, message(2), [copy(9)], 2)
        assert await office.copies.cancel(BOS, message(2), [(PHONE, 10)], 3)
        assert not await office.copies.offer(BOS, PHONE, [message(2)])
        assert await office.copies.waiting(BOS, PHONE, 10) == []

    in_office(tmp_path, scene)


def test_cancel_and_offer_at_the_same_moment_never_both_win(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        for number in range(60):
            await office.copies.post(BOS, message(number), [copy(number + 1)], 1)
            asked = [office.copies.cancel(BOS, message(number), [(PHONE, 1000 + number)], 2)]
            asked.insert(number % 2, office.copies.offer(BOS, PHONE, [message(number)]))
            assert sum(await asyncio.gather(*asked)) == 1

    in_office(tmp_path, scene)


def test_cancel_and_post_at_the_same_moment_never_both_win(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        won = 0
        for number in range(60):
            post = office.copies.post(BOS, message(number), [copy(number + 1, OFFERED)], 1)
            cancel = office.copies.cancel(BOS, message(number), [(PHONE, 1000 + number)], 2)
            answer, is_won = await asyncio.gather(post, cancel)
            assert (answer is PostAnswer.ACCEPTED) is not is_won
            won += is_won
        assert won < 60

    in_office(tmp_path, scene)


def test_old_ones_are_returned_and_later_forgotten(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        await office.copies.post(BOS, message(1), [copy(1)], 1)
        await office.copies.post(BOS, message(2), [copy(2, OFFERED)], 1)
        await office.copies.post(BOS, message(3), [copy(3)], _DAY_MS)
        assert sorted(await office.copies.return_old(BOS, _DAY_MS, _DAY_MS + 1)) == [message(1), message(2)]
        assert await office.copies.return_old(BOS, _DAY_MS, _DAY_MS + 1) == []
        assert [await states(office, number) for number in (1, 2, 3)] == [
            [CopyState.RETURNED],
            [CopyState.UNCONFIRMED],
            [QUEUED],
        ]
        assert await office.copies.post(BOS, message(1), [copy(4)], _DAY_MS) is PostAnswer.CANCELLED
        assert await office.copies.cancel(BOS, message(1), [(PHONE, 9)], _DAY_MS)
        assert not await office.copies.cancel(BOS, message(2), [(PHONE, 9)], _DAY_MS)
        assert await office.copies.forget_over(BOS, _DAY_MS + 2) == 2
        assert await states(office, 1) == []

    in_office(tmp_path, scene)


def test_a_sealed_envelope_opens_in_its_own_place_alone(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        await office.copies.post(BOS, message(1), [copy(1)], 1)
        await office.copies.post(BOS, message(2), [copy(2)], 1)
        ((sealed,),) = await office.store.read(BOS, _ENVELOPE, message(1))
        assert TEXT not in bytes(sealed or b"")  # type: ignore[arg-type]  # a BLOB
        await office.store.write(
            BOS, Statement("UPDATE mailbox_copies SET envelope = $1 WHERE message = $2", (sealed, message(2)))
        )
        with pytest.raises(SealBroken):
            await office.copies.waiting(BOS, PHONE, 10)

    in_office(tmp_path, scene)
