"""The cache: sealed parts of every camera, the newest group of pictures of each.

It takes SealedPart and nothing else, and it trusts nobody, not even itself: what stands on a camera's shelf may be
wrong (that was January 2020), so nothing here decides who may see what. Views compare headers; pages open parts.

A reader keeps a *place*: the number of parts that were put on the shelf before the one it wants next. Places count
what was put, not what a header claims, so a part that does not belong is met by every reader exactly once.

Bounds: bytes and pieces of one shelf, bytes of all. A group of pictures that exceeds its shelf stays readable for
those who are up to date; a newcomer waits for the next keyframe. When all shelves together exceed the bound, the
largest is emptied.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from curtilage.config import Config
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import HEADER_BYTES, SealedPart, Track

_EPOCH_ID = slice(20, 36)
_TIME = slice(44, HEADER_BYTES)
"""Where they stand in a part's clear header. Read as they are: what is no sealed part is for views to find out."""
Wake = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader gets: the parts from its place on, and its next place."""

    parts: Sequence[SealedPart]
    place: int | None
    """None: nothing to start from yet."""


_NOTHING = Reading((), None)


class Shelf:
    """One track of one camera. Implements SealedPartSink."""

    __slots__ = ("_cache", "_end", "_head", "_latest_init", "_parts", "_startable", "bytes", "wakes")

    def __init__(self, cache: "Cache") -> None:
        self._cache = cache
        self._latest_init: SealedPart | None = None
        self._head: SealedPart | None = None
        """The init part that the newest group of pictures needs; it stands before ``_parts`` and has no place."""
        self._parts: list[SealedPart] = []
        self._end = 0
        self._startable = False
        self.bytes = 0
        self.wakes: set[Wake] = set()
        """Called after every part. Whoever adds itself takes itself out again."""

    def put(self, part: SealedPart) -> None:
        """Take a part; a keyframe makes everything before it, but for the latest init part, unnecessary."""
        if part.is_init:
            self._latest_init = part
        elif part.is_keyframe:
            self._empty()
            self._head = self._latest_init
            self._startable = self._head is not None
        self._parts.append(part)
        self._end += 1
        cache, grown = self._cache, len(part.octets)
        self.bytes += grown
        cache.bytes += grown
        config = cache.config
        if self.bytes > config.cache_camera_bytes_max or len(self._parts) > config.cache_camera_parts_count_max:
            self._empty(keep=part)
        if cache.bytes > config.cache_bytes_max:
            cache.keep_bound(self)
        if self.wakes:
            for wake in tuple(self.wakes):
                wake()

    def read(self, place: int | None) -> Reading:
        """Parts from ``place`` on. One who fell behind, or is new (None), starts at the newest group of pictures."""
        base = self._end - len(self._parts)
        if place is not None and place >= base:
            return Reading(self._parts[place - base :], self._end)
        if not self._startable or self._head is None:
            return _NOTHING
        return Reading([self._head, *self._parts], self._end)

    def oldest_epoch(self) -> bytes | None:
        """See SealedPartSink."""
        oldest = self._head or (self._parts[0] if self._parts else self._latest_init)
        return oldest.octets[_EPOCH_ID] if oldest is not None else None

    def newest_time_ms(self) -> int | None:
        """The time of the newest part."""
        return int.from_bytes(self._parts[-1].octets[_TIME]) if self._parts else None

    def group_time_ms(self) -> int | None:
        """The time of the keyframe that somebody new would start at; None: there is none."""
        return int.from_bytes(self._parts[0].octets[_TIME]) if self._startable and self._parts else None

    @property
    def end(self) -> int:
        """The place of the part that comes next."""
        return self._end

    def group_place(self) -> int | None:
        """The place of that keyframe."""
        return self._end - len(self._parts) if self._startable and self._parts else None

    def clear(self) -> None:
        """Forget every part; the latest init part stays, because the camera will not say it again."""
        self._empty()

    def _empty(self, keep: SealedPart | None = None) -> None:
        """Nobody new can start here until a keyframe comes; ``keep`` stays for those who are up to date."""
        self._parts = [keep] if keep is not None else []
        self._grow((len(keep) if keep is not None else 0) - self.bytes)
        self._head = None
        self._startable = False

    def _grow(self, by: int) -> None:
        self.bytes += by
        self._cache.bytes += by


class Cache:
    """All shelves."""

    __slots__ = ("_shelves", "bytes", "config")

    def __init__(self, config: Config) -> None:
        self.config = config
        self.bytes = 0
        self._shelves: dict[tuple[DeviceId, Track], Shelf] = {}

    def shelf(self, camera: DeviceId, track: Track) -> Shelf:
        """The shelf of a camera's track, made when it is first asked for."""
        return self._shelves.setdefault((camera, track), Shelf(self))

    def drop(self, camera: DeviceId) -> None:
        """The camera was removed."""
        for key in [key for key in self._shelves if key[0] == camera]:
            self._shelves.pop(key).clear()

    def keep_bound(self, newest: Shelf) -> None:
        """Empty the largest other shelves until all together fit."""
        while self.bytes > self.config.cache_bytes_max:
            largest = max(self._shelves.values(), key=lambda shelf: 0 if shelf is newest else shelf.bytes)
            if largest is newest or not largest.bytes:
                return
            largest.clear()
