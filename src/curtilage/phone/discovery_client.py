"""Discovery on the phone: which of a person's contacts can be reached by ip, without telling anybody who they are.

For each number that was never asked about in this epoch a blinded element goes to the evaluator; its reply is verified
before anything is believed, and what comes out is kept until the epoch ends. Everything else happens here: an output is
looked up in the phone's own copy of the filter, as often as it likes.

Rules: what is sent and fetched goes through DiscoveryServer, which somebody else implements, and what is to be kept is
kept by the caller; a number leaves this file only blinded. A filter or reply that does not verify changes nothing.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from curtilage.wire.discovery.batch import Batch, decode_reply, sizes_for
from curtilage.wire.discovery.filter import Filter, lacking, read_filter
from curtilage.wire.discovery.manifest import FilterProblem, Manifest, follows, read_manifest
from curtilage.wire.discovery.oprf import Blinded, Mode, OprfProblem, blind, finalize_verified
from curtilage.wire.discovery.ristretto255 import Element, random_element, random_scalar
from curtilage.wire.identifier import Entropy
from curtilage.wire.number import PhoneNumber, metadata_version

_UnderWay = tuple["Asking", asyncio.Future[bytes]]
_PIECEMEAL_SHARE_MAX = 0.5
"""Of a filter's shards: when more are missing, one request for all is cheaper than one for each."""

_FETCHED_AT_ONCE = 8


class DiscoveryServer(Protocol):
    """What the phone asks of its server, over whatever connects them. Raises errors of its own."""

    async def evaluate(self, batch: bytes) -> bytes:
        """The reply to a batch (wire/discovery/batch.py). When it is lost, the same bytes again cost nothing."""
        ...

    async def manifest(self, epoch: int) -> bytes:
        """The newest signed manifest of an epoch."""
        ...

    async def shard(self, digest: bytes) -> bytes:
        """A shard by its digest."""
        ...

    async def whole(self, epoch: int) -> bytes:
        """The newest filter of an epoch in one piece."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What a number's function is in one epoch: kept in the phone's own store, sealed, and never sent."""

    number: PhoneNumber
    output: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """A batch on its way."""

    octets: bytes = field(repr=False)
    """What is sent."""
    _public_key: Element
    _numbers: tuple[PhoneNumber, ...]
    _blinded: tuple[Blinded, ...]
    _others: tuple[Element, ...] = field(repr=False)

    def finish(self, reply: bytes) -> tuple[Known, ...] | OprfProblem:
        """What the reply says of the numbers, once its proof was verified. The problem is the server's doing."""
        evaluated = decode_reply(reply, len(self._blinded) + len(self._others))
        if isinstance(evaluated, OprfProblem):
            return evaluated
        outputs = finalize_verified(self._blinded, self._others, evaluated, self._public_key)
        if isinstance(outputs, OprfProblem):
            return outputs
        return tuple(Known(number, output) for number, output in zip(self._numbers, outputs, strict=True))


def ask(numbers: Sequence[PhoneNumber], manifest: Manifest, entropy: Entropy) -> Iterator[Asking]:
    """Batches for ``numbers``, each filled up, and each made when it is asked for."""
    rest = list(numbers)
    for size in sizes_for(len(rest)):
        part, rest = rest[:size], rest[size:]
        blinded = tuple(_blinded(number, entropy) for number in part)
        others = tuple(random_element(entropy) for _ in range(size - len(part)))
        elements = (*(item.element for item in blinded), *others)
        octets = Batch(manifest.epoch, elements).encode()
        yield Asking(octets, manifest.public_key, tuple(part), blinded, others)


def _blinded(number: PhoneNumber, entropy: Entropy) -> Blinded:
    blinded = blind(Mode.VOPRF, number.octets, random_scalar(entropy))
    assert isinstance(blinded, Blinded), "a number is short, and maps to an element"
    return blinded


class EpochContacts:
    """One epoch on one phone: its filter, and what is known of the contacts' numbers."""

    __slots__ = ("_filter", "_outputs")

    def __init__(self, current: Filter, known: Iterable[Known] = ()) -> None:
        """``known``: what the phone kept of this epoch."""
        self._filter = current
        self._outputs = {item.number: item.output for item in known}

    @property
    def manifest(self) -> Manifest:
        """Of the filter in use."""
        return self._filter.manifest

    @property
    def reads_numbers_alike(self) -> bool:
        """The server knows of the world's numbers what this phone knows. If not, a new kind of number may be missed."""
        return self._filter.manifest.metadata == metadata_version()

    def unknown(self, numbers: Iterable[PhoneNumber]) -> list[PhoneNumber]:
        """Those that must be asked about, each once, in their order: only these cost anything."""
        return [number for number in dict.fromkeys(numbers) if number not in self._outputs]

    def learn(self, known: Iterable[Known]) -> None:
        """What Asking.finish gave; the caller has stored it."""
        self._outputs.update((item.number, item.output) for item in known)

    def forget(self, numbers: Iterable[PhoneNumber]) -> None:
        """Contacts that are no more."""
        for number in numbers:
            self._outputs.pop(number, None)

    def renew(self, newer: Filter) -> FilterProblem | None:
        """Use ``newer`` from now on; None: done. It must be of this epoch, under its key, and not older."""
        if newer.manifest.epoch != self.manifest.epoch:
            return FilterProblem.EPOCH
        if (problem := follows(newer.manifest, self.manifest)) is not None:
            return problem
        self._filter = newer
        return None

    def by_ip(self, numbers: Iterable[PhoneNumber]) -> list[PhoneNumber]:
        """Those that can be reached by ip. One in a million that cannot is among them; its keys are then not found."""
        outputs = ((number, self._outputs.get(number)) for number in numbers)
        return [number for number, output in outputs if output is not None and self._filter.holds(output)]


async def fetch_filter(
    server: DiscoveryServer, epoch: int, signer: bytes, known: Manifest | None, shards: Mapping[bytes, bytes]
) -> Filter | FilterProblem:
    """The newest filter of ``epoch``: what ``shards`` (by digest) does not have is fetched, or all in one piece.

    ``known``: the manifest in use, of this epoch or the one before; one that goes back behind it is refused.
    """
    manifest = _newer(read_manifest(await server.manifest(epoch), signer), epoch, known)
    if isinstance(manifest, FilterProblem):
        return manifest
    missing = lacking(manifest, shards)
    if len(missing) > len(manifest.digests) * _PIECEMEAL_SHARE_MAX:
        whole = read_filter(await server.whole(epoch), signer)
        newer = whole if isinstance(whole, FilterProblem) else _newer(whole.manifest, epoch, manifest)
        return newer if isinstance(newer, FilterProblem) else whole
    fetched = dict(shards)
    for begin in range(0, len(missing), _FETCHED_AT_ONCE):
        digests = [manifest.digests[number] for number in missing[begin : begin + _FETCHED_AT_ONCE]]
        fetched.update(zip(digests, await asyncio.gather(*map(server.shard, digests)), strict=True))
    return Filter.of(manifest, fetched)


def _newer(manifest: Manifest | FilterProblem, epoch: int, known: Manifest | None) -> Manifest | FilterProblem:
    if isinstance(manifest, FilterProblem):
        return manifest
    if manifest.epoch != epoch:
        return FilterProblem.EPOCH
    return (follows(manifest, known) if known is not None else None) or manifest


async def look_up(
    server: DiscoveryServer, contacts: EpochContacts, numbers: Iterable[PhoneNumber], entropy: Entropy
) -> AsyncIterator[tuple[Known, ...] | OprfProblem]:
    """Ask about those of ``numbers`` that are unknown. Gives what each batch taught, to be stored before the next.

    ``contacts`` knows it afterwards. A reply that does not verify is given last. The reckoning is done in threads: a
    quarter of a second for 256 contacts, half of it while the server reckons too.
    """
    batches, under_way = ask(contacts.unknown(numbers), contacts.manifest, entropy), deque[_UnderWay]()
    try:
        await _send_next(server, batches, under_way)
        while under_way:
            await _send_next(server, batches, under_way)
            asking, reply = under_way[0]
            known = await asyncio.to_thread(asking.finish, await reply)
            under_way.popleft()
            if not isinstance(known, OprfProblem):
                contacts.learn(known)
            yield known
            if isinstance(known, OprfProblem):
                return
    finally:
        for _, reply in under_way:
            reply.cancel()
        await asyncio.gather(*(reply for _, reply in under_way), return_exceptions=True)


async def _send_next(server: DiscoveryServer, batches: Iterator[Asking], under_way: "deque[_UnderWay]") -> None:
    """One ahead of what is being reckoned here, so that neither side waits for the other."""
    asking = await asyncio.to_thread(next, batches, None)
    if asking is not None:
        under_way.append((asking, asyncio.ensure_future(server.evaluate(asking.octets))))
