"""A change of epoch from its beginning to its end: evaluator, server, filters and phones together."""

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path

import pytest

from curtilage.errors import Refused
from curtilage.messages.discovery.discovery import Discovery, Moved
from curtilage.messages.discovery.evaluator_process import EvaluatorProcess
from curtilage.messages.discovery.exchange import EpochState
from curtilage.messages.discovery.filters import Filters
from curtilage.phone.discovery_client import EpochContacts, fetch_filter, look_up
from curtilage.wire.discovery.filter import Filter
from curtilage.wire.identifier import AccountId
from curtilage.wire.number import PhoneNumber
from tests.messages.discovery.evaluators import ADA, config_in
from tests.wire.discovery.outputs import SIGNER, SIGNING_KEY

pytestmark = pytest.mark.slow
BO, CY, DEE = (PhoneNumber(f"+491512345670{number}") for number in range(3))
"""Bo and Cy can be found; Dee has no account."""


class Server:
    """What stands between Ada's phone and discovery; implements DiscoveryServer."""

    def __init__(self, discovery: Discovery) -> None:
        self.discovery = discovery
        self.filters = Filters(SIGNING_KEY, 3)
        self.stored: dict[PhoneNumber, dict[int, bytes]] = {}

    async def register(self, number: PhoneNumber) -> None:
        """In every epoch there is."""
        self.stored[number] = {}
        for state in self.discovery.epochs():
            output = await self.discovery.output_of(number, state.epoch)
            assert isinstance(output, bytes)
            self.stored[number][state.epoch] = output
            self.filters.join(state.epoch, output)

    async def move(self, number: PhoneNumber, claimed: PhoneNumber) -> bool:
        """What the phone of ``number`` asks for, saying that it is ``claimed``."""
        moved = await self.discovery.move(claimed, self.stored[number][1], 1, 2)
        if isinstance(moved, Moved):
            self.stored[number][moved.epoch] = moved.output
            self.filters.join(moved.epoch, moved.output)
        return isinstance(moved, Moved)

    async def evaluate(self, batch: bytes) -> bytes:
        """See DiscoveryServer."""
        reply = await self.discovery.evaluate(AccountId(ADA), batch)
        return reply if isinstance(reply, bytes) else b""

    async def manifest(self, epoch: int) -> bytes:
        """See DiscoveryServer."""
        return self.filters.manifest(epoch) or b""

    async def shard(self, digest: bytes) -> bytes:
        """See DiscoveryServer."""
        return self.filters.shard(digest) or b""

    async def whole(self, epoch: int) -> bytes:
        """See DiscoveryServer."""
        return self.filters.whole(epoch) or b""


async def found(server: Server, epoch: int, numbers: Sequence[PhoneNumber]) -> list[PhoneNumber]:
    """By Ada's phone, which knows nothing yet."""
    newest = await fetch_filter(server, epoch, SIGNER, None, {})
    assert isinstance(newest, Filter)
    contacts = EpochContacts(newest)
    async for known in look_up(server, contacts, numbers, secrets.token_bytes):
        assert isinstance(known, tuple)
    return contacts.by_ip(numbers)


def test_everybody_is_found_before_and_after_and_nobody_by_the_old_key(tmp_path: Path) -> None:
    async def use(server: Server) -> None:
        discovery, filters = server.discovery, server.filters
        (first,) = discovery.epochs()
        filters.begin(first, ())
        await server.register(BO)
        await server.register(CY)
        filters.publish(1_000)
        assert await found(server, 1, (BO, CY, DEE)) == [BO, CY]

        second = await discovery.begin_epoch()
        assert isinstance(second, EpochState)
        filters.begin(second, ())
        assert await server.move(BO, claimed=BO)
        assert not await server.move(CY, claimed=BO), "nobody moves with another's number"
        filters.publish(2_000)
        assert await found(server, 2, (BO, CY, DEE)) == [BO]
        assert await found(server, 1, (BO, CY, DEE)) == [BO, CY], "both live together"

        assert await server.move(CY, claimed=CY)
        assert await discovery.end_epoch(1)
        filters.end(1)
        filters.publish(3_000)
        assert await found(server, 2, (BO, CY, DEE)) == [BO, CY]
        assert server.filters.whole(1) is None
        assert isinstance(await discovery.output_of(BO, 1), Refused)
        assert [file.name for file in sorted((tmp_path / "keys").glob("epoch-*"))] == ["epoch-2.key"]

    async def main() -> None:
        config = config_in(tmp_path)
        process = EvaluatorProcess(config)
        try:
            discovery = Discovery(process, config)
            await discovery.load(())
            await use(Server(discovery))
        finally:
            await process.close()

    asyncio.run(main())
    numbers = [number.octets[1:] for number in (BO, CY, DEE)]
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(number in octets for number in numbers for octets in kept), "no number stays on the disk"
