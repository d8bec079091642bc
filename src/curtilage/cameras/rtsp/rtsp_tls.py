"""The connection of an RTSP dialogue: over TCP, or over TLS with the camera's certificate judged (``rtsps://``).

Guards the password: over TLS nothing is sent before the other end is trusted. Rules, in this order:
* a key that was kept is the only one taken; dates and names of its certificate do not matter then;
* a camera that known authorities vouched for when it was first met must be vouched for each time;
* for a camera met for the first time authorities are asked. If they do not vouch for it, and its certificate is in
  force, its key is kept, before anything is said. Without a memory to keep it in, it is refused.

TLS 1.2 at least. Asks for no certificate of ours.
"""

import asyncio
import ssl
from collections.abc import Callable

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.trust import CameraMemory, CertificateBroken, Trust, fingerprint_of, out_of_date
from curtilage.cameras.rtsp.rtsp_connection import RtspConnection, os_words
from curtilage.clock import Clock
from curtilage.config import Config

_NOT_TLS = frozenset(("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"))
"""What OpenSSL says when the other end's first bytes are no TLS record."""


class Dialler:
    """Makes one connection to a camera."""

    def __init__(self, host: str, port: int, config: Config, make: Callable[[], RtspConnection]) -> None:
        self._host = host
        self._port = port
        self._config = config
        self._make = make

    async def connect(self) -> RtspConnection:
        """Over TCP. Raises SourceError(UNREACHABLE)."""
        return await self._open(None)

    async def connect_tls(self, trust: Trust | None, memory: CameraMemory | None, clock: Clock) -> RtspConnection:
        """Over TLS, as the module's text says. Raises SourceError."""
        if trust is not None and not trust.by_authorities:
            return await self._known(trust)
        # In a thread: reading all authorities takes longer than a picture may wait.
        context = await asyncio.to_thread(ssl.create_default_context)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            connection = await self._open(context)
        except ssl.SSLCertVerificationError as error:
            if trust is not None:
                detail = f"No known authority vouches for it any more: {error.verify_message}."
                raise SourceError(SourceProblem.CERTIFICATE, detail) from None
            return await self._first_met(memory, clock)
        if trust is None:
            await self._keep(connection, Trust(""), memory)
        return connection

    async def _known(self, trust: Trust) -> RtspConnection:
        connection = await self._open(any_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))
        try:
            shown = fingerprint_of(connection.certificate())
        except CertificateBroken as error:
            raise _refused(connection, SourceProblem.CERTIFICATE, _sentence(str(error))) from None
        if shown != trust.fingerprint:
            raise _refused(connection, SourceProblem.CHANGED_KEY, f"The key it shows: {shown}.")
        return connection

    async def _first_met(self, memory: CameraMemory | None, clock: Clock) -> RtspConnection:
        connection = await self._open(any_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))
        try:
            shown = fingerprint_of(connection.certificate())
            words = out_of_date(connection.certificate(), clock.now())
        except CertificateBroken as error:
            raise _refused(connection, SourceProblem.CERTIFICATE, _sentence(str(error))) from None
        if words:
            detail = f"{_sentence(words)} The key it shows: {shown}."
            raise _refused(connection, SourceProblem.CERTIFICATE, detail)
        await self._keep(connection, Trust(shown), memory)
        return connection

    async def _keep(self, connection: RtspConnection, trust: Trust, memory: CameraMemory | None) -> None:
        if memory is None:
            detail = "It was met for the first time, and its key could not be kept."
            raise _refused(connection, SourceProblem.CERTIFICATE, detail)
        try:
            await memory.trust(trust)
        except BaseException:
            connection.end()
            raise

    async def _open(self, context: ssl.SSLContext | None) -> RtspConnection:
        """Raises SourceError, and ssl.SSLCertVerificationError as it is."""
        loop = asyncio.get_running_loop()
        name = self._host.partition("%")[0] if context is not None else None
        try:
            async with asyncio.timeout(self._config.rtsp_connect_s):
                _, connection = await loop.create_connection(
                    self._make, self._host, self._port, ssl=context, server_hostname=name
                )
        except TimeoutError:
            raise SourceError(SourceProblem.UNREACHABLE, "no answer to the connection") from None
        except ssl.SSLCertVerificationError:
            raise
        except ssl.SSLError as error:
            problem = SourceProblem.NOT_TLS if error.reason in _NOT_TLS else SourceProblem.UNREACHABLE
            words = (error.reason or "broken off").replace("_", " ").lower()
            raise SourceError(problem, f"no TLS connection: {words}") from None
        except (OSError, UnicodeError, ValueError) as error:
            words = os_words(error) if isinstance(error, OSError) else "the name is no name of a host"
            raise SourceError(SourceProblem.UNREACHABLE, words) from error
        return connection


def any_certificate(context: ssl.SSLContext) -> ssl.SSLContext:
    """Whose certificate is judged after the handshake, by its key; until then nothing is said.

    TLS 1.2 at least, whatever the interpreter or the system would begin with.
    """
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _refused(connection: RtspConnection, problem: SourceProblem, detail: str) -> SourceError:
    connection.end()
    connection.ended.exception()
    return SourceError(problem, detail)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
