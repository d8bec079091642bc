"""By which way a message goes, and when it changes over: one table, without I/O and without a clock of its own.

Promise P4 stands here. What the table guards, and tests/phone/test_route.py plays against a hostile world:

* A text is handed to the carrier at most once. HAND_OVER comes only with the step into HANDING, which the caller
  commits first; who finds HANDING after a crash goes to SMS_UNKNOWN.
* It is handed over only while no device of theirs can have seen it, or after the person said so knowing that: from
  QUEUED (nothing left the phone), from CANCELLING once the server's cancel *won*, or by their answer to
  MAY_HAVE_ARRIVED.
* The policy is obeyed: IP_ONLY is never handed over, ASK_FIRST only after a word.
* Evidence wins: a receipt that comes late corrects what is shown, whatever was thought before.
* Nothing hangs: every stage that waits for somebody else has a time, a question for the person, or an end.

The caller: take a message, ``step`` it by an event, commit the result, *then* do what the action says. POST and CANCEL
may be done again at any time (the server knows the message's id); ``again`` says what to take up after a restart.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from curtilage.phone.journey import Journey, Policy, Question, Stage, Why
from curtilage.wire.messages.opaque import MessageId


class Action(enum.Enum):
    """What to do after the step was committed."""

    NOTHING = "nothing"
    POST = "post"
    """Encrypt for each device if not yet done, and post the copies. May be repeated."""
    CANCEL = "cancel"
    """Ask the server to drop the message if all its copies are still queued. May be repeated."""
    HAND_OVER = "hand_over"
    """Submit it to the carrier. Once."""


class Choice(enum.Enum):
    """What a person may answer, or ask for."""

    SEND_BY_SMS = "send_by_sms"
    WAIT = "wait"
    TAKE_BACK = "take_back"


class Ip(enum.Enum):
    """Whether a contact can be reached by ip."""

    LIVE = "live"
    """Consents on both sides, and one of their phones holds a live lease."""
    ASLEEP = "asleep"
    """There is a mailbox, but no phone of theirs has listened lately."""
    NONE = "none"
    """No mailbox, or no consent: definitely not."""
    UNKNOWN = "unknown"
    """This phone does not reach the server."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of the contact now."""

    ip: Ip
    identity_changed: bool = False
    """Their keys are not those the person knows: nothing goes by ip until they looked."""


@dataclass(frozen=True, slots=True)
class Chose:
    """The person."""

    choice: Choice


@dataclass(frozen=True, slots=True)
class Refused:
    """The server: definitely not taken."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The server: the answer to CANCEL. ``won``: all copies were queued, none will ever be offered."""

    won: bool


class Told(enum.Enum):
    """Events that carry nothing else."""

    DUE = "due"
    """``due_ms`` has come."""
    ACCEPTED = "accepted"
    """The server: all copies are durable."""
    OFFERED = "offered"
    """The server: bytes leave, or left, for a device."""
    RETURNED = "returned"
    """The server: kept as long as it keeps anything, and dropped."""
    DELIVERED = "delivered"
    """A device of theirs, sealed end to end."""
    READ = "read"
    """The same."""
    SUBMITTED = "submitted"
    """The carrier took it."""
    NOT_SUBMITTED = "not_submitted"
    """The carrier definitely did not take it."""
    UNKNOWN = "unknown"
    """The carrier's answer did not come."""
    CARRIER_DELIVERED = "carrier_delivered"
    CARRIER_FAILED = "carrier_failed"


Event = Reach | Chose | Refused | Cancelled | Told
Step = tuple[Journey, Action]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things are waited for, in ms (config.py)."""

    deadline_ms: int
    """From writing a text, or from a person's WAIT, until ip has had its chance."""
    cancel_ms: int
    """For the answer to CANCEL, until the person is asked."""
    ip_only_ms: int
    """For a contact without SMS: until a message that never left the phone is given up."""


def written(message: MessageId, policy: Policy, now_ms: int, patience: Patience) -> Journey:
    """A new message; step it by what is known of the contact."""
    return Journey(message, policy, Stage.QUEUED, now_ms + _first_wait_ms(policy, patience))


def again(message: Journey) -> Step:
    """After a restart, or when the server is there again: what to take up. What was being handed over is unknown."""
    match message.stage:
        case Stage.POSTING:
            return message, Action.POST
        case Stage.CANCELLING:
            return message, Action.CANCEL
        case Stage.HANDING:
            return replace(message, stage=Stage.SMS_UNKNOWN, due_ms=None), Action.NOTHING
        case _:
            return message, Action.NOTHING


def step(message: Journey, event: Event, now_ms: int, patience: Patience) -> Step:
    """The message after the event, to be committed, and what to do then. What no longer matters moves nothing."""
    if event is Told.DUE and (message.due_ms is None or now_ms < message.due_ms):
        return message, Action.NOTHING
    if event in _EVIDENCE:
        return _by_evidence(message, event), Action.NOTHING
    turn = _Turn(message, event, now_ms, patience)
    rule = _RULES.get(message.stage)
    return rule(turn) if rule is not None else (message, Action.NOTHING)


@dataclass(frozen=True, slots=True)
class _Turn:
    message: Journey
    event: Event
    now_ms: int
    patience: Patience

    @property
    def stays(self) -> Step:
        return self.message, Action.NOTHING

    def to(self, stage: Stage, action: Action = Action.NOTHING, *, in_ms: int | None = None) -> Step:
        due_ms = self.now_ms + in_ms if in_ms is not None else None
        return replace(self.message, stage=stage, due_ms=due_ms, question=None, why=None), action

    def fail(self, why: Why) -> Step:
        return replace(self.to(Stage.FAILED)[0], why=why), Action.NOTHING

    def ask(self, question: Question) -> Step:
        return replace(self.message, question=question, due_ms=None), Action.NOTHING

    def ip_ended(self) -> "_Turn":
        return replace(self, message=replace(self.message, ip_ended=True))

    def post(self) -> Step:
        return self.to(Stage.POSTING, Action.POST, in_ms=_first_wait_ms(self.message.policy, self.patience))

    def cancel(self) -> Step:
        return self.to(Stage.CANCELLING, Action.CANCEL, in_ms=self.patience.cancel_ms)

    def hand_over(self) -> Step:
        return replace(self.to(Stage.HANDING)[0], handed=True), Action.HAND_OVER

    def without_ip(self, why: Why) -> Step:
        """Nobody has seen it, and ip is over for it: taken back, by SMS if that is allowed, or asked, or failed."""
        message = self.message
        if message.taken_back:
            return self.to(Stage.WITHDRAWN)
        if message.policy is Policy.IP_ONLY:
            return self.fail(why)
        if message.policy is Policy.IP_OR_SMS or message.asked_sms:
            return self.hand_over()
        return replace(self.to(Stage.QUEUED)[0], question=Question.SEND_BY_SMS), Action.NOTHING


def _queued(turn: _Turn) -> Step:
    message = turn.message
    match turn.event:
        case Reach(identity_changed=True):
            return turn.ask(Question.IDENTITY_CHANGED)
        case Reach(ip=Ip.LIVE) if not message.ip_ended:
            return turn.post()
        case Reach(ip=Ip.ASLEEP) if message.policy is Policy.IP_ONLY and not message.ip_ended:
            return turn.post()  # it has nowhere else to wait
        case Reach(ip=Ip.ASLEEP | Ip.NONE) if message.policy is not Policy.IP_ONLY:
            return turn.without_ip(Why.NOT_REACHABLE)
        case Reach() if message.question is Question.IDENTITY_CHANGED:
            return turn.to(Stage.QUEUED, in_ms=_first_wait_ms(message.policy, turn.patience))
        case Told.DUE:
            return turn.without_ip(Why.NOT_REACHABLE)
        case Chose(Choice.SEND_BY_SMS) if message.policy is not Policy.IP_ONLY:
            return replace(turn.hand_over()[0], asked_sms=True), Action.HAND_OVER
        case Chose(Choice.WAIT):
            return turn.to(Stage.QUEUED, in_ms=_first_wait_ms(message.policy, turn.patience))
        case Chose(Choice.TAKE_BACK):
            return turn.to(Stage.WITHDRAWN)
    return turn.stays


def _posting(turn: _Turn) -> Step:
    match turn.event:
        case Told.ACCEPTED:
            return replace(turn.message, stage=Stage.SENT), Action.NOTHING  # its time goes on
        case Refused():
            return turn.ip_ended().without_ip(Why.REFUSED)
        case Told.DUE if turn.message.policy is Policy.IP_ONLY:
            return turn.cancel()
    return _sent(turn)


def _sent(turn: _Turn) -> Step:
    message = turn.message
    match turn.event:
        case Told.OFFERED:
            return replace(message, offered=True), Action.NOTHING
        case Told.RETURNED:
            return turn.fail(Why.NOT_CONFIRMED) if message.offered else turn.ip_ended().without_ip(Why.RETURNED)
        case Told.DUE if message.policy is Policy.IP_ONLY:
            return replace(message, due_ms=None), Action.NOTHING  # the server returns it in the end
        case Told.DUE if message.offered:
            return turn.ask(Question.MAY_HAVE_ARRIVED)
        case Told.DUE if message.policy is Policy.ASK_FIRST and not message.asked_sms:
            return turn.ask(Question.SEND_BY_SMS)
        case Told.DUE:
            return turn.cancel()
        case Chose(choice):
            return _chosen_while_sent(turn, choice)
    return turn.stays


def _chosen_while_sent(turn: _Turn, choice: Choice) -> Step:
    message = turn.message
    match choice:
        case Choice.WAIT:
            waiting = replace(message, question=None, due_ms=turn.now_ms + turn.patience.deadline_ms)
            return waiting, Action.NOTHING
        case Choice.TAKE_BACK if message.question is Question.MAY_HAVE_ARRIVED:
            return turn.fail(Why.NOT_CONFIRMED)
        case Choice.TAKE_BACK:
            cancelling, action = turn.cancel()
            return replace(cancelling, taken_back=True), action
        case Choice.SEND_BY_SMS if message.policy is Policy.IP_ONLY:
            return turn.stays
        case Choice.SEND_BY_SMS if message.question is Question.MAY_HAVE_ARRIVED:
            return replace(turn.hand_over()[0], asked_sms=True, twice=True), Action.HAND_OVER
        case Choice.SEND_BY_SMS:
            cancelling, action = turn.cancel()
            return replace(cancelling, asked_sms=True), action
    raise AssertionError(choice)


def _cancelling(turn: _Turn) -> Step:
    message = turn.message
    match turn.event:
        case Cancelled(won=True) | Refused():
            return turn.ip_ended().without_ip(Why.NOT_REACHABLE)
        case Told.RETURNED if not message.offered:
            return turn.ip_ended().without_ip(Why.RETURNED)
        case Cancelled(won=False):
            sent = replace(message, stage=Stage.SENT, offered=True, taken_back=False, due_ms=None)
            return replace(sent, question=Question.MAY_HAVE_ARRIVED), Action.NOTHING
        case Told.OFFERED:
            return replace(message, offered=True), Action.NOTHING
        case Told.RETURNED:
            return turn.fail(Why.NOT_CONFIRMED)
        case Told.DUE:
            return turn.ask(Question.MAY_HAVE_ARRIVED)
        case Chose(choice):
            return _chosen_while_cancelling(turn, choice)
    return turn.stays


def _chosen_while_cancelling(turn: _Turn, choice: Choice) -> Step:
    message = turn.message
    match choice:
        case Choice.TAKE_BACK:
            cancelling, action = turn.cancel()
            return replace(cancelling, taken_back=True), action
        case Choice.WAIT if message.question is not None:
            return turn.cancel()
        case Choice.SEND_BY_SMS if message.policy is not Policy.IP_ONLY and message.question is not None:
            return replace(turn.hand_over()[0], asked_sms=True, twice=True), Action.HAND_OVER
        case Choice.SEND_BY_SMS if message.policy is not Policy.IP_ONLY:
            return replace(message, asked_sms=True, taken_back=False), Action.NOTHING
    return turn.stays


def _handing(turn: _Turn) -> Step:
    match turn.event:
        case Told.SUBMITTED:
            return turn.to(Stage.SMS_SENT)
        case Told.NOT_SUBMITTED:
            return turn.fail(Why.CARRIER_REFUSED)
        case Told.UNKNOWN:
            return turn.to(Stage.SMS_UNKNOWN)
    return turn.stays


def _sms_unknown(turn: _Turn) -> Step:
    match turn.event:
        case Told.SUBMITTED:
            return turn.to(Stage.SMS_SENT)
        case Told.NOT_SUBMITTED | Told.CARRIER_FAILED:
            return turn.fail(Why.CARRIER_FAILED)
    return turn.stays


def _sms_sent(turn: _Turn) -> Step:
    return turn.fail(Why.CARRIER_FAILED) if turn.event is Told.CARRIER_FAILED else turn.stays


_RULES: Mapping[Stage, Callable[[_Turn], Step]] = {
    Stage.QUEUED: _queued,
    Stage.POSTING: _posting,
    Stage.SENT: _sent,
    Stage.CANCELLING: _cancelling,
    Stage.HANDING: _handing,
    Stage.SMS_UNKNOWN: _sms_unknown,
    Stage.SMS_SENT: _sms_sent,
}
"""Of the stages that are not over."""

_EVIDENCE: Mapping[Event, tuple[int, Stage]] = {
    Told.CARRIER_DELIVERED: (1, Stage.SMS_DELIVERED),
    Told.DELIVERED: (2, Stage.DELIVERED),
    Told.READ: (3, Stage.READ),
}
"""How much each proves. Theirs is sealed end to end, the carrier's is a word."""
_PROVED: Mapping[Stage, int] = {stage: rank for rank, stage in _EVIDENCE.values()}


def _by_evidence(message: Journey, event: Event) -> Journey:
    rank, stage = _EVIDENCE[event]
    said_of_what_never_was = event is Told.CARRIER_DELIVERED and not message.handed
    if said_of_what_never_was or rank <= _PROVED.get(message.stage, 0):
        return message
    return replace(message, stage=stage, due_ms=None, question=None, why=None)


def _first_wait_ms(policy: Policy, patience: Patience) -> int:
    return patience.ip_only_ms if policy is Policy.IP_ONLY else patience.deadline_ms
