"""Verification codes by an operator's Kannel (its ``sendsms`` over HTTP, version 1.4).

Guards: number, code and password go in the headers and the body of a POST, never in an address: Kannel and every proxy
write addresses into their logs. One POST for one code; what is not clearly answered is Unknown.
"""

import asyncio
import ssl
from collections.abc import Mapping

import httpx

from curtilage.carriers.carrier import (
    CarrierHealth,
    Condition,
    NotSent,
    Outcome,
    Submission,
    SubmissionId,
    Submitted,
    Unknown,
    WhyNotSent,
)
from curtilage.carriers.carrier_address import GatewayAddress
from curtilage.carriers.verification import code_text
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.errors import Blame
from curtilage.wire.identifier import Entropy, new_identifier

_TAKEN = frozenset({200, 202})
_CREDENTIALS = 403
_UNAVAILABLE = 503
_S_PER_MINUTE = 60


class KannelVerification:
    """Implements VerificationSender. The address is smsbox's, with the name and the password that it knows us by."""

    def __init__(
        self,
        address: GatewayAddress,
        sender: str,
        server: str,
        valid_s: int,
        config: Config,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """``sender``: the number or name that texts come from. ``valid_s``: how long a code is good for."""
        code_text("00000000", server)
        self._address = address
        self._sender = sender
        self._server = server
        self._valid_s = valid_s
        self._config = config
        self._clock = clock
        self._entropy = entropy
        encrypted = address.url.startswith("https:")
        self._verify: ssl.SSLContext | bool = ssl.create_default_context() if encrypted else False
        self._health = CarrierHealth(Condition.READY, clock.now(), "No code was sent yet.")

    async def run(self) -> None:
        """See VerificationSender: there is nothing to keep ready."""
        await asyncio.Event().wait()

    async def send_code(self, number: str, code: str) -> Outcome:
        """See VerificationSender."""
        identity = SubmissionId(new_identifier(self._entropy))
        submission = Submission(identity, number, code_text(code, self._server), receipt=False, valid_s=self._valid_s)
        outcome = await self._post(submission)
        self._note(outcome)
        return outcome

    def health(self) -> CarrierHealth:
        """See VerificationSender: how the newest code fared."""
        return self._health

    async def _post(self, submission: Submission) -> Outcome:
        try:
            async with (
                asyncio.timeout(2 * self._config.sms_gateway_wait_s),
                httpx.AsyncClient(
                    timeout=self._config.sms_gateway_wait_s, trust_env=False, verify=self._verify
                ) as client,
                client.stream(
                    "POST",
                    f"{self._address.url}/cgi-bin/sendsms",
                    headers=self._headers(submission),
                    content=submission.text.encode(),
                ) as response,
            ):
                return _outcome(response.status_code)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return NotSent(WhyNotSent.NOT_CONNECTED, "The gateway does not answer.", Blame.PARTNER)
        except (httpx.HTTPError, TimeoutError):
            return Unknown("The gateway did not answer in time.")

    def _headers(self, submission: Submission) -> Mapping[bytes, bytes]:
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": self._address.name,
            "X-Kannel-Password": self._address.password,
            "X-Kannel-To": submission.recipient,
            "X-Kannel-From": self._sender,
            "X-Kannel-Coding": "0",
            "X-Kannel-Charset": "UTF-8",
            "X-Kannel-Validity": str(max(1, submission.valid_s // _S_PER_MINUTE)),
        }
        return {name.encode(): value.encode() for name, value in headers.items()}

    def _note(self, outcome: Outcome) -> None:
        condition = Condition.READY if isinstance(outcome, Submitted) else Condition.AWAY
        if isinstance(outcome, NotSent) and outcome.why is WhyNotSent.CREDENTIALS:
            condition = Condition.REFUSED
        words = "The newest code was taken." if isinstance(outcome, Submitted) else outcome.words
        if (condition, words) != (self._health.condition, self._health.words):
            self._health = CarrierHealth(condition, self._clock.now(), words)


def _outcome(status: int) -> Outcome:
    if status in _TAKEN:
        return Submitted(())
    if status == _CREDENTIALS:
        return NotSent(WhyNotSent.CREDENTIALS, "The gateway does not accept our name or password.", Blame.US)
    if status == _UNAVAILABLE:
        return NotSent(WhyNotSent.THROTTLED, "The gateway takes no more texts for now.", Blame.PARTNER)
    if 400 <= status < 500:
        return NotSent(WhyNotSent.REFUSED, f"The gateway does not accept it (HTTP status {status}).", Blame.PARTNER)
    return Unknown(f"The gateway had a fault of its own (HTTP status {status}).")
