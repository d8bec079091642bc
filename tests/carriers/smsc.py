"""Runs the SMSC of the tests (smsc.js) while a test needs it."""

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.carriers.kept_sink import wait_for
from tests.web.browser.npm import npm_script

PASSWORD = "pass wd"
_SCRIPT = Path(__file__).with_name("smsc.js")
_WAIT_S = 20.0


@dataclass
class Smsc:
    """A running one."""

    port: int
    process: asyncio.subprocess.Process
    said: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def submits(self) -> list[Mapping[str, Any]]:
        """Every submit_sm that reached it."""
        return [line for line in self.said if line["what"] == "submit"]

    def count(self, what: str) -> int:
        """How often it said this."""
        return sum(line["what"] == what for line in self.said)

    def order(self, **facts: Any) -> None:
        """See smsc.js."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(facts).encode() + b"\n")

    def send(self, message: bytes, **fields: Any) -> None:
        """A deliver_sm to whoever is bound, or is bound next."""
        given = {"source_addr": "4915100000001", "destination_addr": "4915100000000", **fields}
        self.order(message=message.hex(), fields=given)

    async def until(self, what: str, count: int = 1) -> None:
        """Until it said this so often."""
        await wait_for(lambda: self.count(what) >= count)

    async def listen(self) -> None:
        """Takes what it says."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.said.append(json.loads(line))


@contextlib.asynccontextmanager
async def running_smsc(**environment: str) -> AsyncIterator[Smsc]:
    """It ends with its standard input."""
    npm_script("smpp/package.json")
    node = shutil.which("node")
    assert node is not None, "node comes with npm (scripts/debian-packages.sh)"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        node, str(_SCRIPT), stdin=pipe, stdout=pipe, env={**os.environ, **environment}
    )
    assert process.stdout is not None
    assert process.stdin is not None
    listening = None
    try:
        async with asyncio.timeout(_WAIT_S):
            first = json.loads(await process.stdout.readline())
        smsc = Smsc(first["port"], process)
        listening = asyncio.create_task(smsc.listen())
        yield smsc
    finally:
        process.stdin.close()
        await process.wait()
        if listening is not None:
            await listening
