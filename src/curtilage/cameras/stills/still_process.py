"""One view's decoding process (stills/still_decoder.py says what it is and why), from the server's side.

It is started when the first picture is asked for and killed when its view ends, in whatever way. A request that takes
longer than ``still_decode_s`` kills it too; the next one starts another.
"""

import asyncio
import importlib.util
from types import TracebackType
from typing import Self

from curtilage.cameras.input.running_process import RunningProcess
from curtilage.cameras.stills.still_view import Keyframe
from curtilage.config import Config
from curtilage.errors import PeerError

DECODER_MODULE = "curtilage.cameras.stills.still_decoder"
_NEEDED = ("av", "PIL")
_HEAD_BYTES, _LENGTH_BYTES = 11, 4
_NEUTRAL = 1
_BEHIND = 10
"""Steps of priority: all decoders wake with the same keyframe."""


def can_make_stills() -> bool:
    """Is the extra ``stills`` installed?"""
    return all(importlib.util.find_spec(name) is not None for name in _NEEDED)


class StillFailed(PeerError):
    """What the camera sent could not be decoded, or not in time; its next picture may."""

    def __init__(self) -> None:
        super().__init__("The camera's picture could not be decoded.", do="Try again in a moment.")


def encode_request(picture: Keyframe | None, words: str, *, neutral: bool = False) -> bytes:
    """What the process reads."""
    said = words.encode()
    init, fragment = (picture.init, picture.fragment) if picture is not None else (b"", b"")
    lengths = (len(said).to_bytes(2), len(init).to_bytes(4), len(fragment).to_bytes(4))
    return b"".join((bytes((_NEUTRAL if neutral else 0,)), *lengths, said, init, fragment))


class StillProcess:
    """Use as ``async with``; leaving it kills the process."""

    __slots__ = ("_config", "_process")

    def __init__(self, config: Config) -> None:
        self._config = config
        self._process: RunningProcess | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def jpeg(self, picture: Keyframe, words: str = "") -> bytes:
        """``picture`` as a JPEG, ``words`` drawn into it. Raises StillFailed."""
        return await self._ask(encode_request(picture, words))

    async def again(self, words: str) -> bytes:
        """The picture of the call before, with other words. Raises StillFailed."""
        return await self._ask(encode_request(None, words))

    async def neutral(self, words: str) -> bytes:
        """A card without a picture. Raises StillFailed."""
        return await self._ask(encode_request(None, words, neutral=True))

    async def _ask(self, request: bytes) -> bytes:
        try:
            async with asyncio.timeout(self._config.still_decode_s):
                jpeg = await self._exchange(request)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            await self._end()
            raise StillFailed from None
        if not jpeg:
            raise StillFailed
        return jpeg

    async def _exchange(self, request: bytes) -> bytes:
        running = self._process or await self._start()
        running.writer.write(request)
        await running.writer.drain()
        length = int.from_bytes(await running.reader.readexactly(_LENGTH_BYTES))
        if length > self._config.still_bytes_max:
            raise asyncio.IncompleteReadError(b"", length)
        return await running.reader.readexactly(length)

    async def _start(self) -> RunningProcess:
        self._process = await RunningProcess.start(DECODER_MODULE, steps_behind=_BEHIND, quiet=True)
        return self._process

    async def _end(self) -> None:
        running, self._process = self._process, None
        if running is not None:
            await running.end()
