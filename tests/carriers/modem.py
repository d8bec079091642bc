"""Debian's gammu-smsd with its dummy modem: the real thing but for the radio."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

_CONFIGURATION = """\
[gammu]
port = {folder}/modem
model = dummy
connection = none

[smsd]
service = files
logfile = {folder}/log
debuglevel = 0
inboxpath = {folder}/inbox/
outboxpath = {folder}/outbox/
sentsmspath = {folder}/sent/
errorsmspath = {folder}/error/
inboxformat = unicode
transmitformat = auto
outboxformat = unicode
commtimeout = 1
loopsleep = 1
receivefrequency = 1
statusfrequency = 0
checksecurity = 0
checkbattery = 0
checksignal = 0
checknetwork = 0
"""


@dataclass(frozen=True)
class Modem:
    """Its folders. ``receive`` works while it runs."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """Of gammu and gammu-smsd."""
        return self.folder / "smsdrc"

    def make(self) -> None:
        """The folders, empty."""
        for name in ("inbox", "outbox", "sent", "error", "modem"):
            (self.folder / name).mkdir()
        self.configuration.write_text(_CONFIGURATION.format(folder=self.folder))

    async def receive(self, text: str, sender: str) -> None:
        """A text comes in over the air."""
        words = [
            "-folder",
            "1",
            "-unread",
            "-sender",
            sender,
            "-textutf8",
            text,
            "-autolen",
            str(len(text.encode("utf-16-be")) // 2),
        ]
        await _run("gammu", "-c", str(self.configuration), "savesms", "TEXT", *words)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """gammu-smsd takes and gives texts."""
        process = await asyncio.create_subprocess_exec(
            _program("gammu-smsd"), "-c", str(self.configuration), stderr=asyncio.subprocess.DEVNULL
        )
        try:
            yield
        finally:
            process.terminate()
            await process.wait()


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"{name} is not installed (scripts/debian-packages.sh)"
    return found


async def _run(name: str, *words: str) -> None:
    process = await asyncio.create_subprocess_exec(_program(name), *words, stdout=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0
