"""Shards: where an output stands, and what is no shard."""

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.discovery.shard import (
    ACCOUNTS_PER_SHARD,
    BUCKET_BYTES_MAX,
    SHARDS_COUNT_MAX,
    Place,
    Shard,
    place_of,
    prefix_of,
    shards_for,
)
from tests.wire.discovery.outputs import outputs

PREFIXES = sorted(map(prefix_of, outputs(1_000)))


@pytest.mark.parametrize(
    ("accounts", "shards"),
    [(0, 1), (1, 1), (1_024, 1), (1_025, 2), (31 * 1_024, 31), (33 * 1_024 + 1, 34), (1_000_000, 992)],
)
def test_the_number_of_shards_is_rounded_up(accounts: int, shards: int) -> None:
    assert shards_for(accounts) == shards


@given(st.integers(0, SHARDS_COUNT_MAX * ACCOUNTS_PER_SHARD))
def test_shards_always_suffice_and_are_few_too_many(accounts: int) -> None:
    needed = max(1, accounts / ACCOUNTS_PER_SHARD)
    assert needed <= shards_for(accounts) <= max(needed * 1.0626, needed + 1)
    assert shards_for(accounts) <= SHARDS_COUNT_MAX


@given(st.integers(0, 2**64 - 1), st.integers(1, SHARDS_COUNT_MAX))
def test_every_output_has_a_place(prefix: int, shards: int) -> None:
    place = place_of(prefix, shards)
    assert 0 <= place.shard < shards
    assert 0 <= place.bucket < 16
    assert 0 <= place.value < 2**26


def test_the_ends_of_what_can_be_stand_at_the_ends() -> None:
    assert place_of(0, 7) == Place(0, 0, 0)
    assert place_of(2**64 - 1, 7) == Place(6, 15, 2**26 - 1)


def test_who_was_put_in_is_found_and_others_are_not() -> None:
    shard = Shard.encode(PREFIXES, 0, 1)
    assert all(shard.holds(place_of(prefix, 1)) for prefix in PREFIXES)
    others = [prefix_of(output) for output in outputs(2_000, "other")]
    assert sum(shard.holds(place_of(prefix, 1)) for prefix in others) == 0


def test_the_bytes_depend_on_who_is_in_and_on_nothing_else() -> None:
    shuffled = random.Random(1).sample(PREFIXES, len(PREFIXES)) + PREFIXES[:3]
    assert Shard.encode(shuffled, 0, 1) == Shard.encode(PREFIXES, 0, 1)
    assert Shard.decode(Shard.encode(PREFIXES, 0, 1).octets) == Shard.encode(PREFIXES, 0, 1)


def test_a_shard_of_nobody_is_a_shard() -> None:
    assert Shard.encode([], 0, 1).octets == bytes(32)
    assert not Shard.encode([], 0, 1).holds(Place(0, 15, 0))


NO_SHARDS = {
    "nothing": b"",
    "cut off in its lengths": bytes(31),
    "longer than its lengths say": bytes(33),
    "shorter than its lengths say": struct.pack(">16H", *[1] * 16) + bytes(15),
    "a bucket too long": struct.pack(">16H", BUCKET_BYTES_MAX + 1, *[0] * 15) + bytes(BUCKET_BYTES_MAX + 1),
    "all buckets as long as can be written": struct.pack(">16H", *[65_535] * 16) + bytes(16 * 65_535),
}


@pytest.mark.parametrize("name", NO_SHARDS)
def test_what_is_no_shard_is_refused(name: str) -> None:
    assert Shard.decode(NO_SHARDS[name]) is None


@given(st.lists(st.binary(max_size=40), min_size=16, max_size=16), st.integers(0, 2**64 - 1))
def test_a_hostile_shard_answers_yes_or_no(buckets: list[bytes], prefix: int) -> None:
    shard = Shard.decode(struct.pack(">16H", *map(len, buckets)) + b"".join(buckets))
    assert shard is not None
    assert shard.holds(place_of(prefix, 1)) in (True, False)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_shard_or_refused(octets: bytes) -> None:
    shard = Shard.decode(octets)
    assert shard is None or shard.octets == octets
