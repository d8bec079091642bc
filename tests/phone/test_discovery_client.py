"""Discovery on the phone, with a server that is honest and servers that are not."""

import asyncio
import secrets
from collections.abc import Sequence

import pytest

from curtilage.messages.discovery.exchange import EpochState
from curtilage.messages.discovery.filters import Filters
from curtilage.phone.discovery_client import EpochContacts, Known, ask, fetch_filter, look_up
from curtilage.wire.discovery.batch import Batch, encode_reply
from curtilage.wire.discovery.filter import Filter
from curtilage.wire.discovery.manifest import FilterProblem, Manifest
from curtilage.wire.discovery.oprf import (
    Evaluated,
    KeyPair,
    Mode,
    OprfProblem,
    blind_evaluate_verifiably,
    derive_key_pair,
    evaluate,
)
from curtilage.wire.discovery.ristretto255 import random_scalar
from curtilage.wire.number import PhoneNumber, metadata_version
from tests.wire.discovery.outputs import SIGNER, SIGNING_KEY, outputs

KEYS = derive_key_pair(Mode.VOPRF, b"k" * 32, b"tests")
OTHER_KEYS = derive_key_pair(Mode.VOPRF, b"o" * 32, b"tests")
CONTACTS = [PhoneNumber(f"+49151234567{number:02}") for number in range(70)]


def output_of(number: PhoneNumber, keys: KeyPair = KEYS) -> bytes:
    output = evaluate(Mode.VOPRF, keys.secret, number.octets)
    assert isinstance(output, bytes)
    return output


class Server:
    """A server in this process: its function under ``keys``, and the filter of whoever joined."""

    def __init__(self, members: Sequence[PhoneNumber] = (), keys: KeyPair = KEYS, metadata: str = "") -> None:
        self.keys = keys
        self.filters = Filters(SIGNING_KEY, 3)
        strangers = outputs(5_000)
        state = EpochState(1, KEYS.public, metadata or metadata_version())
        self.filters.begin(state, [*strangers, *map(output_of, members)])
        self.filters.publish(1_000)
        self.seen: list[bytes] = []
        self.fetched: list[str] = []

    async def evaluate(self, batch: bytes) -> bytes:
        """See DiscoveryServer."""
        self.seen.append(batch)
        asked = Batch.decode(batch)
        assert isinstance(asked, Batch)
        reply = blind_evaluate_verifiably(self.keys, asked.elements, random_scalar(secrets.token_bytes))
        assert isinstance(reply, Evaluated)
        return encode_reply(reply)

    async def manifest(self, epoch: int) -> bytes:
        """See DiscoveryServer."""
        return self.filters.manifest(epoch) or b""

    async def shard(self, digest: bytes) -> bytes:
        """See DiscoveryServer."""
        self.fetched.append("shard")
        return self.filters.shard(digest) or b""

    async def whole(self, epoch: int) -> bytes:
        """See DiscoveryServer."""
        self.fetched.append("whole")
        return self.filters.whole(epoch) or b""


async def fetched(server: Server) -> Filter:
    newest = await fetch_filter(server, 1, SIGNER, None, {})
    assert isinstance(newest, Filter)
    return newest


async def learnt(server: Server, contacts: EpochContacts, numbers: Sequence[PhoneNumber]) -> list[Known]:
    known: list[Known] = []
    async for part in look_up(server, contacts, numbers, secrets.token_bytes):
        assert isinstance(part, tuple)
        known += part
    return known


def test_contacts_who_joined_are_found_and_others_are_not() -> None:
    async def main() -> None:
        server = Server(CONTACTS[::2])
        contacts = EpochContacts(await fetched(server))
        assert contacts.by_ip(CONTACTS) == [], "nothing was asked yet"
        await learnt(server, contacts, CONTACTS)
        assert contacts.by_ip(CONTACTS) == CONTACTS[::2]

    asyncio.run(main())


def test_only_new_numbers_are_asked_about() -> None:
    async def main() -> None:
        server = Server(CONTACTS)
        current = await fetched(server)
        contacts = EpochContacts(current)
        known = await learnt(server, contacts, [*CONTACTS[:60], *CONTACTS[:60]])
        assert [len(batch) for batch in server.seen] == [5 + 64 * 32]
        assert await learnt(server, contacts, CONTACTS[:60]) == []
        again = EpochContacts(current, known)
        assert len(await learnt(server, again, CONTACTS[:62])) == 2
        assert [len(batch) for batch in server.seen] == [5 + 64 * 32, 5 + 4 * 32]
        assert again.by_ip(CONTACTS) == CONTACTS[:62]
        again.forget(CONTACTS[:61])
        assert again.by_ip(CONTACTS) == CONTACTS[61:62]

    asyncio.run(main())


def test_no_two_batches_look_alike_and_no_number_is_in_them() -> None:
    async def main() -> None:
        server = Server()
        for _ in range(2):
            await learnt(server, EpochContacts(await fetched(server)), CONTACTS)
        elements = [batch[at : at + 32] for batch in server.seen for at in range(5, len(batch), 32)]
        assert len(set(elements)) == len(elements) == 2 * 256
        assert not any(number.octets[1:] in batch for number in CONTACTS for batch in server.seen)

    asyncio.run(main())


def test_a_server_with_another_key_teaches_nothing() -> None:
    async def main() -> None:
        server = Server(CONTACTS, OTHER_KEYS)
        contacts = EpochContacts(await fetched(server))
        parts = [part async for part in look_up(server, contacts, CONTACTS, secrets.token_bytes)]
        assert parts == [OprfProblem.PROOF]
        assert contacts.unknown(CONTACTS) == CONTACTS

    asyncio.run(main())


@pytest.mark.parametrize("reply", [b"", bytes(192), b"\xff" * 192, bytes(1_000_000)])
def test_a_reply_that_is_none_teaches_nothing(reply: bytes) -> None:
    async def main() -> None:
        manifest = (await fetched(Server())).manifest
        (asking,) = ask(CONTACTS[:1], manifest, secrets.token_bytes)
        assert isinstance(asking.finish(reply), OprfProblem)

    asyncio.run(main())


def test_only_shards_that_changed_are_fetched() -> None:
    async def main() -> None:
        server = Server()
        first = await fetched(server)
        assert server.fetched == ["whole"]
        server.filters.join(1, output_of(CONTACTS[0]))
        server.filters.publish(2_000)
        had = {digest: shard.octets for digest, shard in zip(first.manifest.digests, first.shards, strict=True)}
        second = await fetch_filter(server, 1, SIGNER, first.manifest, had)
        assert isinstance(second, Filter)
        assert server.fetched == ["whole", "shard"]
        contacts = EpochContacts(first, [Known(CONTACTS[0], output_of(CONTACTS[0]))])
        assert contacts.by_ip(CONTACTS) == []
        assert contacts.renew(second) is None
        assert contacts.by_ip(CONTACTS) == CONTACTS[:1]
        assert contacts.renew(first) is FilterProblem.OLDER
        assert contacts.by_ip(CONTACTS) == CONTACTS[:1]
        assert await fetch_filter(server, 1, SIGNER, _later(second.manifest), had) is FilterProblem.OLDER

    asyncio.run(main())


def test_filters_of_other_servers_and_epochs_are_refused() -> None:
    async def main() -> None:
        server = Server()
        current = await fetched(server)
        assert await fetch_filter(server, 1, b"\x01" * 32, None, {}) is FilterProblem.SIGNATURE
        assert await fetch_filter(server, 2, SIGNER, None, {}) is FilterProblem.FORM
        server.filters.begin(EpochState(2, OTHER_KEYS.public, "9.0.42"), ())
        server.filters.publish(2_000)
        second = await fetch_filter(server, 2, SIGNER, current.manifest, {})
        assert isinstance(second, Filter)
        assert EpochContacts(current).renew(second) is FilterProblem.EPOCH
        server.filters.begin(EpochState(1, OTHER_KEYS.public, "9.0.42"), ())
        server.filters.publish(3_000)
        assert await fetch_filter(server, 1, SIGNER, current.manifest, {}) is FilterProblem.ANOTHER_KEY

    asyncio.run(main())


def test_a_server_that_gives_other_shards_than_it_signed_is_refused() -> None:
    class Swapping(Server):
        async def whole(self, epoch: int) -> bytes:
            octets = bytearray(await super().whole(epoch))
            octets[-1] ^= 1
            return bytes(octets)

    assert asyncio.run(fetch_filter(Swapping(), 1, SIGNER, None, {})) is FilterProblem.DIGEST


def test_a_server_that_knows_other_numbers_is_noticed() -> None:
    assert EpochContacts(asyncio.run(fetched(Server()))).reads_numbers_alike
    assert not EpochContacts(asyncio.run(fetched(Server(metadata="8.0.0")))).reads_numbers_alike


def test_what_was_learnt_before_a_server_failed_stays() -> None:
    many = [PhoneNumber(f"+4915123{number:06}") for number in range(300)]

    class Failing(Server):
        async def evaluate(self, batch: bytes) -> bytes:
            if self.seen:
                raise OSError("the network is gone")
            return await super().evaluate(batch)

    async def main() -> None:
        server = Failing()
        contacts = EpochContacts(await fetched(server))
        known: list[Known] = []
        with pytest.raises(OSError, match="gone"):
            known += await learnt(server, contacts, many)
        assert contacts.unknown(many) == many[256:]

    asyncio.run(main())


def test_numbers_and_what_became_of_them_do_not_show() -> None:
    known = Known(CONTACTS[0], output_of(CONTACTS[0]))
    manifest = asyncio.run(fetched(Server())).manifest
    (asking,) = ask(CONTACTS[:1], manifest, secrets.token_bytes)
    shown = f"{known} {asking}"
    assert "49151" not in shown
    assert repr(known.output) not in shown


def _later(manifest: Manifest) -> Manifest:
    return Manifest(
        manifest.epoch,
        manifest.made_ms + 1,
        manifest.accounts_count,
        manifest.public_key,
        manifest.metadata,
        manifest.digests,
    )
