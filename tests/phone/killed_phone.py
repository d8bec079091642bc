"""A phone in a process of its own that can be killed at any moment, and a server that outlives it.

The process asks the relay through a pipe; the relay stays with the test. What a phone does is decided by what stands in
its database: started again, it goes on.
"""

import asyncio
import multiprocessing
import os
import random
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from curtilage.phone.encryption import Encryption
from curtilage.phone.own_phone import OwnPhone
from curtilage.phone.phone_store import PhoneStore
from curtilage.phone.sending import Draft
from curtilage.phone.server_port import Delivery, KeyStock
from curtilage.wire.messages.device_list import DeviceList
from curtilage.wire.messages.envelope import Envelope
from curtilage.wire.messages.key_bundle import KeyBundle
from curtilage.wire.messages.opaque import MessageAccount, MessageId, PhoneId
from tests.phone.people import BYTES_MAX, LIMITS, NOON_MS
from tests.phone.relay import Relay

CALL_WAIT_S = 60
TEXTS_PER_BATCH = 7


class PipedServer:
    """The MessageServer at the other end of a pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def ask(self, name: str, *arguments: Any) -> Any:
        """Blocks: this process has nothing else to do."""
        self._pipe.send((name, arguments))
        return self._pipe.recv()

    async def key_stock(self) -> KeyStock:
        found: KeyStock = self.ask("key_stock")
        return found

    async def publish_bundle(self, bundle: KeyBundle) -> None:
        self.ask("publish_bundle", bundle)

    async def publish_devices(self, devices: DeviceList) -> None:
        self.ask("publish_devices", devices)

    async def fetch_devices(self, account: MessageAccount) -> DeviceList | None:
        found: DeviceList | None = self.ask("fetch_devices", account)
        return found

    async def fetch_bundle(self, account: MessageAccount, phone: PhoneId) -> KeyBundle | None:
        found: KeyBundle | None = self.ask("fetch_bundle", account, phone)
        return found

    async def post(self, envelopes: tuple[Envelope, ...]) -> None:
        self.ask("post", envelopes)

    async def read_mailbox(self, after: int, count_max: int) -> tuple[Delivery, ...]:
        found: tuple[Delivery, ...] = self.ask("read_mailbox", after, min(count_max, TEXTS_PER_BATCH))
        return found

    async def acknowledge(self, position: int) -> None:
        self.ask("acknowledge", position)


@dataclass(frozen=True)
class Task:
    """What a phone has to do."""

    folder: Path
    account: MessageAccount
    to: MessageAccount
    texts: int


def message_of(account: MessageAccount, number: int) -> MessageId:
    """The name of a text, the same in every life of the process."""
    return MessageId((account[:4] + b"%08d" % number).ljust(16, b"."))


def live(task: Task, pipe: Connection) -> None:
    """Set up what is not, send what is not sent, take in what comes, until killed or told that all is well."""
    store = PhoneStore.open(task.folder, os.urandom, BYTES_MAX)
    server = PipedServer(pipe)
    server.ask("i_am", OwnPhone(store).begin(os.urandom).phone)
    encryption = Encryption(store, server, os.urandom, LIMITS, lambda _: True)
    asyncio.run(encryption.set_up(task.account, NOON_MS))
    while not server.ask("is_there", task.to):
        time.sleep(0.02)
    asyncio.run(_work(task, encryption, server))


async def _work(task: Task, encryption: Encryption, server: PipedServer) -> None:
    sent = 0
    while not server.ask("is_done"):
        await encryption.upkeep.keep_up(NOON_MS)
        await encryption.come_and_go(NOON_MS)
        until = min(sent + TEXTS_PER_BATCH, task.texts)
        for number in range(sent, until):
            draft = Draft(message_of(task.account, number), text=f"text {number}")
            await encryption.send(task.to, draft, NOON_MS)
        sent = until
        server.ask("progress", sent)


class KilledPhone:
    """One phone through all its lives."""

    def __init__(self, task: Task, relay: Relay) -> None:
        self.task = task
        self.relay = relay
        self.sent = 0
        self.lives = 0
        self.done = False
        self.quiet_turns = 0
        """How often it looked in lately without anything having happened anywhere."""
        self._activity = (0, 0)
        self._phone = PhoneId(b"")
        self._process: BaseProcess | None = None
        self.pipe: Connection | None = None

    def start(self) -> None:
        """A new life."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=live, args=(self.task, theirs))
        self._process.start()
        theirs.close()
        self.lives += 1

    def kill(self) -> None:
        """SIGKILL, wherever it is."""
        assert self._process is not None
        assert self.pipe is not None
        self._process.kill()
        self._process.join(CALL_WAIT_S)
        self.pipe.close()

    def wait_for_end(self) -> int | None:
        """Its exit code, when it was told that it is done."""
        assert self._process is not None
        self._process.join(CALL_WAIT_S)
        return self._process.exitcode

    def answer(self) -> None:
        """One call of the process."""
        assert self.pipe is not None
        try:
            name, arguments = self.pipe.recv()
            self.pipe.send(self._answer(name, arguments))
        except (EOFError, ConnectionError):
            return

    def _answer(self, name: str, arguments: tuple[Any, ...]) -> Any:
        if name == "i_am":
            (self._phone,) = arguments
        elif name == "is_there":
            return any(account == arguments[0] for account, _ in self.relay.bundles)
        elif name == "progress":
            self.sent = arguments[0]
            activity = len(self.relay.seen), sum(self.relay.acknowledged.values())
            self.quiet_turns = self.quiet_turns + 1 if activity == self._activity else 0
            self._activity = activity
        elif name == "is_done":
            return self.done
        else:
            return asyncio.run(getattr(self.relay.door(self.task.account, self._phone), name)(*arguments))
        return None


def run(phones: list[KilledPhone], kills: int, seed: int, deadline_s: float) -> None:
    """Serve the phones, kill one now and then, and end when all texts are through."""
    chance = random.Random(seed)
    for phone in phones:
        phone.start()
    kill_at = time.monotonic() + 3
    until = time.monotonic() + deadline_s
    while time.monotonic() < until:
        pipes = {phone.pipe: phone for phone in phones if phone.pipe is not None and not phone.pipe.closed}
        for pipe in wait(list(pipes), 0.002):
            pipes[pipe].answer()  # type: ignore[index] # the pipes handed in, and nothing else, come out
        if kills and time.monotonic() > kill_at:
            victim = chance.choice(phones)
            victim.kill()
            victim.start()
            kills -= 1
            kill_at = time.monotonic() + chance.uniform(0.8, 2.5)
        if not kills and all(phone.sent >= phone.task.texts and phone.quiet_turns > 2 for phone in phones):
            break
    _finish(phones)


def _finish(phones: list[KilledPhone]) -> None:
    for phone in phones:
        phone.done = True
    running = {phone.pipe: phone for phone in phones if phone.pipe is not None}
    until = time.monotonic() + CALL_WAIT_S
    while running and time.monotonic() < until:
        for pipe in wait(list(running), 0.1):
            phone = running[pipe]  # type: ignore[index] # the pipes handed in, and nothing else, come out
            phone.answer()
            if phone._process is not None and not phone._process.is_alive():
                del running[pipe]  # type: ignore[arg-type] # as above
