"""A camera's ONVIF services over HTTP or HTTPS: asked, signed in, and bounded in time and length.

Guards: everything is asked of the host a person named and of no other, whatever addresses a reply holds; no redirect is
followed, no proxy used, no connection shared with another camera; the password itself is never sent, only digests made
with it (WS-UsernameToken, and HTTP Digest where that is asked for; Basic is not answered).

Every way to fail is a SourceProblem. Does not know what a stream is for: see onvif/onvif_source.py.
"""

import asyncio
import ssl
from types import TracebackType
from typing import Self

from curtilage.cameras.input.digest import Challenge, Credentials, Proof, challenges, strongest
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.onvif import onvif_messages as messages
from curtilage.cameras.onvif.onvif_address import HTTP_PORT, HTTPS_PORT, OnvifAddress
from curtilage.cameras.onvif.onvif_http import OnvifHttp
from curtilage.cameras.onvif.onvif_messages import Made, MediaService, Profile
from curtilage.cameras.onvif.onvif_xml import (
    UsernameToken,
    XmlBroken,
    XmlElement,
    XmlReader,
    envelope,
    fault,
    is_refusal,
)
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.wire.identifier import Entropy

_NONCE_BYTES = 16
_SENDS_COUNT_MAX = 3
"""One request: bare or with an old nonce, with the new challenge, and once more when that nonce is stale."""
_OK = 200
_UNAUTHORIZED = 401
_FORBIDDEN = 403
_XML_PIECE_BYTES = 2048
"""Read between two turns of others: 3 ms at most."""


class _Fault(Exception):
    """The camera answered with a SOAP fault that is no refusal of the password."""


class OnvifDevice:
    """One camera's services, while the context is open."""

    def __init__(
        self,
        address: OnvifAddress,
        config: Config,
        clock: Clock,
        entropy: Entropy,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """``context``: for HTTPS, one that takes the judged certificate and no other (onvif/onvif_tls.py)."""
        self._address = address
        self._config = config
        self._clock = clock
        self._entropy = entropy
        self._ahead_ms = 0
        """How far the camera's clock is ahead of ours: a token is only taken when its time is about right."""
        self._proof: Proof | None = None
        # A context without authorities fails closed, and costs nothing where only http:// is asked.
        judged = context if context is not None else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._http = OnvifHttp(config, clock, judged)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def made(self) -> Made:
        """What the camera is; empty words when it does not say. Also learns its clock, so ask this first.

        Raises SourceError.
        """
        await self._learn_clock()
        try:
            return messages.made(await self._ask(None, messages.get_information()))
        except _Fault:
            return Made("", "")

    async def profile(self) -> tuple[MediaService, Profile]:
        """The profile that the address means, by Media2 or else by Media. Raises SourceError."""
        for service in await self._media_services():
            try:
                offered = messages.profiles(await self._ask(service, messages.get_profiles(service)))
            except _Fault:
                continue
            chosen = messages.choose(offered, sub=self._address.sub, token=self._address.profile) if offered else None
            if chosen is not None:
                return service, chosen
        raise SourceError(SourceProblem.NO_SUCH_STREAM, "it offers no such profile")

    async def stream_uri(self, service: MediaService, profile: Profile) -> str:
        """Where the profile's stream is, as the camera says it. Raises SourceError."""
        try:
            found = messages.stream_uri(await self._ask(service, messages.get_stream_uri(service, profile)))
        except _Fault:
            found = ""
        if not found:
            raise SourceError(SourceProblem.NO_SUCH_STREAM, "it names no address of its stream")
        return found

    async def ask_keyframe(self, service: MediaService, profile: Profile) -> None:
        """Ask for a keyframe soon. Raises SourceError, also when the camera knows no such request."""
        await self._learn_clock()
        try:
            await self._ask(service, messages.set_synchronization_point(service, profile.token))
        except _Fault:
            raise SourceError(SourceProblem.UNSUPPORTED, "it makes no keyframe on demand") from None

    async def _learn_clock(self) -> None:
        try:
            root = await self._ask(None, messages.get_time(), signed=False)
        except _Fault:
            return
        time_ms = messages.time_ms(root)
        if time_ms is not None:
            self._ahead_ms = time_ms - self._clock.now()

    async def _media_services(self) -> list[MediaService]:
        for body in (messages.get_services(), messages.get_capabilities()):
            try:
                found = messages.media_services(await self._ask(None, body), tls=self._address.tls)
            except _Fault:
                continue
            if found:
                return found
        raise SourceError(SourceProblem.NO_VIDEO, "it has no media service")

    async def _ask(self, service: MediaService | None, body: str, *, signed: bool = True) -> XmlElement:
        """The reply's root. Raises SourceError and _Fault."""
        origin, path = self._place(service)
        stale = True
        for _ in range(_SENDS_COUNT_MAX):
            proof = self._proof
            shown = proof.authorization("POST", path) if proof is not None else ""
            reply = await self._http.post(
                origin + path, envelope(body, self._token() if signed else None), authorization=shown
            )
            if reply.status != _UNAUTHORIZED:
                return await self._root(reply.status, reply.octets)
            challenge = strongest(item for item in challenges(reply.challenges) if item.scheme == "digest")
            if challenge is None or not (stale or challenge.stale):
                break
            stale = False
            if not self._sign_in(challenge):
                break
        if not signed:
            raise _Fault
        raise SourceError(SourceProblem.REFUSED_PASSWORD, "" if self._address.user else "it asks for a user")

    async def _root(self, status: int, octets: bytes) -> XmlElement:
        try:
            root = await self._read(octets)
        except XmlBroken:
            problem = SourceProblem.GARBAGE if status == _OK else SourceProblem.NOT_A_CAMERA
            raise SourceError(problem, f"it answered {status}, and no SOAP") from None
        codes = fault(root)
        if status == _FORBIDDEN or (codes is not None and is_refusal(codes)):
            raise SourceError(SourceProblem.REFUSED_PASSWORD)
        if codes is not None or status != _OK:
            raise _Fault
        return root

    async def _read(self, octets: bytes) -> XmlElement:
        """Others have their turn between two pieces, and it counts as the camera's time. Raises XmlBroken."""
        reader = XmlReader()
        for at in range(0, len(octets), _XML_PIECE_BYTES):
            begun_s = self._clock.monotonic()
            reader.feed(octets[at : at + _XML_PIECE_BYTES])
            await asyncio.sleep(self._http.budget.spend(begun_s, self._clock.monotonic()))
        return reader.finish()

    def _place(self, service: MediaService | None) -> tuple[str, str]:
        """Origin and path."""
        if service is None:
            return self._address.origin(), self._address.path
        # Behind a forwarded port the camera names its own: then the port a person named is the one that leads there.
        own = self._address.port != (HTTPS_PORT if self._address.tls else HTTP_PORT) or not service.port
        origin = self._address.origin() if own else f"{self._address.origin().rpartition(':')[0]}:{service.port}"
        return origin, service.path

    def _token(self) -> UsernameToken | None:
        address = self._address
        if address.user is None:
            return None
        now_ms = max(0, self._clock.now() + self._ahead_ms)
        return UsernameToken(address.user, address.password, self._entropy(_NONCE_BYTES), now_ms)

    def _sign_in(self, challenge: Challenge) -> bool:
        if self._address.user is None:
            return False
        credentials = Credentials(self._address.user, self._address.password)
        self._proof = Proof(challenge, credentials, self._entropy)
        return True
