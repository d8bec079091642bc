"""The evaluator's process from the server's side: started when needed, asked one thing at a time, never left behind.

A reply that does not come in time, or is none, ends the process; the next request starts another. Whoever asks waits in
line with the others, and the line has an end.
"""

import asyncio
import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
from dataclasses import dataclass

from curtilage.config import Config
from curtilage.consent.undisturbed import Undisturbed
from curtilage.errors import OurError, install_words
from curtilage.messages.discovery import exchange
from curtilage.messages.discovery.exchange import (
    LENGTH,
    SAID_BYTES_MAX,
    EvaluatorSettings,
    Kind,
    Status,
    encode_frame,
)

EVALUATOR_MODULE = "curtilage.messages.discovery.evaluator_server"
SPENT_NAME = "discovery.db"
"""In the data folder."""
_KEPT_ENVIRONMENT = ("PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR")
"""What Python needs to find its modules, and rbcl to unpack its library."""


class EvaluatorFailed(OurError):
    """It did not answer, or cannot work. ``definite`` says whether something may have been charged."""


class EvaluatorBusy(OurError):
    """Too many wait for it already. Nothing was charged."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What it said."""

    status: Status
    body: bytes


@dataclass(frozen=True, slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


def settings_of(config: Config) -> EvaluatorSettings:
    """What the evaluator is told. Raises EvaluatorFailed: no library, or the keys would lie in the data folder."""
    if importlib.util.find_spec("rbcl") is None:
        raise EvaluatorFailed("Discovery needs rbcl.", do=f"Run: {install_words('messages')}")
    folder, data = config.discovery_key_folder, config.data_folder
    if folder.resolve().is_relative_to(data.resolve()):
        raise EvaluatorFailed(
            f"The discovery keys in {folder} would lie inside the data folder, and be stolen with it.",
            do="Set discovery_key_folder to a place outside data_folder.",
        )
    return EvaluatorSettings(
        str(folder),
        str(data / SPENT_NAME),
        config.discovery_burst_count,
        config.discovery_per_hour_count,
        config.discovery_numbers_burst_count,
        config.discovery_numbers_per_hour_count,
        config.discovery_accounts_count_max,
    )


class EvaluatorProcess:
    """Made by main.py; ``close`` ends the process."""

    __slots__ = ("_closed", "_config", "_running", "_settings", "_turn", "_undisturbed", "_waiting_count")

    def __init__(self, config: Config) -> None:
        """Raises EvaluatorFailed."""
        self._config, self._settings = config, settings_of(config)
        self._running: _Running | None = None
        self._turn = asyncio.Lock()
        self._undisturbed = Undisturbed()
        self._closed = False
        self._waiting_count = 0

    async def ask(self, kind: Kind, body: bytes = b"") -> Reply:
        """One request. OPEN is answered with the epochs. Raises EvaluatorBusy, EvaluatorFailed.

        Whoever is cancelled leaves the line; what is being answered is finished: nobody can end the process for the
        others by going away.
        """
        if self._waiting_count >= self._config.discovery_waiting_count_max:
            raise EvaluatorBusy("Too many people are looking for contacts.", do="Try again in a moment.")
        self._waiting_count += 1
        try:
            await self._turn.acquire()
            answering = self._answered(kind, body)
        finally:
            self._waiting_count -= 1
        reply = await self._undisturbed.run(answering)
        if reply.status is Status.FAILED:
            raise EvaluatorFailed(exchange.decode_words(reply.body))
        return reply

    async def close(self) -> None:
        """End the process; nothing can be asked afterwards."""
        self._closed = True
        async with self._turn:
            await self._end()

    async def _answered(self, kind: Kind, body: bytes) -> Reply:
        """One request; gives the turn back."""
        try:
            return await self._ask(kind, body)
        finally:
            self._turn.release()

    async def _ask(self, kind: Kind, body: bytes) -> Reply:
        if self._closed:
            raise EvaluatorFailed("The server is stopping.")
        try:
            async with asyncio.timeout(self._config.discovery_reply_s):
                if kind is Kind.OPEN:
                    await self._end()
                    return await self._start()
                running = self._running or await self._opened()
                return await _exchange(running, encode_frame(kind, body))
        except (TimeoutError, OSError, EOFError, ValueError) as error:
            await self._end()
            raise EvaluatorFailed(
                "The evaluator of discovery did not answer.", do="Try again in a moment.", definite=False
            ) from error
        except BaseException:
            # A reply that nobody waits for any more would be taken for the next one's.
            await self._end()
            raise

    async def _opened(self) -> _Running:
        reply = await self._start()
        if self._running is None:
            raise EvaluatorFailed(exchange.decode_words(reply.body))
        return self._running

    async def _start(self) -> Reply:
        """In a thread, and by subprocess: as in cameras/stills/still_process.py."""
        ours, theirs = socket.socketpair()
        with theirs:
            starting = asyncio.ensure_future(asyncio.to_thread(_start_process, theirs))
            try:
                process = await asyncio.shield(starting)
                ours.setblocking(False)
                reader, writer = await asyncio.open_connection(sock=ours)
            except BaseException:
                ours.close()
                await _kill(await asyncio.shield(starting))
                raise
        self._running = _Running(process, reader, writer)
        reply = await _exchange(self._running, encode_frame(Kind.OPEN, self._settings.encode()))
        if reply.status is not Status.DONE:
            await self._end()
        return reply

    async def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.writer.transport.abort()
            await _kill(running.process)


async def _exchange(running: _Running, request: bytes) -> Reply:
    """Raises OSError, EOFError, ValueError."""
    running.writer.write(request)
    await running.writer.drain()
    length = int.from_bytes(await running.reader.readexactly(LENGTH.size))
    if not 0 < length <= SAID_BYTES_MAX:
        raise ValueError("no reply")
    said = await running.reader.readexactly(length)
    return Reply(Status(said[0]), said[1:])


def _start_process(channel: socket.socket) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return subprocess.Popen(  # noqa: S603 our own module
        (sys.executable, "-m", EVALUATOR_MODULE),
        stdin=channel.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


async def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await asyncio.shield(asyncio.to_thread(process.wait))
