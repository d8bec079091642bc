"""Everything a sender's phone cannot see: a server, their devices and a carrier that lose, delay, repeat and crash.

The server keeps the one promise that the route rests on (messages/: a cancel wins only while every copy is queued, and
a message that was cancelled is never taken afterwards). Everything else is allowed to go wrong.
"""

import enum
from dataclasses import dataclass, field

from curtilage.phone.journey import Journey, Stage
from curtilage.phone.route import Action, Cancelled, Event, Patience, Refused, Told, again, step

PATIENCE = Patience(deadline_ms=60_000, cancel_ms=10_000, ip_only_ms=600_000)

_ROUNDS_COUNT_MAX = 200


class Copy(enum.Enum):
    """One message in the mailbox, all its devices' copies together: the sender is told of the furthest."""

    NEVER_CAME = "never_came"
    QUEUED = "queued"
    OFFERED = "offered"
    COMMITTED = "committed"
    DROPPED = "dropped"


@dataclass
class World:
    """One message's, until it is over."""

    message: Journey
    """As committed by the phone."""
    now_ms: int = 0
    copy: Copy = Copy.NEVER_CAME
    to_server: list[Action] = field(default_factory=list)
    """On its way; may come in any order, twice, or never."""
    to_phone: list[Event] = field(default_factory=list)
    to_carrier: int = 0
    """HAND_OVER actions that were begun."""
    carrier_took: int = 0
    shown: int = 0
    """Copies of the text that came to their eyes, if nothing collapsed."""
    asked_knowing: bool = False
    """The person answered MAY_HAVE_ARRIVED with: by SMS as well."""

    def event(self, event: Event) -> None:
        """Step, commit, then do."""
        self.message, action = step(self.message, event, self.now_ms, PATIENCE)
        self._do(action)

    def restart(self) -> None:
        """The phone's process died after a commit: what was under way in it is forgotten."""
        self.message, action = again(self.message)
        self._do(action)

    def time(self, by_ms: int) -> None:
        """Passes."""
        self.now_ms += by_ms
        self.event(Told.DUE)

    def settle(self) -> None:
        """All that is on its way arrives, in order."""
        for _ in range(_ROUNDS_COUNT_MAX):
            if not self.to_server and not self.to_phone:
                return
            if self.to_server:
                self.server_takes(0, twice=False)
            if self.to_phone:
                self.event(self.to_phone.pop(0))
        raise AssertionError("they never stop talking to each other")

    def server_takes(self, index: int, *, twice: bool) -> None:
        """One request arrives."""
        asked = self.to_server[index % len(self.to_server)]
        if not twice:
            self.to_server.remove(asked)
        if asked is Action.POST:
            self._post()
        else:
            self._cancel()

    def offer(self) -> None:
        """Their phone listens: committed as offered first, then the bytes leave."""
        if self.copy is Copy.QUEUED:
            self.copy = Copy.OFFERED
            self.to_phone.append(Told.OFFERED)

    def commit(self) -> None:
        """Their phone got it and committed."""
        if self.copy is Copy.OFFERED:
            self.copy = Copy.COMMITTED
            self.shown += 1
            self.to_phone.append(Told.DELIVERED)

    def keep_no_longer(self) -> None:
        """The server's own time is over."""
        if self.copy in {Copy.QUEUED, Copy.OFFERED}:
            self.copy = Copy.DROPPED
            self.to_phone.append(Told.RETURNED)

    def carrier_answers(self, answer: Told, *, took: bool) -> None:
        """What the carrier did, and what the phone was told; the two may differ when the answer is lost."""
        if self.to_carrier and self.message.stage in {Stage.HANDING, Stage.SMS_UNKNOWN}:
            if took and not self.carrier_took:
                self.carrier_took += 1
                self.shown += 1
            self.event(answer)

    def _do(self, action: Action) -> None:
        if action is Action.HAND_OVER:
            self.to_carrier += 1
        elif action is not Action.NOTHING:
            self.to_server.append(action)

    def _post(self) -> None:
        if self.copy is Copy.DROPPED:
            self.to_phone.append(Refused())
            return
        if self.copy is Copy.NEVER_CAME:
            self.copy = Copy.QUEUED
        self.to_phone.append(Told.ACCEPTED)

    def _cancel(self) -> None:
        won = self.copy in {Copy.NEVER_CAME, Copy.QUEUED, Copy.DROPPED}
        if won:
            self.copy = Copy.DROPPED
        self.to_phone.append(Cancelled(won))
