"""Discovery as the server's other parts use it: batches of phones, numbers of registrations, epochs.

Rules: a number is here only while its output is made; what is stored of an account is the output, which without the
evaluator's key is noise. A phone's batch passes through unread, beyond its length.

Epochs: at ``begin_epoch`` a second key comes into being, and both work. Each phone asks for its contacts anew, and
sends its own number once more; ``move`` makes both outputs of it, compares the old one with what is stored, and gives
the new one to be stored beside it. After a set time ``end_epoch`` destroys the old key; whoever did not move is not
found until the phone comes back and is registered anew.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from curtilage.config import Config
from curtilage.errors import OurError, RefusalReason, Refused
from curtilage.messages.discovery import exchange
from curtilage.messages.discovery.allowance import Later
from curtilage.messages.discovery.evaluator_process import EvaluatorFailed, Reply
from curtilage.messages.discovery.exchange import AccountBatch, EpochState, Kind, NumberInEpochs, Status
from curtilage.wire.discovery.batch import decode_head
from curtilage.wire.identifier import AccountId
from curtilage.wire.number import PhoneNumber, metadata_version


class Evaluating(Protocol):
    """The evaluator, wherever it runs: EvaluatorProcess today."""

    async def ask(self, kind: Kind, body: bytes = b"") -> Reply:
        """One request. Raises EvaluatorBusy, EvaluatorFailed."""
        ...


class BatchDoor(Protocol):
    """What the HTTP side needs to pass batches on."""

    async def evaluate(self, account: AccountId, batch: bytes) -> "bytes | Later | Refused":
        """See Discovery."""
        ...


class DiscoveryKeyMissing(OurError):
    """There are accounts that can be found, and no key to find them with."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An account in the new epoch."""

    epoch: int
    output: bytes


@dataclass(frozen=True, slots=True)
class _UnderWay:
    account: AccountId
    task: "asyncio.Task[bytes | Later | Refused]"


class Discovery:
    """One for the server; implements BatchDoor. Raises EvaluatorBusy and EvaluatorFailed in every call to it."""

    __slots__ = ("_config", "_epochs", "_evaluator", "_replies", "_under_way")

    def __init__(self, evaluator: Evaluating, config: Config) -> None:
        self._evaluator, self._config = evaluator, config
        self._replies: dict[bytes, bytes] = {}
        """The newest ones, for phones that lost theirs on the way."""
        self._under_way: dict[bytes, _UnderWay] = {}
        self._epochs: tuple[EpochState, ...] = ()

    async def load(self, epochs_stored: Collection[int]) -> None:
        """Start the evaluator and learn its epochs; the first one begins where no account has an output yet.

        ``epochs_stored``: of which there are outputs of accounts. Raises DiscoveryKeyMissing: the newest of them has no
        key, and another key would find none of them.
        """
        self._take(await self._evaluator.ask(Kind.OPEN))
        newest = max(epochs_stored, default=0)
        if newest and newest not in (state.epoch for state in self._epochs):
            raise DiscoveryKeyMissing(
                "The discovery key is missing, and there are people who can be found only with it.",
                do="Put the files of discovery_key_folder back, or set it to where they are.",
            )
        if not self._epochs:
            await self.begin_epoch()

    def epochs(self) -> tuple[EpochState, ...]:
        """The one in use; while phones move, the one that begins stands after it. For the server's ledger, too."""
        return self._epochs

    async def evaluate(self, account: AccountId, batch: bytes) -> bytes | Later | Refused:
        """The reply to a phone's batch (wire/discovery/batch.py), charged to ``account`` whatever is in it.

        The same bytes of the same account again are answered from memory for a while, and not charged.
        Refused(UNKNOWN): no batch, or of an epoch that has ended. Refused(BUSY): as many batches of this account are
        under way as may be. Later: the allowance is used up.
        """
        if decode_head(batch) is None:
            return Refused(RefusalReason.UNKNOWN, "This is no batch of contacts.")
        body = AccountBatch(account.encode("ascii"), batch).encode()
        digest = hashlib.sha256(body).digest()
        if (again := self._replies.get(digest)) is not None:
            return again
        under_way = self._under_way.get(digest)
        if under_way is None:
            count = sum(1 for other in self._under_way.values() if other.account == account)
            if count >= self._config.discovery_under_way_per_account_count_max:
                return Refused(RefusalReason.BUSY, "Your contacts are being looked up already.")
            under_way = _UnderWay(account, asyncio.create_task(self._evaluate(digest, body)))
            self._under_way[digest] = under_way
            under_way.task.add_done_callback(lambda _: self._under_way.pop(digest))
        # A phone whose connection broke asks again with the same bytes: what it was charged for is finished for it.
        return await asyncio.shield(under_way.task)

    async def output_of(self, number: PhoneNumber, epoch: int) -> bytes | Later | Refused:
        """What is stored of an account instead of its number, in one epoch. Refused(UNKNOWN): no such epoch."""
        outputs = await self._outputs(number, (epoch,))
        return outputs[0] if isinstance(outputs, tuple) else outputs

    async def move(self, number: PhoneNumber, stored: bytes, old_epoch: int, new_epoch: int) -> Moved | Later | Refused:
        """The account's output in ``new_epoch``, if ``number`` is the one whose output in ``old_epoch`` is ``stored``.

        Refused(UNKNOWN): it is another number, or an epoch is none.
        """
        outputs = await self._outputs(number, (old_epoch, new_epoch))
        if not isinstance(outputs, tuple):
            return outputs
        if not hmac.compare_digest(outputs[0], stored):
            return Refused(RefusalReason.UNKNOWN, "This is not the number that was registered.")
        return Moved(new_epoch, outputs[1])

    async def begin_epoch(self) -> EpochState | Refused:
        """Another key, beside the one in use. The caller records its public half in the server's ledger before any
        phone hears of it. Refused(BUSY): the last change is not over.
        """
        number = max((state.epoch for state in self._epochs), default=0) + 1
        reply = await self._evaluator.ask(Kind.BEGIN, exchange.encode_begin(number, metadata_version()))
        if reply.status is not Status.DONE:
            return Refused(RefusalReason.BUSY, "The last change of epoch is not over.")
        self._take(reply)
        return self._epochs[-1]

    async def end_epoch(self, epoch: int) -> bool:
        """Destroy its key, for good. False: there is no such epoch, or no later one."""
        if not any(state.epoch > epoch for state in self._epochs):
            return False
        reply = await self._evaluator.ask(Kind.END, exchange.encode_end(epoch))
        if reply.status is Status.DONE:
            self._take(reply)
            self._replies.clear()
        return reply.status is Status.DONE

    async def _outputs(self, number: PhoneNumber, epochs: tuple[int, ...]) -> tuple[bytes, ...] | Later | Refused:
        reply = await self._evaluator.ask(Kind.OUTPUTS, NumberInEpochs(number.octets, epochs).encode())
        outputs = exchange.decode_outputs(reply.body, len(epochs)) if reply.status is Status.DONE else None
        return _later(reply) or outputs or Refused(RefusalReason.UNKNOWN, "No such epoch of discovery.")

    async def _evaluate(self, digest: bytes, body: bytes) -> bytes | Later | Refused:
        reply = await self._evaluator.ask(Kind.EVALUATE, body)
        if reply.status is not Status.DONE:
            return _later(reply) or Refused(RefusalReason.UNKNOWN, "No such batch, or no such epoch.")
        self._replies[digest] = reply.body
        if len(self._replies) > self._config.discovery_replies_kept_count:
            del self._replies[next(iter(self._replies))]
        return reply.body

    def _take(self, reply: Reply) -> None:
        states = exchange.decode_states(reply.body) if reply.status is Status.DONE else None
        if states is None:
            raise EvaluatorFailed("The evaluator of discovery said what it never says.")
        self._epochs = states


def _later(reply: Reply) -> Later | None:
    wait_ms = exchange.decode_later(reply.body) if reply.status is Status.LATER else None
    return Later(wait_ms) if wait_ms is not None else None
