"""One connection: odd requests and answers, silence, bounds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers.smpp_connection import ConnectionEnded, NoResponse, SmppConnection
from curtilage.carriers.smpp_pdu import RESPONSE, Command, DeliverSm, Pdu, decode, length_of
from curtilage.carriers.smpp_status import Status
from tests.carriers.smpp_side import QUICK, bound

_ODD = (
    Pdu(0x0102, 0, 5),  # alert_notification: we know no such thing
    Pdu(0x0103, 0, 6, b"data_sm"),
    Pdu(Command.DELIVER_SM, 0, 7, b"short"),
    Pdu(Command.ENQUIRE_LINK, 0, 8),
    Pdu(Command.SUBMIT_SM | RESPONSE, 0, 999),  # an answer to nothing
)


class _Far:
    """The carrier's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def read(self) -> Pdu:
        head = await self.reader.readexactly(4)
        return decode(head + await self.reader.readexactly(length_of(head, 4096) - 4))

    def write(self, *pdus: Pdu) -> None:
        self.writer.write(b"".join(pdu.encode() for pdu in pdus))


@contextlib.asynccontextmanager
async def _connected(
    deliver: Callable[[DeliverSm, Callable[[Status], None]], None] = lambda _, answer: answer(Status.OK),
    enquire_s: float = 60.0,
) -> AsyncIterator[tuple[SmppConnection, _Far]]:
    far: asyncio.Future[_Far] = asyncio.get_running_loop().create_future()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far.set_result(_Far(reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    connection = SmppConnection(reader, writer, replace(QUICK, smpp_enquire_s=enquire_s), deliver)
    running = asyncio.create_task(connection.run())
    other = await far
    try:
        yield connection, other
    finally:
        running.cancel()
        await asyncio.wait([running])
        other.writer.close()
        server.close()


def test_odd_requests_are_answered_and_change_nothing() -> None:
    async def scene() -> None:
        async with _connected() as (connection, far):
            far.write(*_ODD)
            answers = [await far.read() for _ in _ODD[:-1]]
            assert [(pdu.command, pdu.status, pdu.sequence) for pdu in answers] == [
                (Command.GENERIC_NACK, Status.INVALID_COMMAND, 5),
                (Command.DATA_SM | RESPONSE, Status.INVALID_COMMAND_LENGTH, 6),
                (Command.DELIVER_SM | RESPONSE, Status.INVALID_COMMAND_LENGTH, 7),
                (Command.ENQUIRE_LINK | RESPONSE, 0, 8),
            ]
            assert connection.ended == ""

    asyncio.run(scene())


def test_answers_may_come_in_any_order() -> None:
    async def scene() -> None:
        async with _connected() as (connection, far):
            asked = [asyncio.create_task(connection.request(Command.SUBMIT_SM, b"x")) for _ in range(3)]
            requests = [await far.read() for _ in asked]
            far.write(*(Pdu(pdu.command | RESPONSE, 0, pdu.sequence) for pdu in reversed(requests)))
            assert [(await task).sequence for task in asked] == [pdu.sequence for pdu in requests] == [1, 2, 3]

    asyncio.run(scene())


def test_a_late_answer_is_heard() -> None:
    async def scene() -> None:
        heard: list[Pdu] = []
        async with _connected() as (connection, far):
            with pytest.raises(NoResponse):
                await connection.request(Command.SUBMIT_SM, b"x", heard.append)
            request = await far.read()
            far.write(Pdu(Command.GENERIC_NACK, 3, request.sequence))
            while not heard:  # noqa: ASYNC110 - a list tells nobody that it grew
                await asyncio.sleep(0.01)
            assert heard[0].status == 3

    asyncio.run(asyncio.wait_for(scene(), 20))


def test_who_waits_is_told_when_the_connection_ends() -> None:
    async def scene() -> None:
        async with _connected() as (connection, far):
            asked = asyncio.create_task(connection.request(Command.SUBMIT_SM, b"x"))
            await far.read()
            far.writer.close()
            with pytest.raises(ConnectionEnded) as ended:
                await asked
            assert ended.value.sent
            with pytest.raises(ConnectionEnded) as again:
                await connection.request(Command.SUBMIT_SM, b"x")
            assert not again.value.sent
            assert connection.ended == "The carrier closed the connection."

    asyncio.run(scene())


def test_a_carrier_that_falls_silent_is_left() -> None:
    async def scene() -> None:
        async with _connected(enquire_s=0.05) as (connection, far):
            assert (await far.read()).command == Command.ENQUIRE_LINK
            assert await far.reader.read() == b""
            assert connection.ended == "The carrier does not answer any more."

    asyncio.run(scene())


def test_a_goodbye_is_answered() -> None:
    async def scene() -> None:
        async with _connected() as (connection, far):
            far.write(Pdu(Command.UNBIND, 0, 3))
            answer = await far.read()
            assert (answer.command, answer.sequence) == (Command.UNBIND | RESPONSE, 3)
            assert await far.reader.read() == b""
            assert connection.ended == "The carrier said goodbye."

    asyncio.run(scene())


@pytest.mark.parametrize("octets", [b"\0\0\0\x0f" + b"x" * 20, b"\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n\r\n"])
def test_what_is_no_smpp_ends_the_connection(octets: bytes) -> None:
    async def scene() -> None:
        async with _connected() as (connection, far):
            far.writer.write(octets)
            await far.reader.read()
            assert connection.ended == "The carrier sent a PDU of an impossible length."

    asyncio.run(scene())


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_octets_end_it_or_are_answered(pieces: list[bytes]) -> None:
    async def scene() -> None:
        async with _connected() as (_, far):
            for piece in pieces:
                far.writer.write(Pdu(Command.DELIVER_SM, 0, 1, piece).encode() + piece)
            far.writer.write_eof()
            await far.reader.read()

    asyncio.run(asyncio.wait_for(scene(), 20))


@pytest.mark.slow
def test_an_smsc_that_enquires_says_goodbye_and_speaks_of_other_things() -> None:
    async def scene() -> None:
        async with bound(replace(QUICK, smpp_enquire_s=0.1)) as side:
            await side.smsc.until("enquired", 3)
            side.smsc.order(enquire=True)
            await side.smsc.until("answered")
            side.smsc.order(unknown=True)
            side.smsc.order(goodbye=True)
            await side.smsc.until("answered goodbye")
            await side.smsc.until("bound", 2)
        assert side.smsc.count("unbound") == 1

    asyncio.run(scene())
