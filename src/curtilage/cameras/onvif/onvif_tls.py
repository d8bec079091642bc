"""ONVIF over HTTPS: the camera's certificate is judged first, and then taken on the connections that are asked by.

The judgement is that of rtsp/rtsp_tls.py, on a connection over which nothing is said: a kept key and no other, known
authorities, or the key of a camera met for the first time, which is kept. HTTP connections then take exactly the
certificate that was judged, so that whoever answers the second time cannot be somebody else. Its dates and names were
judged where they matter; OpenSSL is told not to look at them again.
"""

import ssl
from dataclasses import dataclass
from functools import partial

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.trust import CameraMemory, Trust
from curtilage.cameras.onvif.onvif_address import OnvifAddress
from curtilage.cameras.rtsp.rtsp_connection import RtspConnection
from curtilage.cameras.rtsp.rtsp_tls import Dialler
from curtilage.clock import Clock
from curtilage.config import Config
from curtilage.wire.identifier import Entropy

_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the standard library does not name."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A camera whose certificate was taken."""

    context: ssl.SSLContext
    """Takes that certificate and no other."""
    trust: Trust | None
    """What it is known by from now on."""


class _Noting:
    """Hands on what is kept, and knows it. Implements CameraMemory."""

    def __init__(self, memory: CameraMemory, known: Trust | None) -> None:
        self._memory = memory
        self.known = known

    async def trust(self, trust: Trust) -> None:
        """See CameraMemory."""
        await self._memory.trust(trust)
        self.known = trust

    async def describe(self, model: str, firmware: str) -> None:
        """See CameraMemory."""
        await self._memory.describe(model, firmware)


async def judge(
    address: OnvifAddress, config: Config, clock: Clock, entropy: Entropy, memory: CameraMemory | None
) -> Judged:
    """Meet the camera at its address, as the module's text says. Raises SourceError."""
    noting = _Noting(memory, address.trust) if memory is not None else None
    dialler = Dialler(address.host, address.port, config, partial(RtspConnection, config, None, entropy, clock))
    connection = await dialler.connect_tls(address.trust, noting, clock)
    shown = connection.certificate()
    connection.close()
    return Judged(_only(shown), noting.known if noting is not None else address.trust)


def _only(certificate: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
    try:
        context.load_verify_locations(cadata=certificate)
    except ssl.SSLError:
        raise SourceError(SourceProblem.CERTIFICATE, "Its certificate cannot be read.") from None
    return context
