"""One view's decoding process (stills/still_decoder.py says what it is and why), from the server's side.

It is started when the first picture is asked for and killed when its view ends, in whatever way. A request that takes
longer than ``still_decode_s`` kills it too; the next one starts another.
"""

import asyncio
import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from curtilage.cameras.stills.still_view import Keyframe
from curtilage.config import Config
from curtilage.errors import PeerError

DECODER_MODULE = "curtilage.cameras.stills.still_decoder"
_NEEDED = ("av", "PIL")
_KEPT_ENVIRONMENT = ("PYTHONPATH", "LD_LIBRARY_PATH")
"""What Python needs to find its modules; the server's settings are none of its business."""
_HEAD_BYTES, _LENGTH_BYTES = 11, 4
_NEUTRAL = 1
_BEHIND = 10
"""Steps of priority (setpriority(2)): all decoders wake with the same keyframe, and a revocation must not wait behind
them for a processor."""


def can_make_stills() -> bool:
    """Is the extra ``stills`` installed?"""
    return all(importlib.util.find_spec(name) is not None for name in _NEEDED)


class StillFailed(PeerError):
    """What the camera sent could not be decoded, or not in time; its next picture may."""

    def __init__(self) -> None:
        super().__init__("The camera's picture could not be decoded.", do="Try again in a moment.")


@dataclass(frozen=True, slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


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
        self._process: _Running | None = None

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

    async def _start(self) -> _Running:
        """In a thread: uvloop forks the whole server for a process and waits for its exec, which holds the loop for as
        long as the machine is busy. subprocess takes vfork(2), and waits in its thread.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            starting = asyncio.ensure_future(asyncio.to_thread(_start_decoder, theirs))
            try:
                process = await asyncio.shield(starting)
                ours.setblocking(False)
                reader, writer = await asyncio.open_connection(sock=ours)
            except BaseException:
                ours.close()
                await _kill(await asyncio.shield(starting))  # whoever asked has gone, and the process must not stay
                raise
        self._process = _Running(process, reader, writer)
        return self._process

    async def _end(self) -> None:
        running, self._process = self._process, None
        if running is None:
            return
        running.writer.transport.abort()
        await _kill(running.process)


def _start_decoder(channel: socket.socket) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    process = subprocess.Popen(  # noqa: S603 our own module
        (sys.executable, "-m", DECODER_MODULE),
        stdin=channel.fileno(),
        stdout=channel.fileno(),
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    with contextlib.suppress(OSError):  # it may have ended already
        os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + _BEHIND)
    return process


async def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    await asyncio.shield(asyncio.to_thread(process.wait))
