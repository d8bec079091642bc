"""One of our own modules in a process of its own, with a channel to it: its standard input and output are one socket.

Guards the event loop, and whoever starts processes: a process is started in a thread by ``subprocess``, which takes
vfork(2). uvloop's own way forks the whole server in its loop and waits there for the exec; on a big and busy server
that was 2.8 s. None is left behind, however whoever asked for it ends.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

MODULES_ENVIRONMENT = ("PYTHONPATH", "LD_LIBRARY_PATH")
"""What Python needs to find its modules; the rest of the server's environment is none of a process's business."""


def command(module: str) -> tuple[str, ...]:
    """How the process is started: nothing secret stands here."""
    return sys.executable, "-m", module


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """Made by ``start``; ended by ``end``."""

    _process: "subprocess.Popen[bytes]"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @staticmethod
    async def start(
        module: str, kept: Sequence[str] = MODULES_ENVIRONMENT, *, steps_behind: int = 0, quiet: bool = False
    ) -> "RunningProcess":
        """``kept``: what of the server's environment it is given. ``quiet``: what it says on its standard error goes
        nowhere. ``steps_behind``: how much lower its priority is than the server's (setpriority(2)). Raises OSError.
        """
        ours, theirs = socket.socketpair()
        starting = asyncio.ensure_future(asyncio.to_thread(_started, module, theirs, kept, steps_behind, quiet))
        try:
            process = await asyncio.shield(starting)
            ours.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()
            # Whoever asked has gone, or is even cancelled once more meanwhile, and the process must not stay.
            await asyncio.shield(asyncio.ensure_future(_unwanted(starting)))
            raise
        return RunningProcess(process, reader, writer)

    @property
    def pid(self) -> int:
        """The system's number of it."""
        return self._process.pid

    def kill(self) -> None:
        """At once; does not wait. ``end`` must follow."""
        self.writer.transport.abort()
        self._process.kill()

    async def end(self) -> None:
        """At once; waits until it is gone. Idempotent."""
        self.writer.transport.abort()
        await _kill(self._process)


def _started(
    module: str, channel: socket.socket, kept: Sequence[str], steps_behind: int, quiet: bool
) -> "subprocess.Popen[bytes]":
    with channel:
        process = subprocess.Popen(  # noqa: S603 our own module
            command(module),
            stdin=channel.fileno(),
            stdout=channel.fileno(),
            stderr=subprocess.DEVNULL if quiet else None,
            env={name: os.environ[name] for name in kept if name in os.environ},
            # A group of its own, so that Ctrl-C in a terminal is the server's; but no session of its own: Linux shares
            # processors between sessions first (sched(7), autogroups), and a lower priority would count for nothing.
            process_group=0,
        )
    if steps_behind:
        with contextlib.suppress(OSError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + steps_behind)
    return process


async def _unwanted(starting: "asyncio.Future[subprocess.Popen[bytes]]") -> None:
    with contextlib.suppress(OSError):  # it did not start
        await _kill(await starting)


async def _kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    await asyncio.shield(asyncio.to_thread(process.wait))
