"""Says *delivered* for texts that stand in this phone's database, in the transaction that put them there.

So a receipt is never ahead of its text, and no crash comes between them. Only accepted contacts get any: to others this
phone does not say that it listens. *Read* is the person's own choice, and is sent like a text (sending.py).
"""

from collections.abc import Callable, Sequence

from curtilage.phone.sending import Draft, Sending
from curtilage.wire.identifier import Entropy
from curtilage.wire.messages.content import MESSAGES_COUNT_MAX
from curtilage.wire.messages.envelope import MessageKind
from curtilage.wire.messages.opaque import OPAQUE_BYTES, MessageAccount, MessageId

IsAccepted = Callable[[MessageAccount], bool]
"""Has the person accepted this contact?"""


class Receipts:
    """Called inside the transaction of an intake."""

    __slots__ = ("_entropy", "_is_accepted", "_sending")

    def __init__(self, sending: Sending, is_accepted: IsAccepted, entropy: Entropy) -> None:
        self._sending = sending
        self._is_accepted = is_accepted
        self._entropy = entropy

    def confirm(self, sender: MessageAccount, messages: Sequence[MessageId], now_ms: int) -> int:
        """One envelope for each of the sender's devices and every 64 texts; how many are queued."""
        if not messages or not self._is_accepted(sender):
            return 0
        queued = 0
        for first in range(0, len(messages), MESSAGES_COUNT_MAX):
            named = tuple(messages[first : first + MESSAGES_COUNT_MAX])
            draft = Draft(MessageId(self._entropy(OPAQUE_BYTES)), MessageKind.DELIVERED, messages=named)
            queued += len(self._sending.answer(sender, draft, now_ms))
        return queued
