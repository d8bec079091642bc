"""Debian's Kannel on loopback: its bearerbox is bound to the tests' SMSC, its smsbox takes texts by HTTP."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from tests.cli.process import free_port

NAME, PASSWORD = "rose", "pass wd"
_WAIT_S = 20.0

_CONFIGURATION = """\
group = core
admin-port = {admin}
admin-password = {password}
smsbox-port = {box}
admin-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
box-deny-ip = *.*.*.*
log-level = 2

group = smsc
smsc = smpp
smsc-id = tests
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = kannel
smsc-password = "{password}"
system-type = ""

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {http}
sendsms-interface = 127.0.0.1
log-level = 2

group = sendsms-user
username = {name}
password = "{password}"
concatenation = true
max-messages = 10
"""


@contextlib.asynccontextmanager
async def running_kannel(folder: Path, smsc_port: int) -> AsyncIterator[int]:
    """The port of its smsbox. Both boxes are ended hard."""
    bearerbox, smsbox = (shutil.which(name, path="/usr/sbin:/usr/bin:/bin") for name in ("bearerbox", "smsbox"))
    assert bearerbox is not None, "kannel is not installed (scripts/debian-packages.sh)"
    assert smsbox is not None
    http, box, configuration = free_port(), free_port(), folder / "kannel.conf"
    ports = {"admin": free_port(), "box": box, "http": http, "smsc": smsc_port}
    configuration.write_text(_CONFIGURATION.format(**ports, name=NAME, password=PASSWORD))
    processes = []
    try:
        for program, port in ((bearerbox, box), (smsbox, http)):
            processes.append(await _start(program, configuration))
            await _listening(port)
        yield http
    finally:
        for process in processes:
            process.kill()
            await process.communicate()


async def _start(program: str, configuration: Path) -> asyncio.subprocess.Process:
    nowhere = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(program, str(configuration), stdout=nowhere, stderr=nowhere)


async def _listening(port: int) -> None:
    async with asyncio.timeout(_WAIT_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            await writer.wait_closed()
            return
