"""By which way a message goes: rows of the table, and a hostile world that plays against all of it."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from curtilage.phone.journey import Journey, Policy, Question, Stage, Why
from curtilage.phone.route import (
    Action,
    Cancelled,
    Choice,
    Chose,
    Event,
    Ip,
    Reach,
    Refused,
    Told,
    again,
    step,
    written,
)
from curtilage.wire.messages.opaque import MessageId
from tests.phone.hostile_world import PATIENCE, Copy, World

LIVE, ASLEEP, NONE, UNKNOWN = (Reach(ip) for ip in Ip)
CHANGED = Reach(Ip.LIVE, identity_changed=True)
SMS, WAIT, BACK = (Chose(choice) for choice in Choice)
_LONG_MS = 3_600_000
_KEPT_MS = 86_400_000
_WORLDS_COUNT = 600
"""With fewer, some mutants of the table lived."""


def _new(policy: Policy = Policy.IP_OR_SMS) -> Journey:
    return written(MessageId(b"m" * 16), policy, 0, PATIENCE)


def _after(*events: Event, policy: Policy = Policy.IP_OR_SMS) -> tuple[Journey, Action]:
    """Each event an hour after the one before, so that whatever waits is due."""
    message, action = _new(policy), Action.NOTHING
    for hours, event in enumerate(events):
        message, action = step(message, event, hours * _LONG_MS, PATIENCE)
    return message, action


ASK = Policy.ASK_FIRST
IP = Policy.IP_ONLY
BY = Policy.IP_OR_SMS
ROWS = [
    ("a contact who listens is posted to", BY, (LIVE,), Stage.POSTING, Action.POST),
    ("a friend without goes by SMS at once", BY, (NONE,), Stage.HANDING, Action.HAND_OVER),
    ("a phone that is off goes by SMS at once", BY, (ASLEEP,), Stage.HANDING, Action.HAND_OVER),
    ("nothing is known, so it waits", BY, (UNKNOWN,), Stage.QUEUED, Action.NOTHING),
    ("and goes by SMS when its time is over", BY, (UNKNOWN, Told.DUE), Stage.HANDING, Action.HAND_OVER),
    ("ip only waits in the mailbox", IP, (ASLEEP,), Stage.POSTING, Action.POST),
    ("ip only to nobody waits here", IP, (NONE,), Stage.QUEUED, Action.NOTHING),
    ("and fails in the end", IP, (NONE, Told.DUE), Stage.FAILED, Action.NOTHING),
    ("ask first asks", ASK, (NONE,), Stage.QUEUED, Action.NOTHING),
    ("and obeys", ASK, (NONE, SMS), Stage.HANDING, Action.HAND_OVER),
    ("ip only refuses the word SMS", IP, (NONE, SMS), Stage.QUEUED, Action.NOTHING),
    ("strange keys stop it", BY, (CHANGED,), Stage.QUEUED, Action.NOTHING),
    ("until they were looked at", BY, (CHANGED, LIVE), Stage.POSTING, Action.POST),
    ("accepted is sent", BY, (LIVE, Told.ACCEPTED), Stage.SENT, Action.NOTHING),
    ("a silent mailbox is asked to cancel", BY, (LIVE, Told.ACCEPTED, Told.DUE), Stage.CANCELLING, Action.CANCEL),
    ("so is one that never answered", BY, (LIVE, Told.DUE), Stage.CANCELLING, Action.CANCEL),
    (
        "a cancel that won is handed over",
        BY,
        (LIVE, Told.ACCEPTED, Told.DUE, Cancelled(won=True)),
        Stage.HANDING,
        Action.HAND_OVER,
    ),
    (
        "a cancel that lost asks",
        BY,
        (LIVE, Told.ACCEPTED, Told.DUE, Cancelled(won=False)),
        Stage.SENT,
        Action.NOTHING,
    ),
    ("offered and silent asks without trying", BY, (LIVE, Told.OFFERED, Told.DUE), Stage.POSTING, Action.NOTHING),
    ("a server that refuses leaves SMS", BY, (LIVE, Refused()), Stage.HANDING, Action.HAND_OVER),
    ("returned unseen leaves SMS", BY, (LIVE, Told.ACCEPTED, Told.RETURNED), Stage.HANDING, Action.HAND_OVER),
    ("returned unseen, ip only: failed", IP, (LIVE, Told.ACCEPTED, Told.RETURNED), Stage.FAILED, Action.NOTHING),
    ("taken back before it left", BY, (UNKNOWN, BACK), Stage.WITHDRAWN, Action.NOTHING),
    ("taken back from the mailbox", BY, (LIVE, BACK, Cancelled(won=True)), Stage.WITHDRAWN, Action.NOTHING),
    ("too late to take back", BY, (LIVE, BACK, Cancelled(won=False)), Stage.SENT, Action.NOTHING),
    ("the carrier took it", BY, (NONE, Told.SUBMITTED), Stage.SMS_SENT, Action.NOTHING),
    ("the carrier refused it", BY, (NONE, Told.NOT_SUBMITTED), Stage.FAILED, Action.NOTHING),
    ("the carrier is silent", BY, (NONE, Told.UNKNOWN), Stage.SMS_UNKNOWN, Action.NOTHING),
    ("unknown stays unknown", BY, (NONE, Told.UNKNOWN, Told.DUE, SMS, LIVE), Stage.SMS_UNKNOWN, Action.NOTHING),
    (
        "a late no is a failure, never a second try",
        BY,
        (NONE, Told.UNKNOWN, Told.NOT_SUBMITTED),
        Stage.FAILED,
        Action.NOTHING,
    ),
    ("impatience changes nothing that is under way", BY, (LIVE, Told.DUE, SMS), Stage.CANCELLING, Action.NOTHING),
    (
        "who knows that it may come twice is obeyed",
        BY,
        (LIVE, Told.DUE, Told.DUE, SMS),
        Stage.HANDING,
        Action.HAND_OVER,
    ),
    ("until there is evidence", BY, (NONE, Told.UNKNOWN, Told.CARRIER_DELIVERED), Stage.SMS_DELIVERED, Action.NOTHING),
    (
        "a late receipt corrects a failure",
        BY,
        (LIVE, Told.OFFERED, Told.RETURNED, Told.READ),
        Stage.READ,
        Action.NOTHING,
    ),
    ("read never becomes delivered", BY, (LIVE, Told.READ, Told.DELIVERED), Stage.READ, Action.NOTHING),
    (
        "a carrier cannot deliver what it was not given",
        BY,
        (LIVE, Told.CARRIER_DELIVERED),
        Stage.POSTING,
        Action.NOTHING,
    ),
]


@pytest.mark.parametrize(
    ("policy", "events", "stage", "action"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_the_table(policy: Policy, events: tuple[Event, ...], stage: Stage, action: Action) -> None:
    message, done = _after(*events, policy=policy)
    assert (message.stage, done) == (stage, action)


QUESTIONS = [
    (ASK, (NONE,), Question.SEND_BY_SMS),
    (ASK, (LIVE, Told.ACCEPTED, Told.DUE), Question.SEND_BY_SMS),
    (BY, (CHANGED,), Question.IDENTITY_CHANGED),
    (BY, (LIVE, Told.ACCEPTED, Told.DUE, Cancelled(won=False)), Question.MAY_HAVE_ARRIVED),
    (BY, (LIVE, Told.DUE, Told.DUE), Question.MAY_HAVE_ARRIVED),
    (BY, (LIVE, Told.OFFERED, Told.DUE), Question.MAY_HAVE_ARRIVED),
    (BY, (LIVE, Told.OFFERED, Told.DUE, WAIT), None),
]


@pytest.mark.parametrize(("policy", "events", "question"), QUESTIONS)
def test_the_person_is_asked(policy: Policy, events: tuple[Event, ...], question: Question | None) -> None:
    assert _after(*events, policy=policy)[0].question is question


def test_the_reason_of_a_failure_is_kept() -> None:
    assert _after(LIVE, Told.OFFERED, Told.RETURNED)[0].why is Why.NOT_CONFIRMED
    assert _after(NONE, Told.NOT_SUBMITTED)[0].why is Why.CARRIER_REFUSED
    assert _after(NONE, Told.SUBMITTED, Told.CARRIER_FAILED)[0].why is Why.CARRIER_FAILED


def test_what_was_cancelled_is_never_posted_again() -> None:
    events = (LIVE, Told.ACCEPTED, Told.DUE, SMS, Cancelled(won=True))
    message, _ = _after(*events, policy=ASK)
    assert message.stage is Stage.HANDING
    refused, _ = _after(LIVE, Refused(), LIVE, policy=ASK)
    assert (refused.stage, refused.question) == (Stage.QUEUED, Question.SEND_BY_SMS)


def test_the_servers_yes_does_not_stop_the_clock() -> None:
    posted, _ = step(_new(), LIVE, 0, PATIENCE)
    assert step(posted, Told.ACCEPTED, 1, PATIENCE)[0].due_ms == posted.due_ms == PATIENCE.deadline_ms


def test_nothing_is_due_before_its_time() -> None:
    message = _new()
    assert step(message, Told.DUE, PATIENCE.deadline_ms - 1, PATIENCE) == (message, Action.NOTHING)
    assert step(message, Told.DUE, PATIENCE.deadline_ms, PATIENCE)[0].stage is Stage.HANDING


def test_who_finds_a_message_being_handed_over_does_not_know() -> None:
    handing, action = _after(NONE)
    assert action is Action.HAND_OVER
    assert again(handing)[0].stage is Stage.SMS_UNKNOWN
    assert again(handing)[1] is Action.NOTHING


class _Play(RuleBasedStateMachine):
    """Any order of anything."""

    world: World

    @initialize(policy=st.sampled_from(Policy))
    def write(self, policy: Policy) -> None:
        self.world = World(_new(policy))

    @rule(event=st.sampled_from((LIVE, LIVE, LIVE, ASLEEP, NONE, UNKNOWN, CHANGED)))
    def reach(self, event: Reach) -> None:
        self.world.event(event)

    @rule(choice=st.sampled_from(Choice))
    def person(self, choice: Choice) -> None:
        if choice is Choice.SEND_BY_SMS and self.world.message.question is Question.MAY_HAVE_ARRIVED:
            self.world.asked_knowing = self.world.message.policy is not Policy.IP_ONLY
        self.world.event(Chose(choice))

    @rule(by_ms=st.sampled_from((10_000, 60_000, _KEPT_MS)))
    def time(self, by_ms: int) -> None:
        self.world.time(by_ms)

    @rule()
    def the_network_works_for_a_while(self) -> None:
        self.world.settle()

    @precondition(lambda self: self.world.to_server)
    @rule(index=st.integers(0, 9), twice=st.booleans())
    def server_takes(self, index: int, *, twice: bool) -> None:
        self.world.server_takes(index, twice=twice)

    @precondition(lambda self: self.world.to_phone)
    @rule(index=st.integers(0, 9), lost=st.booleans())
    def phone_hears(self, index: int, *, lost: bool) -> None:
        event = self.world.to_phone.pop(index % len(self.world.to_phone))
        if not lost:
            self.world.event(event)

    @precondition(lambda self: self.world.copy is Copy.QUEUED)
    @rule()
    def their_phone_listens(self) -> None:
        self.world.offer()

    @precondition(lambda self: self.world.copy is Copy.OFFERED)
    @rule()
    def their_phone_commits(self) -> None:
        self.world.commit()

    @precondition(lambda self: self.world.now_ms >= _KEPT_MS)
    @rule()
    def the_server_keeps_it_no_longer(self) -> None:
        self.world.keep_no_longer()

    @precondition(lambda self: self.world.to_carrier)
    @rule(took=st.booleans(), answer=st.sampled_from((Told.UNKNOWN, Told.SUBMITTED, Told.NOT_SUBMITTED)))
    def carrier(self, *, took: bool, answer: Told) -> None:
        honest = {Told.SUBMITTED: True, Told.NOT_SUBMITTED: False}
        self.world.carrier_answers(answer, took=honest.get(answer, took))

    @rule()
    def crash(self) -> None:
        self.world.restart()

    @invariant()
    def handed_over_at_most_once(self) -> None:
        assert self.world.to_carrier <= 1

    @invariant()
    def by_sms_only_what_nobody_can_have_seen(self) -> None:
        world = self.world
        if world.to_carrier and not world.asked_knowing:
            assert world.copy in {Copy.NEVER_CAME, Copy.DROPPED}

    @invariant()
    def shown_once_unless_the_person_said_so(self) -> None:
        assert self.world.shown <= (2 if self.world.asked_knowing else 1)

    @invariant()
    def the_policy_is_obeyed(self) -> None:
        message = self.world.message
        assert not (message.handed and message.policy is Policy.IP_ONLY)
        assert not (message.handed and message.policy is Policy.ASK_FIRST and not message.asked_sms)

    @invariant()
    def nothing_hangs(self) -> None:
        """Who waits has a time, a question, an end, or somebody whose word must come: the server's, the carrier's."""
        message = self.world.message
        waits_for_a_word = message.stage in {Stage.SENT, Stage.HANDING, Stage.SMS_SENT, Stage.SMS_UNKNOWN}
        assert message.over or message.question is not None or message.due_ms is not None or waits_for_a_word


@pytest.mark.slow
def test_no_world_however_hostile_makes_it_come_twice_or_breaks_the_policy() -> None:
    run_state_machine_as_test(_Play, settings=settings(max_examples=_WORLDS_COUNT, stateful_step_count=40))
