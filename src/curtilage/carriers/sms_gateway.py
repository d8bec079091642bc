"""A phone with SMS Gateway for Android (or a server of its interface), over HTTP: hands texts over under our own ids,
looks at their states, and reads the phone's inbox.

Guards "at most once": a text is posted once. The gateway knows our id and answers 409 to a second one, which counts as
handed over; still nothing is posted again here, because a phone that was set up anew has forgotten its ids. An Unknown
outcome is cleared by asking for the id: it is there, or, when the phone says twice with time between that it is not,
it never arrived.

Rules: redirects are not followed and proxies not used: the password and the texts go to this address alone. Incoming
texts are read from the last look (and some time before it), so the same text can be told again under the same key:
the sink knows it by that.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from curtilage.carriers.carrier import (
    NOTHING_KNOWN,
    CarrierHealth,
    CarrierSink,
    Condition,
    Known,
    NotSent,
    Outcome,
    Outstanding,
    PartAccepted,
    PartRefused,
    Receipt,
    Submission,
    SubmissionId,
    Submitted,
    TextReceived,
    Unknown,
    WhyNotSent,
)
from curtilage.carriers.carrier_address import GatewayAddress
from curtilage.carriers.receipt import ReceiptState
from curtilage.carriers.sms_gateway_messages import (
    GatewayAnswerError,
    GatewayText,
    read_inbox,
    read_state,
    submission_body,
)
from curtilage.carriers.splitter import TextRefused, measure
from curtilage.carriers.telling import tell
from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.errors import Blame

_SEEN_COUNT_MAX = 10_000
_PAGES_COUNT_MAX = 50
_STATES_COUNT_MAX = 50
"""Texts whose state is asked for in one look; the others come next."""
_OK, _ACCEPTED = 200, 202
_NOT_FOUND, _CONFLICT, _TOO_MANY, _UNAVAILABLE = 404, 409, 429, 503
_REFUSES_US = frozenset({401, 403})
_CLIENT_ERRORS = range(400, 500)
_CREDENTIALS = "The gateway does not accept our name or password."


class _Silent(Exception):
    """No whole answer. ``sent``: the question may have arrived."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("no answer of the gateway")
        self.sent = sent


class _Unwelcome(Exception):
    """The gateway does not let us in."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes = field(repr=False)


@dataclass(slots=True)
class _Watched:
    """A text whose fate is not known yet."""

    submission: SubmissionId
    since_ms: int
    state: ReceiptState | None = None
    certain: bool = True
    """The gateway has it; False: that is to be found out."""
    absent_since_ms: int | None = None


class SmsGatewayCarrier:
    """Implements Carrier. ``tls``: how a certificate is judged; None: by this machine's store."""

    def __init__(
        self, address: GatewayAddress, config: Config, clock: Clock, tls: ssl.SSLContext | None = None
    ) -> None:
        self._address = address
        self._config = config
        self._clock = clock
        encrypted = address.url.startswith("https:")
        self._verify: ssl.SSLContext | bool = (tls or ssl.create_default_context()) if encrypted else False
        self._watched: OrderedDict[SubmissionId, _Watched] = OrderedDict()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._tells_incoming = True
        self._waiting_count = 0
        self._health = CarrierHealth(Condition.IDLE, clock.now(), "The carrier is not in use.")

    async def run(self, sink: CarrierSink, known: Known = NOTHING_KNOWN) -> None:
        """See Carrier. ``known.since_ms`` 0: incoming texts from now on, not what the phone has kept for years."""
        for outstanding in known.outstanding:
            self._watch(outstanding.id, certain=outstanding.submitted)
        since_ms = known.since_ms or self._clock.now() + self._config.sms_gateway_overlap_s * MS_PER_SECOND
        try:
            while True:
                began_ms = self._clock.now()
                if await self._look(sink, since_ms):
                    since_ms = max(since_ms, began_ms)
                await asyncio.sleep(self._config.sms_gateway_poll_s)
        finally:
            self._say(Condition.IDLE, "The carrier is not in use.")

    async def submit(self, submission: Submission) -> Outcome:
        """See Carrier."""
        measured = measure(submission.text, self._config.sms_parts_count_max)
        if isinstance(measured, TextRefused):
            return NotSent(WhyNotSent.TEXT, measured.words, Blame.PERSON)
        if self._waiting_count >= self._config.sms_submits_waiting_count_max:
            return NotSent(WhyNotSent.BUSY, "Too many texts wait for the carrier already.", Blame.US)
        self._waiting_count += 1
        try:
            outcome = await self._post(submission)
        except asyncio.CancelledError:
            if submission.receipt:
                self._watch(submission.id, certain=False)
            raise
        finally:
            self._waiting_count -= 1
        if submission.receipt and not isinstance(outcome, NotSent):
            self._watch(submission.id, certain=isinstance(outcome, Submitted))
        return outcome

    async def ask(self, outstanding: Outstanding) -> None:
        """See Carrier: its state is looked at with the next look, and from then on."""
        self._watch(outstanding.id, certain=outstanding.submitted)

    def health(self) -> CarrierHealth:
        """See Carrier."""
        return self._health

    async def _post(self, submission: Submission) -> Outcome:
        try:
            # The app takes a short code for no number and would let it fail.
            query = {} if submission.recipient.startswith("+") else {"skipPhoneValidation": "true"}
            answer = await self._http("POST", "/messages", query, submission_body(submission, self._address.sim))
        except _Silent as silent:
            if silent.sent:
                return Unknown("The gateway did not answer in time.")
            return NotSent(WhyNotSent.NOT_CONNECTED, "The gateway does not answer.", Blame.PARTNER)
        if answer.status == _CONFLICT:
            return Submitted((), known_already=True)
        if answer.status in {_OK, _ACCEPTED, 201}:
            return Submitted(())
        if answer.status in _REFUSES_US:
            return NotSent(WhyNotSent.CREDENTIALS, _CREDENTIALS, Blame.US)
        if answer.status in {_TOO_MANY, _UNAVAILABLE}:
            return NotSent(WhyNotSent.THROTTLED, "Too much waits in the gateway already.", Blame.PARTNER)
        if answer.status in _CLIENT_ERRORS:
            words = f"The gateway does not accept the number or the text (HTTP status {answer.status})."
            return NotSent(WhyNotSent.REFUSED, words, Blame.PARTNER)
        return Unknown(f"The gateway had a fault of its own (HTTP status {answer.status}).")

    async def _look(self, sink: CarrierSink, since_ms: int) -> bool:
        """States, then the inbox. True when all of it was told."""
        try:
            for watched in list(self._watched.values())[:_STATES_COUNT_MAX]:
                self._watched.move_to_end(watched.submission)
                await self._look_at(sink, watched)
            told = await self._read_inbox(sink, since_ms)
        except _Silent:
            self._say(Condition.AWAY, f"{self._address.redacted()} does not answer.")
            return False
        except GatewayAnswerError:
            self._say(Condition.AWAY, f"{self._address.redacted()} answers, but not as an SMS gateway does.")
            return False
        except _Unwelcome:
            self._say(Condition.REFUSED, _CREDENTIALS, "Look at the name and the password of the carrier's address.")
            return False
        words = [f"Connected to {self._address.redacted()}."]
        words += [] if self._address.url.startswith("https:") else ["The way there is not encrypted."]
        words += (
            [] if self._tells_incoming else ["It does not tell of incoming texts; a newer version of the app does."]
        )
        self._say(Condition.READY, " ".join(words))
        return told

    async def _look_at(self, sink: CarrierSink, watched: _Watched) -> None:
        answer = await self._http("GET", f"/messages/{watched.submission}")
        now_ms = self._clock.now()
        if answer.status == _NOT_FOUND:
            await self._absent(sink, watched, now_ms)
            return
        found = read_state(_body(answer))
        watched.absent_since_ms = None
        if not watched.certain:
            watched.certain = await tell(sink, PartAccepted(now_ms, watched.submission, 1, 1, watched.submission))
        if found.state is not None and found.state is not watched.state:
            receipt = Receipt(now_ms, watched.submission, 0, found.state, watched.submission, found.error)
            watched.state = found.state if await tell(sink, receipt) else watched.state
        old = now_ms - watched.since_ms > self._config.sms_gateway_watch_s * MS_PER_SECOND
        if old or (watched.state is not None and watched.state.final):
            self._watched.pop(watched.submission, None)

    async def _absent(self, sink: CarrierSink, watched: _Watched, now_ms: int) -> None:
        """The phone does not know it. One such answer may have overtaken the question that is under way."""
        if watched.absent_since_ms is None:
            watched.absent_since_ms = now_ms
        elif now_ms - watched.absent_since_ms >= 2 * self._config.sms_gateway_wait_s * MS_PER_SECOND:
            if not watched.certain:
                words = "The text never reached the gateway."
                if not await tell(sink, PartRefused(now_ms, watched.submission, 1, WhyNotSent.NOT_CONNECTED, words)):
                    return
            self._watched.pop(watched.submission, None)

    async def _read_inbox(self, sink: CarrierSink, since_ms: int) -> bool:
        texts: list[GatewayText] = []
        size = self._config.sms_gateway_page_count
        query = {"type": "SMS", "from": _written(since_ms - self._config.sms_gateway_overlap_s * MS_PER_SECOND)}
        for page in range(_PAGES_COUNT_MAX):
            answer = await self._http("GET", "/inbox", query | {"limit": str(size), "offset": str(page * size)})
            self._tells_incoming = answer.status != _NOT_FOUND
            if not self._tells_incoming:
                return True
            found = read_inbox(_body(answer))
            texts += found.texts
            if found.count < size:
                break
        for text in sorted(texts, key=lambda item: item.at_ms):
            if text.key not in self._seen:
                event = TextReceived(text.at_ms, text.sender, text.recipient, text.text, text.key)
                if not await tell(sink, event):
                    return False
                self._seen[text.key] = None
        while len(self._seen) > _SEEN_COUNT_MAX:
            self._seen.popitem(last=False)
        return True

    async def _http(self, method: str, path: str, query: Mapping[str, str] | None = None, body: bytes = b"") -> _Answer:
        """One request on a connection of its own. Raises _Silent."""
        timeout = httpx.Timeout(self._config.sms_gateway_wait_s)
        headers = {"Content-Type": "application/json"} if body else {}
        auth = httpx.BasicAuth(self._address.name, self._address.password)
        try:
            async with (
                asyncio.timeout(2 * self._config.sms_gateway_wait_s),
                httpx.AsyncClient(auth=auth, timeout=timeout, trust_env=False, verify=self._verify) as client,
                client.stream(
                    method, self._address.url + path, params=query, content=body or None, headers=headers
                ) as response,
            ):
                return _Answer(response.status_code, await self._bounded(response))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise _Silent(sent=False) from None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            raise _Silent(sent=True) from None

    async def _bounded(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > self._config.sms_gateway_body_bytes_max:
                raise _Silent(sent=True)
        return bytes(body)

    def _watch(self, submission: SubmissionId, *, certain: bool) -> None:
        known = self._watched.setdefault(submission, _Watched(submission, self._clock.now(), certain=certain))
        known.certain = known.certain or certain
        while len(self._watched) > self._config.sms_outstanding_count_max:
            self._watched.popitem(last=False)

    def _say(self, condition: Condition, words: str, do: str = "") -> None:
        if (condition, words) != (self._health.condition, self._health.words):
            self._health = CarrierHealth(condition, self._clock.now(), words, do)


def _body(answer: _Answer) -> bytes:
    """Raises _Unwelcome or GatewayAnswerError."""
    if answer.status in _REFUSES_US:
        raise _Unwelcome
    if answer.status != _OK:
        raise GatewayAnswerError("an error")
    return answer.body


def _written(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / MS_PER_SECOND, UTC).isoformat(timespec="milliseconds")
