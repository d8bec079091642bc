"""The evaluator: raises blinded numbers to the epoch's key, charges who asked, and proves which key it was.

It sees no number but those being registered, learns nothing from a batch, and gives at most what the allowance says,
whatever the server in front of it asks for. It knows no socket (evaluator_server.py does).
"""

from collections.abc import Mapping

from curtilage.clock import Clock
from curtilage.errors import CurtilageError
from curtilage.messages.discovery import exchange
from curtilage.messages.discovery.allowance import Allowance
from curtilage.messages.discovery.epoch_key import EpochKey, KeyFolder
from curtilage.messages.discovery.exchange import (
    EPOCHS_COUNT_MAX,
    AccountBatch,
    EvaluatorSettings,
    Kind,
    NumberInEpochs,
    Status,
    encode_frame,
)
from curtilage.messages.discovery.spent_file import Charge, SpentFile
from curtilage.wire.discovery.batch import decode_head
from curtilage.wire.discovery.oprf import Mode, evaluate

_NUMBERS = b"numbers"
_ACCOUNT = b"account "


class Evaluator:
    """Answers one request after another."""

    __slots__ = ("_accounts", "_clock", "_folder", "_keys", "_numbers", "_spent")

    def __init__(self, folder: KeyFolder, spent: SpentFile, settings: EvaluatorSettings, clock: Clock) -> None:
        """Raises SecretFileUnusable."""
        self._folder, self._spent, self._clock = folder, spent, clock
        self._accounts = Allowance(settings.burst_count, settings.per_hour_count)
        self._numbers = Allowance(settings.numbers_burst_count, settings.numbers_per_hour_count)
        self._keys: Mapping[int, EpochKey] = folder.load()

    def states(self) -> bytes:
        """Every epoch there is a key of, as a frame."""
        states = tuple(key.state for key in self._keys.values())
        return encode_frame(Status.DONE, exchange.encode_states(states))

    def answer(self, kind: int, body: bytes) -> bytes:
        """The reply, as a frame. What goes wrong here is said in it: nothing is raised."""
        try:
            match kind:
                case Kind.EVALUATE:
                    return self._evaluate(AccountBatch.decode(body))
                case Kind.OUTPUTS:
                    return self._outputs(NumberInEpochs.decode(body))
                case Kind.BEGIN:
                    return self._begin(exchange.decode_begin(body))
                case Kind.END:
                    return self._end(exchange.decode_end(body))
                case _:
                    return encode_frame(Status.BAD)
        except CurtilageError as error:
            return encode_frame(Status.FAILED, exchange.encode_words(str(error)))

    def _evaluate(self, asked: AccountBatch | None) -> bytes:
        head = decode_head(asked.batch) if asked is not None else None
        if asked is None or head is None:
            return encode_frame(Status.BAD)
        if (key := self._keys.get(head.epoch)) is None:
            return encode_frame(Status.UNKNOWN)
        # Charged before the elements are looked at: looking costs time too.
        if (later := self._charge(Charge(_ACCOUNT + asked.account, head.size, self._accounts))) is not None:
            return later
        reply = key.engine.reply(asked.batch)
        return encode_frame(Status.DONE, reply) if reply is not None else encode_frame(Status.BAD)

    def _outputs(self, asked: NumberInEpochs | None) -> bytes:
        if asked is None:
            return encode_frame(Status.BAD)
        keys = [self._keys.get(epoch) for epoch in asked.epochs]
        if any(key is None for key in keys):
            return encode_frame(Status.UNKNOWN)
        if (later := self._charge(Charge(_NUMBERS, 1, self._numbers))) is not None:
            return later
        outputs = [evaluate(Mode.VOPRF, key.keys.secret, asked.number) for key in keys if key is not None]
        made = [output for output in outputs if isinstance(output, bytes)]
        assert len(made) == len(keys), "numbers are short, and map to an element"
        return encode_frame(Status.DONE, b"".join(made))

    def _charge(self, charge: Charge) -> bytes | None:
        later = self._spent.take([charge], self._clock.now())
        return encode_frame(Status.LATER, exchange.encode_later(later.wait_ms)) if later is not None else None

    def _begin(self, asked: tuple[int, str] | None) -> bytes:
        if asked is None:
            return encode_frame(Status.BAD)
        epoch, metadata = asked
        if len(self._keys) >= EPOCHS_COUNT_MAX or epoch <= max(self._keys, default=0):
            return encode_frame(Status.UNKNOWN)
        self._keys = {**self._keys, epoch: self._folder.make(epoch, metadata)}
        return self.states()

    def _end(self, epoch: int | None) -> bytes:
        if epoch is None:
            return encode_frame(Status.BAD)
        if epoch not in self._keys:
            return encode_frame(Status.UNKNOWN)
        self._folder.destroy(epoch)
        self._keys = {other: key for other, key in self._keys.items() if other != epoch}
        return self.states()
