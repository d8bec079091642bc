"""Mailboxes: accepted is durable, offered in order, and never a word to another home."""

import asyncio
from pathlib import Path

from curtilage.errors import RefusalReason, Refused
from curtilage.messages.mailbox_copy import CopyState, PostAnswer
from curtilage.store.store import StoreFull
from curtilage.wire.identifier import DeviceId
from tests.messages.post_office import BOS, EVES, PHONE, STRANGER, TABLET, PostOffice, in_office, message

TEXT = b"encrypted end to end"


async def states(office: PostOffice, number: int) -> dict[DeviceId, CopyState]:
    return {said.phone: said.state for said in await office.copies.said(BOS, message(number))}


def test_what_was_accepted_is_there_after_a_restart_and_is_offered_in_order(tmp_path: Path) -> None:
    async def first(office: PostOffice) -> None:
        for number in range(5):
            assert await office.boxes.post(BOS, message(number), [(PHONE, TEXT)]) is PostAnswer.ACCEPTED

    async def second(office: PostOffice) -> None:
        async with office.listening() as (connection, _):
            await connection.until(5)
            await office.boxes.post(BOS, message(5), [(PHONE, TEXT)])
            await connection.until(6)
            assert connection.messages == [message(number) for number in range(6)]
            assert connection.offered[0].envelope == TEXT

    in_office(tmp_path, first)
    in_office(tmp_path, second)


def test_it_is_written_down_as_offered_before_it_leaves(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        await office.boxes.post(BOS, message(1), [(PHONE, TEXT)])
        assert await states(office, 1) == {PHONE: CopyState.QUEUED}
        async with office.listening() as (connection, _):
            await connection.until(1)
            assert await states(office, 1) == {PHONE: CopyState.OFFERED}
            await office.boxes.post(BOS, message(2), [(PHONE, TEXT)])
            await connection.until(2)
            assert connection.offered[1].state is CopyState.OFFERED
            assert await states(office, 2) == {PHONE: CopyState.OFFERED}

    in_office(tmp_path, scene)


def test_what_was_not_taken_is_offered_again_and_what_was_taken_is_not(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        for number in (1, 2, 3):
            await office.boxes.post(BOS, message(number), [(PHONE, TEXT)])
        async with office.listening() as (connection, _):
            await connection.until(3)
            await office.boxes.take(BOS, PHONE, message(2), b"receipt")
            await office.boxes.take(BOS, PHONE, message(2), b"again")
        async with office.listening() as (connection, _):
            await connection.until(2)
            assert connection.messages == [message(1), message(3)]
        (said,) = await office.copies.said(BOS, message(2))
        assert (said.state, said.receipt) == (CopyState.TAKEN, b"receipt")

    in_office(tmp_path, scene)


def test_a_phone_that_takes_nothing_is_offered_its_window_and_no_more(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        async with office.listening() as (connection, _):
            await asyncio.gather(*(office.boxes.post(BOS, message(n), [(PHONE, TEXT)]) for n in range(20)))
            await connection.until(4)
            await asyncio.sleep(0.05)
            assert connection.messages == [message(number) for number in range(4)]
            for number in range(20):
                await connection.until(number + 1)
                await office.boxes.take(BOS, PHONE, message(number), b"")
            assert connection.messages == [message(number) for number in range(20)]

    in_office(tmp_path, scene, mailbox_window_count=4)


def test_many_senders_at_once_are_offered_each_once_and_in_one_order(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        async with office.listening() as (connection, _):

            async def send(sender: int) -> None:
                for number in range(20):
                    await office.boxes.post(BOS, message(100 * sender + number), [(PHONE, TEXT)])

            async def take() -> None:
                for number in range(200):
                    await connection.until(number + 1)
                    await office.boxes.take(BOS, PHONE, connection.messages[number], b"")

            await asyncio.gather(take(), *(send(sender) for sender in range(10)))
            assert len(set(connection.messages)) == len(connection.messages) == 200
            positions = [copy.position for copy in connection.offered]
            assert positions == sorted(positions)

    in_office(tmp_path, scene, mailbox_window_count=8)


def test_of_two_connections_the_newer_gets_everything(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        async with office.listening() as (old, _), office.listening() as (new, _):
            assert old.is_replaced
            await office.boxes.post(BOS, message(1), [(PHONE, TEXT)])
            await new.until(1)
            assert not old.offered

    in_office(tmp_path, scene)


def test_a_post_asked_again_is_known_and_not_offered_twice(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        async with office.listening() as (connection, _):
            answers = [await office.boxes.post(BOS, message(1), [(PHONE, TEXT)]) for _ in range(3)]
            assert answers == [PostAnswer.ACCEPTED, PostAnswer.KNOWN, PostAnswer.KNOWN]
            await office.boxes.post(BOS, message(2), [(PHONE, TEXT)])
            await connection.until(2)
            assert connection.messages == [message(1), message(2)]

    in_office(tmp_path, scene)


def test_all_phones_of_a_person_get_a_copy_or_none(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        both = [(PHONE, TEXT), (TABLET, b"for the tablet")]
        assert await office.boxes.post(BOS, message(1), both) is PostAnswer.ACCEPTED
        wrong = [(PHONE, TEXT), (STRANGER, TEXT)]
        assert await office.boxes.post(BOS, message(2), wrong) == Refused(RefusalReason.UNKNOWN)
        assert await states(office, 2) == {}
        async with office.listening(TABLET) as (connection, _):
            await connection.until(1)
            assert connection.offered[0].envelope == b"for the tablet"

    in_office(tmp_path, scene)


def test_a_mailbox_is_there_for_its_own_home_alone(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        unknown = Refused(RefusalReason.UNKNOWN)
        async with office.listening() as (connection, _):
            assert await office.boxes.post(EVES, message(1), [(PHONE, TEXT)]) == unknown
            assert await office.boxes.cancel(EVES, message(1), [PHONE]) == unknown
            await office.boxes.post(BOS, message(1), [(PHONE, TEXT)])
            await connection.until(1)
            await office.boxes.take(EVES, STRANGER, message(1), b"forged")
            assert await states(office, 1) == {PHONE: CopyState.OFFERED}
            assert await office.copies.said(EVES, message(1)) == []
            assert office.boxes.listens(BOS, PHONE)
            assert not office.boxes.listens(EVES, PHONE)

    in_office(tmp_path, scene)


def test_on_a_full_disk_a_post_fails_aloud_and_what_was_accepted_stays(tmp_path: Path) -> None:
    async def scene(office: PostOffice) -> None:
        posts = [office.boxes.post(BOS, message(number), [(PHONE, bytes(8192))]) for number in range(300)]
        answers = await asyncio.gather(*posts, return_exceptions=True)
        accepted = [message(number) for number, answer in enumerate(answers) if answer is PostAnswer.ACCEPTED]
        assert 0 < len(accepted) < len(answers)
        assert all(isinstance(answer, StoreFull) for answer in answers if answer is not PostAnswer.ACCEPTED)
        assert [copy.message for copy in await office.copies.waiting(BOS, PHONE, 300)] == accepted

    in_office(tmp_path, scene, store_bytes_max=1024 * 1024)
