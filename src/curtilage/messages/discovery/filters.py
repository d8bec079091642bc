"""The filters that phones fetch: one for each epoch, made anew when somebody came or went, signed, kept in pieces.

Rules: pure; who is in is told from outside, from the accounts that chose to be found. A shard is known by its digest
and never changes under it, so caches may keep it for ever; the shards of the filters just before stay a while for
phones that are in the middle of fetching.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from curtilage.messages.discovery.exchange import EpochState
from curtilage.wire.discovery.filter import Filter, FilterBuilder
from curtilage.wire.discovery.manifest import digest_of


class FilterDoor(Protocol):
    """What the HTTP side needs to hand filters out, to anybody who asks."""

    def manifest(self, epoch: int) -> bytes | None:
        """See Filters."""
        ...

    def shard(self, digest: bytes) -> bytes | None:
        """See Filters."""
        ...

    def whole(self, epoch: int) -> bytes | None:
        """See Filters."""
        ...


@dataclass(frozen=True, slots=True)
class _Published:
    filter: Filter
    manifest: bytes = field(repr=False)


@dataclass(slots=True)
class _Epoch:
    state: EpochState
    builder: FilterBuilder
    published: deque[_Published]
    changed: bool = True


class Filters:
    """One for the server; implements FilterDoor. Eight bytes for each account and epoch, and the shards themselves."""

    __slots__ = ("_epochs", "_kept_count", "_key", "_shards")

    def __init__(self, key: Ed25519PrivateKey, kept_count: int) -> None:
        """``key`` signs; its public half stands in the server's ledger and in every phone that was registered."""
        self._key, self._kept_count = key, kept_count
        self._epochs: dict[int, _Epoch] = {}
        self._shards: dict[bytes, bytes] = {}

    def begin(self, state: EpochState, outputs: Iterable[bytes], shards_count: int = 0) -> None:
        """An epoch with everybody who can be found in it; a million take about two seconds.

        ``shards_count``: of the filter published last, where it is known. Raises OverflowError: there are too many.
        """
        self._epochs[state.epoch] = _Epoch(state, FilterBuilder(outputs, shards_count), deque(maxlen=self._kept_count))

    def end(self, epoch: int) -> None:
        """Its filter is fetched no longer."""
        self._epochs.pop(epoch, None)
        self._keep()

    def join(self, epoch: int, output: bytes) -> None:
        """Somebody can be found, from the next filter on. Raises KeyError: no such epoch; OverflowError: too many."""
        self._epochs[epoch].builder.add(output)
        self._epochs[epoch].changed = True

    def leave(self, epoch: int, output: bytes) -> bool:
        """Somebody can be found no longer; False: nobody could. Raises KeyError: no such epoch."""
        left = self._epochs[epoch].builder.remove(output)
        self._epochs[epoch].changed |= left
        return left

    def publish(self, now_ms: int) -> tuple[int, ...]:
        """Make and sign the filters in which somebody came or went; their epochs."""
        changed = [epoch for epoch in self._epochs.values() if epoch.changed]
        for epoch in changed:
            state = epoch.state
            built = epoch.builder.build(state.epoch, now_ms, state.public_key, state.metadata)
            epoch.published.append(_Published(built, built.manifest.sign(self._key)))
            epoch.changed = False
        if changed:
            self._keep()
        return tuple(epoch.state.epoch for epoch in changed)

    def manifest(self, epoch: int) -> bytes | None:
        """The newest one, signed. None: no such epoch, or nothing published yet."""
        newest = self._newest(epoch)
        return newest.manifest if newest is not None else None

    def shard(self, digest: bytes) -> bytes | None:
        """None: none of the filters kept has it."""
        return self._shards.get(digest)

    def whole(self, epoch: int) -> bytes | None:
        """Manifest and all shards, for a phone that has none. None: as ``manifest``."""
        newest = self._newest(epoch)
        return newest.filter.encode(newest.manifest) if newest is not None else None

    def _newest(self, epoch: int) -> _Published | None:
        kept = self._epochs.get(epoch)
        return kept.published[-1] if kept is not None and kept.published else None

    def _keep(self) -> None:
        shards = {
            shard.octets
            for epoch in self._epochs.values()
            for published in epoch.published
            for shard in published.filter.shards
        }
        had = {octets: digest for digest, octets in self._shards.items()}
        self._shards = {had.get(octets) or digest_of(octets): octets for octets in shards}
