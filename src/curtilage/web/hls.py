"""LL-HLS over HTTP: playlists, ciphertext and keys, plain ASGI because playlists come ten times a second per player.

* ``/live/{live}/index.m3u8``, and ``main.m3u8``, ``sub.m3u8`` and ``sound.m3u8`` beside it: playlists, below a name
  that only a live grant gave out (hls/hls.py). They show ciphertext's names and nothing else, so caches may keep them
  as RFC 8216bis advises: an answer that was waited for for six target durations, any other for a second.
* ``/parts/{piece}``: ciphertext and init parts under random names; who knows a name may have it. A part that was
  promised is waited for.
* ``/live/{live}/keys/{epoch_key}``: the key, kept by nobody (``no-store``; web/reply.py sees to that as well).

Unknown, foreign, expired and revoked are one answer: the 404 that everything unseen gets. Every wait ends: with what
was waited for, with the grant, or after ``hls_wait_s``.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from curtilage.cameras.hls.hls import Hls
from curtilage.cameras.hls.hls_packager import Packager
from curtilage.cameras.hls.hls_pieces import Wake
from curtilage.cameras.hls.hls_playlist import (
    INIT_ENDING,
    PART_ENDING,
    Rendition,
    Report,
    Variant,
    multivariant,
    report_text,
)
from curtilage.cameras.hls.hls_query import Directives, read_directives
from curtilage.cameras.hls.hls_tap import Tap
from curtilage.consent.purpose import CAMERA_SOUND, CAMERA_VIEW
from curtilage.web.parts import Parts
from curtilage.web.problem import NOT_FOUND, Kind, Problem
from curtilage.web.purposed import PurposedRoute
from curtilage.web.visitor import visitor_of
from curtilage.wire.sealed_part import Track

INDEX_NAME = "index.m3u8"
MAIN_NAME = "main.m3u8"
SUB_NAME = "sub.m3u8"
SOUND_NAME = "sound.m3u8"
_NAMES: Mapping[Track, str] = {Track.MAIN: MAIN_NAME, Track.SUB: SUB_NAME, Track.AUDIO: SOUND_NAME}
_PLAYLIST_TYPE = b"application/vnd.apple.mpegurl"
_MEDIA_TYPE = b"video/mp4"
_KEY_TYPE = b"application/octet-stream"
_SHORTLY = b"public, max-age=1"
_NEVER = b"no-store"
_TARGETS_KEPT = 6
_SOUND_BITS_PER_S_UNKNOWN = 160_000
_BITS_PER_S_UNKNOWN = 2_000_000
"""Until the first segment is whole; a playlist must say some number."""


def make_hls(parts: Parts) -> tuple[PurposedRoute, ...]:
    """The routes."""
    waiting = Waiting(parts.config.hls_waiting_count_max, parts.config.hls_wait_s)

    def route(path: str, endpoint: ASGIApp, name: str) -> PurposedRoute:
        return PurposedRoute(path, endpoint, method="GET", name=name, ids=(CAMERA_SOUND, CAMERA_VIEW))

    return (
        route(f"/live/{{live}}/{INDEX_NAME}", Index(parts.hls, waiting), "hls_index"),
        route(f"/live/{{live}}/{MAIN_NAME}", MediaPlaylist(parts, waiting, Track.MAIN), "hls_playlist"),
        route(f"/live/{{live}}/{SUB_NAME}", MediaPlaylist(parts, waiting, Track.SUB), "hls_sub_playlist"),
        route(f"/live/{{live}}/{SOUND_NAME}", MediaPlaylist(parts, waiting, Track.AUDIO), "hls_sound_playlist"),
        route("/live/{live}/keys/{epoch_key}", Key(parts.hls), "hls_key"),
        route("/parts/{piece}", PartFile(parts, waiting), "hls_part"),
    )


class Waiting:
    """Requests that wait for something to come; bounded in number and time."""

    __slots__ = ("_count", "_count_max", "_wait_s")

    def __init__(self, count_max: int, wait_s: float) -> None:
        self._count = 0
        self._count_max = count_max
        self._wait_s = wait_s

    async def until(
        self, met: Callable[[], bool], wakes: Callable[[], set[Wake] | None], wait_s: float | None = None
    ) -> bool:
        """Wait for ``met``; ``wakes`` gives where to be woken, None: nothing more will come. False: not met.

        ``wait_s``: no longer than this, where that is less than anybody waits.
        """
        if met():
            return True
        if self._count >= self._count_max:
            return False
        woken = asyncio.Event()
        self._count += 1
        try:
            async with asyncio.timeout(self._wait_s if wait_s is None else min(wait_s, self._wait_s)):
                while not met():
                    where = wakes()
                    if where is None:
                        return met()
                    woken.clear()
                    where.add(woken.set)
                    try:
                        await woken.wait()
                    finally:
                        where.discard(woken.set)
        except TimeoutError:
            return met()
        finally:
            self._count -= 1
        return True


class Index:
    """The multivariant playlist.

    It must say what the sub stream is (codec, size, rate), which only the sub stream says. So as long as that was never
    seen, it is begun and waited for shortly; afterwards what was seen is said, and nothing is begun before somebody
    asks for the sub stream's own playlist. The same goes for sound, where the household has switched it on.
    """

    def __init__(self, hls: Hls, waiting: Waiting) -> None:
        self._hls = hls
        self._waiting = waiting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI's signature
        """ASGI."""
        handle = scope["path_params"]["live"]
        live = _Live(self._hls, handle, Track.MAIN)
        await self._waiting.until(lambda: live.over() or live.words() is not None, live.wakes)
        for track in (Track.SUB, Track.AUDIO):
            await self._learn(handle, track)
        await self._both_begun(handle)
        main = _variant(MAIN_NAME, self._hls.tap_of(handle, Track.MAIN), None)
        sub = _variant(SUB_NAME, self._hls.tap_of(handle, Track.SUB), main)
        if live.packager() is None:
            await _refuse(send, NOT_FOUND)
        elif main is None:
            await _refuse(send, Problem(Kind.CANNOT_NOW))
        else:
            sound = _rendition(self._hls.tap_of(handle, Track.AUDIO))
            text = multivariant([main, *([sub] if sub is not None else [])], sound)
            await _give(send, text, _PLAYLIST_TYPE, _SHORTLY)

    async def _learn(self, handle: str, track: Track) -> None:
        tap = self._hls.tap_of(handle, track)
        if tap is None or tap.words is not None:
            return
        live = _Live(self._hls, handle, track)
        if live.packager() is not None:
            met = lambda: live.over() or tap.words is not None  # noqa: E731 - reads better than a function
            await self._waiting.until(met, live.wakes, self._hls.patience_s(tap))

    async def _both_begun(self, handle: str) -> None:
        """A player that got one track long before the other begins where the other has nothing yet, and stalls."""
        sound = self._hls.tap_of(handle, Track.AUDIO)
        if sound is None or sound.words is None:
            return
        for track in (Track.MAIN, Track.AUDIO):
            live = _Live(self._hls, handle, track)
            await self._waiting.until(live.begun, live.wakes, self._hls.patience_s(sound))


def _variant(uri: str, tap: Tap | None, above: Variant | None) -> Variant | None:
    """None: what the track is was never seen. Not measured yet: by its size, as much as the one ``above``."""
    words = tap.words if tap is not None else None
    if tap is None or words is None:
        return None
    rate = tap.rate
    guess = _BITS_PER_S_UNKNOWN
    if above is not None:
        share = words.width * words.height / max(1, above.width * above.height)
        guess = max(1, int(above.bits_per_s * min(1.0, share)))
    return Variant(
        uri,
        rate.peak_bits_per_s or guess,
        words.codec,
        words.width,
        words.height,
        rate.average_bits_per_s,
        rate.pictures_per_s,
    )


def _rendition(tap: Tap | None) -> Rendition | None:
    """None: switched off, or what it is was never seen."""
    words = tap.words if tap is not None else None
    if tap is None or words is None or not words.codec:
        return None
    rate = tap.rate
    peak = rate.peak_bits_per_s or _SOUND_BITS_PER_S_UNKNOWN
    return Rendition(SOUND_NAME, peak, words.codec, rate.average_bits_per_s)


class MediaPlaylist:
    """The track's playlist: now, or when it has what the directives ask for."""

    def __init__(self, parts: Parts, waiting: Waiting, track: Track) -> None:
        self._hls = parts.hls
        self._waiting = waiting
        self._track = track
        self._awaited = f"public, max-age={_TARGETS_KEPT * parts.config.hls_target_s}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI's signature
        """ASGI."""
        live = _Live(self._hls, scope["path_params"]["live"], self._track)
        packager = live.packager()
        if packager is None:
            await _refuse(send, NOT_FOUND)
            return
        asked = read_directives(scope["query_string"].decode("latin-1"))
        if asked is None or (asked.number is not None and packager.too_far(asked.number, asked.part)):
            await _refuse(send, Problem(Kind.NOT_USABLE))
            return
        met = await self._waiting.until(lambda: live.over() or live.has(asked), live.wakes)
        if live.over() or live.packager() is None:
            await _refuse(send, NOT_FOUND)
            return
        text = live.text(skip=asked.skip) if met else None
        if text is None:
            await _refuse(send, Problem(Kind.CANNOT_NOW))
            return
        cache = self._awaited if asked.number is not None else _SHORTLY
        await _give(send, text + live.reports(), _PLAYLIST_TYPE, cache)


class Key:
    """An epoch's key."""

    def __init__(self, hls: Hls) -> None:
        self._hls = hls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI's signature
        """ASGI."""
        asked = scope["path_params"]
        secret = self._hls.key(asked["live"], asked["epoch_key"], frozenset(visitor_of(scope).grantees))
        if secret is None:
            await _refuse(send, NOT_FOUND)
        else:
            await _give(send, secret, _KEY_TYPE, _NEVER)


class PartFile:
    """A piece of ciphertext, or an init part."""

    def __init__(self, parts: Parts, waiting: Waiting) -> None:
        self._pieces = parts.hls.pieces
        self._waiting = waiting
        # As long as a playlist may name it; after that nobody asks.
        self._cache = f"public, max-age={parts.config.hls_window_s}, immutable".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI's signature
        """ASGI."""
        label, ending, nothing = scope["path_params"]["piece"].partition(PART_ENDING)
        if not ending:
            label, ending, nothing = label.partition(INIT_ENDING)
        if not ending or nothing:
            await _refuse(send, NOT_FOUND)
            return
        pieces = self._pieces
        await self._waiting.until(lambda: pieces.get(label) is not None, lambda: pieces.awaited(label))
        octets = pieces.get(label)
        if octets is not None:
            await _give(send, octets, _MEDIA_TYPE, self._cache)
        else:
            await _refuse(send, NOT_FOUND if pieces.awaited(label) is None else Problem(Kind.CANNOT_NOW))


class _Live:
    """An address while a request waits by it: looked at anew each time, because its grant may end meanwhile."""

    __slots__ = ("_handle", "_hls", "_track")

    def __init__(self, hls: Hls, handle: str, track: Track) -> None:
        self._hls = hls
        self._handle = handle
        self._track = track

    def packager(self) -> Packager | None:
        found = self._hls.packager(self._handle, self._track)
        return found[1] if found is not None else None

    def over(self) -> bool:
        return self._hls.address(self._handle) is None

    def words(self) -> Any:
        packager = self.packager()
        return packager.words if packager is not None else None

    def begun(self) -> bool:
        return self.over() or self.text(skip=False) is not None

    def wakes(self) -> set[Wake] | None:
        packager = self.packager()
        return packager.wakes if packager is not None else None

    def has(self, asked: Directives) -> bool:
        packager = self.packager()
        if packager is None or self.text(skip=False) is None:
            return False
        return asked.number is None or packager.has(asked.number, asked.part)

    def text(self, *, skip: bool) -> bytes | None:
        found = self._hls.packager(self._handle, self._track)
        first_epoch = self._hls.first_epoch(found[0], self._track) if found is not None else 0
        return found[1].text(skip=skip, first_epoch=first_epoch) if found is not None else None

    def reports(self) -> bytes:
        """How far each of the camera's other tracks is; nothing of those that nobody watches."""
        text = b""
        for track, name in _NAMES.items():
            newest = self._hls.report(self._handle, track) if track is not self._track else None
            text += report_text(Report(name, *newest)) if newest is not None else b""
        return text


async def _give(send: Send, body: bytes, kind: bytes, cache: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"cache-control", cache)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, problem: Problem) -> None:
    await send({"type": "http.response.start", "status": problem.status, "headers": list(problem.headers())})
    await send({"type": "http.response.body", "body": problem.body()})
