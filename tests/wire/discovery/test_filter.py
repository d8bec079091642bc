"""The filter as a whole: built, fetched in pieces, asked."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.wire.discovery.filter import Filter, FilterBuilder, lacking, read_filter
from curtilage.wire.discovery.manifest import FilterProblem, digest_of
from curtilage.wire.discovery.shard import ACCOUNTS_PER_SHARD
from tests.wire.discovery.outputs import SIGNER, SIGNING_KEY, outputs, public_key

ACCOUNTS = outputs(20_000)


def built(builder: FilterBuilder, made_ms: int = 1) -> Filter:
    return builder.build(1, made_ms, public_key(), "9.0.42")


WHOLE = built(FilterBuilder(ACCOUNTS))
OCTETS = WHOLE.encode(WHOLE.manifest.sign(SIGNING_KEY))


def test_everybody_who_is_in_is_found_after_the_journey() -> None:
    found = read_filter(OCTETS, SIGNER)
    assert found == WHOLE
    assert all(WHOLE.holds(output) for output in ACCOUNTS)


def test_strangers_are_found_as_seldom_as_promised() -> None:
    asked = 20_000
    assert sum(WHOLE.holds(output) for output in outputs(asked, "stranger")) <= 2, "expected: 0.02"


def test_it_takes_as_little_room_as_promised() -> None:
    assert len(OCTETS) / len(ACCOUNTS) <= 2.8


def test_five_hundred_look_ups_take_a_moment() -> None:
    contacts = ACCOUNTS[:250] + outputs(250, "stranger")
    begun = time.process_time()
    assert sum(map(WHOLE.holds, contacts)) == 250
    assert time.process_time() - begun < 0.05 * 3, "0.02 s on an idle machine; tests share theirs"


def test_the_bytes_depend_on_who_is_in_and_not_on_the_way_there() -> None:
    builder = FilterBuilder(ACCOUNTS[:10_000])
    for output in random.Random(1).sample(ACCOUNTS[10_000:10_200], 200):
        builder.add(output)
    assert builder.remove(ACCOUNTS[0])
    assert not builder.remove(ACCOUNTS[0])
    assert not FilterBuilder().remove(ACCOUNTS[0])
    assert built(builder) == built(FilterBuilder(ACCOUNTS[1:10_200]))
    assert len(builder) == 10_199


def test_one_account_more_changes_one_shard() -> None:
    builder = FilterBuilder(ACCOUNTS)
    before = built(builder)
    builder.add(outputs(1, "new")[0])
    after = built(builder, 2)
    (changed,) = lacking(after.manifest, before.manifest.digests)
    had = {digest_of(shard.octets): shard.octets for shard in before.shards}
    assert Filter.of(after.manifest, had) is FilterProblem.DIGEST
    fetched = after.shards[changed].octets
    assert Filter.of(after.manifest, {**had, digest_of(fetched): fetched}) == after


def test_the_number_of_shards_does_not_go_to_and_fro() -> None:
    builder = FilterBuilder(ACCOUNTS[: 4 * ACCOUNTS_PER_SHARD])
    counts = []
    for output in (ACCOUNTS[-1], ACCOUNTS[-2]):
        builder.add(output)
        counts.append(len(built(builder).shards))
        builder.remove(output)
        counts.append(len(built(builder).shards))
    assert counts == [5, 5, 5, 5]
    assert len(built(FilterBuilder(ACCOUNTS[:2_000], 992)).shards) == 2
    assert built(FilterBuilder(ACCOUNTS[:4_000], 5)) == built(FilterBuilder(ACCOUNTS[:4_000], 5))


def test_a_shard_of_another_place_is_refused() -> None:
    shards = {digest_of(shard.octets): shard.octets for shard in WHOLE.shards}
    first, second, *_ = WHOLE.manifest.digests
    shards[first], shards[second] = shards[second], shards[first]
    assert Filter.of(WHOLE.manifest, shards) is FilterProblem.DIGEST


@given(st.integers(0, len(OCTETS) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused(at: int, change: int) -> None:
    octets = bytearray(OCTETS)
    octets[at] ^= change
    assert isinstance(read_filter(bytes(octets), SIGNER), FilterProblem)


@pytest.mark.parametrize("length", [0, 3, 4, 5, 100, 800, len(OCTETS) - 1])
def test_a_filter_cut_off_is_refused(length: int) -> None:
    assert isinstance(read_filter(OCTETS[:length], SIGNER), FilterProblem)
    assert isinstance(read_filter(OCTETS + bytes(1), SIGNER), FilterProblem)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused(octets: bytes) -> None:
    assert isinstance(read_filter(octets, SIGNER), FilterProblem)


def test_a_filter_of_nobody_finds_nobody() -> None:
    empty = built(FilterBuilder())
    assert not empty.holds(ACCOUNTS[0])
    assert read_filter(empty.encode(empty.manifest.sign(SIGNING_KEY)), SIGNER) == empty
