"""The discovery filter: which accounts can be found, as a signed manifest and its shards.

The server builds it (``FilterBuilder``), a phone fetches the manifest and the shards it does not have, and asks it
about the outputs of its contacts (``Filter``). It tells who is in it to nobody who has not got a number's output from
the evaluator; and the phone asks its own copy, so the server learns nothing of what is looked up.
"""

import struct
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from curtilage.wire.discovery.manifest import FilterProblem, Manifest, digest_of, read_manifest
from curtilage.wire.discovery.ristretto255 import Element
from curtilage.wire.discovery.shard import SHARDS_COUNT_MAX, Shard, place_of, prefix_of, shards_for

_LENGTH = struct.Struct(">I")
_SPARE = 1.25
"""Shards may be so many times too many, which costs a third of a bit for each account."""
_SHARD_LENGTH = struct.Struct(">H")


@dataclass(frozen=True, slots=True)
class Filter:
    """A phone's copy, checked as a whole."""

    manifest: Manifest
    shards: tuple[Shard, ...]

    @staticmethod
    def of(manifest: Manifest, shards: Mapping[bytes, bytes]) -> "Filter | FilterProblem":
        """``shards`` by their digests, as a phone keeps them; more may be among them."""
        whole = []
        for digest in manifest.digests:
            octets = shards.get(digest, b"")
            shard = Shard.decode(octets) if digest_of(octets) == digest else None
            if shard is None:
                return FilterProblem.DIGEST
            whole.append(shard)
        return Filter(manifest, tuple(whole))

    def holds(self, output: bytes) -> bool:
        """Whether an account with this output is among them, or one looks like it (a chance of 2^-20)."""
        place = place_of(prefix_of(output), len(self.shards))
        return self.shards[place.shard].holds(place)

    def encode(self, signed_manifest: bytes) -> bytes:
        """The whole filter in one piece."""
        pieces = (piece for shard in self.shards for piece in (_SHARD_LENGTH.pack(len(shard.octets)), shard.octets))
        return b"".join((_LENGTH.pack(len(signed_manifest)), signed_manifest, *pieces))


def read_filter(octets: bytes, signer: bytes) -> Filter | FilterProblem:
    """A whole filter in one piece, signed by ``signer``. Reads at most as many shards as were signed."""
    if len(octets) < _LENGTH.size:
        return FilterProblem.FORM
    at = _LENGTH.size + _LENGTH.unpack_from(octets)[0]
    manifest = read_manifest(octets[_LENGTH.size : at], signer)
    if isinstance(manifest, FilterProblem):
        return manifest
    shards = {}
    for digest in manifest.digests:
        start = at + _SHARD_LENGTH.size
        if start > len(octets):
            return FilterProblem.FORM
        at = start + _SHARD_LENGTH.unpack_from(octets, at)[0]
        shards[digest] = octets[start:at]
    return Filter.of(manifest, shards) if at == len(octets) else FilterProblem.FORM


def lacking(manifest: Manifest, digests: Iterable[bytes]) -> tuple[int, ...]:
    """The numbers of the shards a phone must fetch, when it has those with ``digests``."""
    had = frozenset(digests)
    return tuple(number for number, digest in enumerate(manifest.digests) if digest not in had)


class FilterBuilder:
    """The server's side: accounts come and go, and only the shards they stand in are made anew.

    Holds 8 bytes for each account. A million accounts take about two seconds the first time, and again when their count
    outgrows the number of shards; a single one some milliseconds.
    """

    __slots__ = ("_made", "_prefixes", "_shards_count")

    def __init__(self, outputs: Iterable[bytes] = (), shards_count: int = 0) -> None:
        """``shards_count``: of the filter that is being replaced, 0 when there is none; kept while it suits.

        Raises OverflowError, as ``add``.
        """
        self._prefixes = array("Q", sorted(map(prefix_of, outputs)))
        """All accounts, rising."""
        self._made: dict[int, Shard] = {}
        """Shards that are as the accounts are."""
        self._shards_count = min(shards_count, SHARDS_COUNT_MAX)
        self._suit()

    def __len__(self) -> int:
        return len(self._prefixes)

    def add(self, output: bytes) -> None:
        """An account can be found from now on. Raises OverflowError: there are too many for this form of filter."""
        prefix = prefix_of(output)
        insort(self._prefixes, prefix)
        self._changed(prefix)

    def remove(self, output: bytes) -> bool:
        """An account can be found no longer; False: it was not there."""
        prefix = prefix_of(output)
        at = bisect_left(self._prefixes, prefix)
        if at == len(self._prefixes) or self._prefixes[at] != prefix:
            return False
        del self._prefixes[at]
        self._changed(prefix)
        return True

    def build(self, epoch: int, made_ms: int, public_key: Element, metadata: str) -> Filter:
        """The filter as the accounts are now: always the same bytes for the same accounts."""
        count = self._shards_count
        shards = tuple(self._shard(number, count) for number in range(count))
        digests = tuple(digest_of(shard.octets) for shard in shards)
        return Filter(Manifest(epoch, made_ms, len(self._prefixes), public_key, metadata, digests), shards)

    def _changed(self, prefix: int) -> None:
        self._made.pop(place_of(prefix, self._shards_count).shard, None)
        self._suit()

    def _suit(self) -> None:
        """Another number of shards when there are too few, or far too many: at the border it must not go to and fro."""
        fitting = shards_for(len(self._prefixes))
        if fitting > SHARDS_COUNT_MAX:
            raise OverflowError("more accounts than this form of filter can hold")
        if not fitting <= self._shards_count <= fitting * _SPARE:
            self._shards_count = fitting
            self._made.clear()

    def _shard(self, number: int, count: int) -> Shard:
        if (made := self._made.get(number)) is not None:
            return made
        begin, end = (bisect_left(self._prefixes, -(-(edge << 64) // count)) for edge in (number, number + 1))
        shard = self._made[number] = Shard.encode(self._prefixes[begin:end], number, count)
        return shard
