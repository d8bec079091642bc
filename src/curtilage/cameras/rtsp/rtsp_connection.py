"""One RTSP connection to a camera: requests and their replies, sign-in, packets (RFC 2326 over TCP, §10.12).

Guards: every wait for a reply is bounded; a reply that is not to our request is not taken for one; what the camera asks
of us is answered, but not without bound; whatever ends the connection is said once, as a SourceError.

Rules: packets go from the socket's buffer to their receiver in the event loop's own call (``data_received``): no task,
no queue, no stream between. Does not know the order of a dialogue: see rtsp/rtsp.py.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Mapping
from typing import cast

from curtilage.cameras.input.digest import Challenge, Credentials, Proof, challenges, strongest
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.turn_budget import TurnBudget
from curtilage.cameras.rtsp.rtsp_message import (
    MessageReader,
    NotRtsp,
    Request,
    Response,
    RtspBroken,
    encode_request,
    encode_response,
)
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.wire.identifier import Entropy

USER_AGENT = "Curtilage"
UNAUTHORIZED = 401
_UNKNOWN_METHOD = frozenset((405, 501, 551))
_SENDS_COUNT_MAX = 3
"""One request: bare or with an old nonce, with the new challenge, and once more when that nonce is stale."""
_CLOSE_S = 0.2
"""How long a TEARDOWN may take to leave the machine before the connection is reset."""
_UNSENT_BYTES_MAX = 64 * 1024
_ANSWERED = frozenset(("OPTIONS", "GET_PARAMETER", "SET_PARAMETER"))


class RtspConnection(asyncio.Protocol):
    """Client side of one connection. ``ended`` tells when and why it is over."""

    def __init__(self, config: Config, credentials: Credentials | None, entropy: Entropy, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self.budget = TurnBudget(config.camera_loop_share_max, clock)
        self._credentials = credentials
        self._entropy = entropy
        self._transport: asyncio.Transport | None = None
        self._proof: Proof | None = None
        self._sequence = 0
        self._awaited: asyncio.Future[Response] | None = None
        self._loop = asyncio.get_running_loop()
        self.reader = MessageReader(config.rtsp_header_bytes_max, config.rtsp_body_bytes_max)
        self.session = ""
        """The Session header of further requests; empty before SETUP."""
        self.unwilling = False
        """The last request whose reply was not waited for is one that the camera does not know."""
        self.ended: asyncio.Future[None] = self._loop.create_future()
        """None when the camera closed in good order; else SourceError."""

    def peer_host(self) -> str:
        """The IP address at the other end."""
        peer = self._transport.get_extra_info("peername") if self._transport is not None else None
        return str(peer[0]) if peer else ""

    def local_host(self) -> str:
        """The IP address at this end."""
        own = self._transport.get_extra_info("sockname") if self._transport is not None else None
        return str(own[0]) if own else ""

    def certificate(self) -> bytes:
        """The other end's certificate under TLS, DER; empty when it showed none."""
        tls = self._transport.get_extra_info("ssl_object") if self._transport is not None else None
        return (tls.getpeercert(binary_form=True) if tls is not None else None) or b""

    async def request(self, method: str, url: str, fields: Mapping[str, str] | None = None) -> Response:
        """Send a request and wait for its reply, signing in when asked (RFC 7616 §3.3).

        Raises SourceError: no reply in time, the connection ended, or the password was refused.
        """
        fresh = False  # credentials for a challenge that came in reply to this very request were refused
        for _ in range(_SENDS_COUNT_MAX):
            response = await self._exchange(method, url, fields or {})
            if response.status != UNAUTHORIZED:
                return response
            challenge = self._challenge(response)
            if challenge is None or (fresh and not challenge.stale):
                break
            fresh = True
        raise SourceError(SourceProblem.REFUSED_PASSWORD, self._why_refused())

    def notify(self, method: str, url: str) -> None:
        """Send a request whose reply is not waited for; a new challenge in it is used the next time."""
        if not self.ended.done():
            self._send(method, url, {})

    def end(self, error: SourceError | None = None) -> None:
        """The connection is over; None: in good order."""
        self._settle(error)
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close from our side. What was written may still leave, for ``_CLOSE_S`` at most."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()
            self._loop.call_later(_CLOSE_S, self._transport.abort)
        self._settle(None)
        self.ended.exception()  # taken note of, here at the latest

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.BaseProtocol."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol. The hot path. Measured: one warm buffer in uvloop beats a cold one each."""
        begun_s = self._clock.monotonic()
        try:
            messages = self.reader.feed(data)
        except RtspBroken as broken:
            stranger = isinstance(broken, NotRtsp) and not self.reader.spoken
            problem = SourceProblem.NOT_A_CAMERA if stranger else SourceProblem.GARBAGE
            self.end(SourceError(problem, f"it sent {broken}"))
            return
        for message in messages:
            self._take(message)
        rest_s = self.budget.spend(begun_s, self._clock.monotonic())
        if rest_s and self._transport is not None and not self.ended.done():
            self._transport.pause_reading()
            self._loop.call_later(rest_s, self._read_on)

    def eof_received(self) -> bool:
        """See asyncio.Protocol: close our side too."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.BaseProtocol."""
        if exc is not None and not isinstance(exc, OSError):  # a bug in a receiver: nobody else would show it
            self._settle(exc)
        elif exc is not None:
            self._settle(SourceError(SourceProblem.UNREACHABLE, f"the connection broke: {os_words(exc)}"))
        elif not self.reader.between:
            self._settle(SourceError(SourceProblem.ENDED, "in the middle of a packet"))
        else:
            self._settle(None)

    def _read_on(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    async def _exchange(self, method: str, url: str, fields: Mapping[str, str]) -> Response:
        if self.ended.done():
            self._raise_ended()
        awaited: asyncio.Future[Response] = self._loop.create_future()
        self._awaited = awaited
        self._send(method, url, fields)
        try:
            async with asyncio.timeout(self._config.rtsp_reply_s):
                return await awaited
        except TimeoutError:
            problem = SourceProblem.FROZEN if self.reader.spoken else SourceProblem.UNREACHABLE
            raise SourceError(problem, f"connected, but no reply to {method}") from None
        finally:
            self._awaited = None

    def _send(self, method: str, url: str, fields: Mapping[str, str]) -> None:
        self._sequence += 1
        head = {"CSeq": str(self._sequence), "User-Agent": USER_AGENT}
        if self.session:
            head["Session"] = self.session
        if self._proof is not None:
            head["Authorization"] = self._proof.authorization(method, url)
        self._write(encode_request(method, url, head | dict(fields)))

    def _write(self, octets: bytes) -> None:
        assert self._transport is not None, "connection_made comes first"
        if self.ended.done():
            return
        if self._transport.get_write_buffer_size() > _UNSENT_BYTES_MAX:
            self.end(SourceError(SourceProblem.GARBAGE, "it asks, and does not take the answers"))
            return
        self._transport.write(octets)

    def _take(self, message: Response | Request) -> None:
        if isinstance(message, Request):
            self._answer(message)
        elif self._awaited is None or self._awaited.done():
            if message.status == UNAUTHORIZED:
                self._challenge(message)
            self.unwilling = message.status in _UNKNOWN_METHOD
        elif message.sequence() in (None, self._sequence):  # some cameras leave CSeq out
            self._awaited.set_result(message)

    def _answer(self, request: Request) -> None:
        known = request.method in _ANSWERED
        number = request.sequence()
        fields = {"CSeq": str(number)} if number is not None else {}
        self._write(encode_response(200, "OK", fields) if known else encode_response(501, "Not Implemented", fields))

    def _challenge(self, response: Response) -> Challenge | None:
        """Prepare to answer a 401; None when that is not possible."""
        best = strongest(challenges(response.headers("www-authenticate")))
        if best is None or self._credentials is None:
            return None
        self._proof = Proof(best, self._credentials, self._entropy)
        return best

    def _why_refused(self) -> str:
        if self._credentials is None:
            return "it asks for a user and a password"
        return "" if self._proof is not None else "it asks for a way of signing in that is not supported"

    def _settle(self, error: Exception | None) -> None:
        if self.ended.done():
            return
        if error is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error)
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_exception(error or _closed_early())

    def _raise_ended(self) -> None:
        self.ended.result()
        raise _closed_early()


def os_words(error: OSError) -> str:
    """The operating system's words for an error, without an address in them."""
    if isinstance(error, socket.gaierror):
        return "its name was not found"
    if isinstance(error, ssl.SSLError):  # whose number is none of the operating system's
        return "TLS broke off"
    return os.strerror(error.errno).lower() if error.errno else "no connection"


def _closed_early() -> SourceError:
    return SourceError(SourceProblem.UNREACHABLE, "it closed the connection before the stream began")
