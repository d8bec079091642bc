"""The filters that phones fetch."""

import pytest

from curtilage.messages.discovery.exchange import EpochState
from curtilage.messages.discovery.filters import Filters
from curtilage.wire.discovery.filter import Filter, lacking, read_filter
from curtilage.wire.discovery.manifest import Manifest, digest_of, read_manifest
from tests.wire.discovery.outputs import SIGNER, SIGNING_KEY, outputs, public_key

STATE = EpochState(1, public_key(), "9.0.42")
NEXT = EpochState(2, public_key(), "9.0.43")
ACCOUNTS = outputs(5_000)
NEW = outputs(3, "new")


def filters(kept_count: int = 2) -> Filters:
    made = Filters(SIGNING_KEY, kept_count)
    made.begin(STATE, ACCOUNTS)
    assert made.manifest(1) is None
    assert made.publish(1_000) == (1,)
    return made


def manifest_of(made: Filters, epoch: int = 1) -> Manifest:
    manifest = read_manifest(made.manifest(epoch) or b"", SIGNER)
    assert isinstance(manifest, Manifest)
    return manifest


def whole_of(made: Filters, epoch: int = 1) -> Filter:
    whole = read_filter(made.whole(epoch) or b"", SIGNER)
    assert isinstance(whole, Filter)
    return whole


def test_it_says_its_epoch_and_who_is_in() -> None:
    manifest = manifest_of(filters())
    assert (manifest.epoch, manifest.made_ms, manifest.metadata) == (1, 1_000, "9.0.42")
    assert (manifest.accounts_count, manifest.public_key) == (5_000, public_key())


def test_who_joins_and_leaves_is_seen_in_the_next_one() -> None:
    made = filters()
    made.join(1, NEW[0])
    assert made.leave(1, ACCOUNTS[0])
    assert not whole_of(made).holds(NEW[0])
    assert made.publish(2_000) == (1,)
    assert whole_of(made).holds(NEW[0])
    assert not whole_of(made).holds(ACCOUNTS[0])


def test_nothing_is_signed_anew_while_nobody_comes_or_goes() -> None:
    made = filters()
    before = made.manifest(1)
    assert not made.leave(1, NEW[0])
    assert made.publish(2_000) == ()
    assert made.manifest(1) == before


def test_a_phone_fetches_by_digest_what_it_lacks() -> None:
    made = filters()
    had = manifest_of(made).digests
    made.join(1, NEW[0])
    made.publish(2_000)
    manifest = manifest_of(made)
    (changed,) = lacking(manifest, had)
    shards = {digest: made.shard(digest) or b"" for digest in manifest.digests}
    assert digest_of(shards[manifest.digests[changed]]) == manifest.digests[changed]
    assert Filter.of(manifest, shards) == whole_of(made)
    assert made.shard(bytes(32)) is None


def test_shards_of_the_filter_before_can_still_be_fetched_but_not_for_ever() -> None:
    made = filters()
    first = manifest_of(made)
    for number, output in enumerate(NEW):
        made.join(1, output)
        made.publish(2_000 + number)
        if not number:
            assert all(made.shard(digest) is not None for digest in first.digests)
    gone = [digest for digest in first.digests if made.shard(digest) is None]
    assert 0 < len(gone) <= 2


def test_two_epochs_live_together_until_one_ends() -> None:
    made = filters()
    made.begin(NEXT, ACCOUNTS[:10])
    assert made.publish(2_000) == (2,)
    assert manifest_of(made, 2).accounts_count == 10
    assert manifest_of(made, 1).accounts_count == 5_000
    digests = manifest_of(made, 1).digests
    made.end(1)
    made.end(1)
    assert made.manifest(1) is None
    assert made.whole(1) is None
    assert all(made.shard(digest) is None for digest in digests)
    assert manifest_of(made, 2).accounts_count == 10


def test_an_epoch_that_is_none_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        filters().join(3, NEW[0])
    with pytest.raises(KeyError):
        filters().leave(3, NEW[0])
