"""Sends verification codes: the server's only SMS. Nothing of it is kept: no number, no code, no receipt.

Behind the port stands any carrier of this room (an SMPP account of the operator, a phone), or a gateway by HTTP
(kannel.py). Who gets an Unknown tells the person to ask for another code: a new one, under a new id.
"""

from typing import Protocol

from curtilage.carriers.carrier import Carrier, CarrierEvent, CarrierHealth, Outcome, Submission, SubmissionId
from curtilage.carriers.splitter import Alphabet, Measure, measure
from curtilage.errors import OurError
from curtilage.wire.identifier import Entropy, new_identifier


class VerificationSender(Protocol):
    """Who gets a code to a number."""

    async def run(self) -> None:
        """Stays ready until it is cancelled."""
        ...

    async def send_code(self, number: str, code: str) -> Outcome:
        """One text, once. Raises PersonError where ``number`` is none."""
        ...

    def health(self) -> CarrierHealth:
        """For the operator."""
        ...


def code_text(code: str, server: str) -> str:
    """The code first, so that a phone's list of texts shows it; who asks for it, and that nobody else may.

    Raises OurError when that is more than one short message: ``server`` is then too long, or not plain.
    """
    text = f"{code} is your code for {server}. Nobody will ever ask you for it."
    measured = measure(text, 1)
    if not isinstance(measured, Measure) or measured.alphabet is not Alphabet.GSM:
        raise OurError("The server's name does not fit into a verification text.", do="Give it a shorter, plain name.")
    return text


class CarrierVerification:
    """Implements VerificationSender by a carrier that is used for nothing else."""

    def __init__(self, carrier: Carrier, server: str, valid_s: int, entropy: Entropy) -> None:
        """``valid_s``: how long a code is good for; a carrier need not deliver it later."""
        code_text("00000000", server)
        self._carrier = carrier
        self._server = server
        self._valid_s = valid_s
        self._entropy = entropy

    async def run(self) -> None:
        """See VerificationSender. What people answer to the server's number is not read."""
        await self._carrier.run(_Nobody())

    async def send_code(self, number: str, code: str) -> Outcome:
        """See VerificationSender."""
        submission = SubmissionId(new_identifier(self._entropy))
        text = code_text(code, self._server)
        return await self._carrier.submit(Submission(submission, number, text, receipt=False, valid_s=self._valid_s))

    def health(self) -> CarrierHealth:
        """See VerificationSender."""
        return self._carrier.health()


class _Nobody:
    """Keeps nothing."""

    async def take(self, event: CarrierEvent) -> None:
        """See CarrierSink."""
