"""A shard of the discovery filter: the accounts whose outputs begin alike, about 1,024 of them in 2.8 kB.

Where an output stands follows from its first 64 bits and the number of shards alone::

    place  = (first 8 bytes, big-endian) * shards * 2^30 / 2^64        rounded down
    shard  = place / 2^30       bucket = place / 2^26 % 16       value = place % 2^26

A look-up reads one bucket of about 64 values. Another account in or out changes one shard. A number of which there is
no account is found in a bucket of 64 with a chance of 64/2^26 = 2^-20.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from curtilage.wire.discovery import golomb_rice

ACCOUNTS_PER_SHARD = 1024
BUCKETS_PER_SHARD = 16
_SHARD_BITS, _BUCKET_BITS = 30, 26
_VALUES = (1 << _BUCKET_BITS) - 1
_BUCKETS = BUCKETS_PER_SHARD - 1
PREFIX_BYTES = 8
"""Of an output: what decides where it stands."""
_LENGTHS = struct.Struct(f">{BUCKETS_PER_SHARD}H")
BUCKET_BYTES_MAX = 1024
"""Six times the usual: more than chance brings about, little enough to be read in a millisecond."""
SHARD_BYTES_MAX = _LENGTHS.size + BUCKETS_PER_SHARD * BUCKET_BYTES_MAX
SHARDS_COUNT_MAX = 16_384
"""16.8 million accounts."""
_STEPS = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where an output stands."""

    shard: int
    bucket: int
    value: int


def prefix_of(output: bytes) -> int:
    """The first 64 bits."""
    return int.from_bytes(output[:PREFIX_BYTES])


def place_of(prefix: int, shards_count: int) -> Place:
    """Where an output with these first 64 bits stands."""
    place = (prefix * shards_count) >> (64 - _SHARD_BITS)
    return Place(place >> _SHARD_BITS, (place >> _BUCKET_BITS) & _BUCKETS, place & _VALUES)


def shards_for(accounts_count: int) -> int:
    """How many shards hold so many accounts: rounded up to five binary digits, so that it seldom changes.

    A change moves every account, and every phone fetches the whole filter anew: with every 3 to 6 % that are added.
    """
    needed = max(1, -(-accounts_count // ACCOUNTS_PER_SHARD))
    step = 1 << max(0, needed.bit_length() - _STEPS.bit_length())
    return -(-needed // step) * step


@dataclass(frozen=True, slots=True)
class Shard:
    """Whole and within its bounds; whether it is the one that was signed, says the manifest."""

    octets: bytes = field(repr=False)
    _starts: tuple[int, ...] = field(repr=False)
    """Where each bucket begins in ``octets``, and where the last one ends."""

    @staticmethod
    def decode(octets: bytes) -> "Shard | None":
        """None: a bucket is too long, or they are not as long together as the shard is."""
        if not _LENGTHS.size <= len(octets) <= SHARD_BYTES_MAX:
            return None
        starts = [_LENGTHS.size]
        for length in _LENGTHS.unpack_from(octets):
            if length > BUCKET_BYTES_MAX:
                return None
            starts.append(starts[-1] + length)
        return Shard(bytes(octets), tuple(starts)) if starts[-1] == len(octets) else None

    @staticmethod
    def encode(prefixes: Sequence[int], number: int, shards_count: int) -> "Shard":
        """Of the accounts whose outputs begin so; all of them belong into shard ``number``. Always the same bytes."""
        buckets = [list[int]() for _ in range(BUCKETS_PER_SHARD)]
        for place in {(prefix * shards_count) >> (64 - _SHARD_BITS) for prefix in prefixes}:
            assert place >> _SHARD_BITS == number, "belongs into another shard"
            buckets[(place >> _BUCKET_BITS) & _BUCKETS].append(place & _VALUES)
        encoded = [golomb_rice.encode(sorted(values)) for values in buckets]
        whole = Shard.decode(_LENGTHS.pack(*map(len, encoded)) + b"".join(encoded))
        assert whole is not None, "outputs of a pseudorandom function never crowd like this"
        return whole

    def holds(self, place: Place) -> bool:
        """Whether an account stands there. Never raises, whatever the shard holds."""
        start, end = self._starts[place.bucket : place.bucket + 2]
        return golomb_rice.contains(self.octets[start:end], place.value)
