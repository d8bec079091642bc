"""A carrier by SMPP beside the tests' SMSC."""

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

from curtilage.carriers.carrier import NOTHING_KNOWN, Condition, Known, Submission, SubmissionId
from curtilage.carriers.carrier_address import SmppAddress, parse_carrier_address
from curtilage.carriers.smpp import SmppCarrier
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.wire.identifier import new_identifier
from tests.carriers.kept_sink import KeptSink, wait_for
from tests.carriers.smsc import PASSWORD, Smsc, running_smsc

OWN = "+4915100000000"
QUICK = Config(
    smpp_response_s=0.4,
    smpp_throttle_s=2.0,
    smpp_throttle_pause_s=0.05,
    smpp_reconnect_s=0.05,
    smpp_reconnect_s_max=0.2,
    sms_ready_wait_s=1.0,
)


def number(suffix: str) -> str:
    """What becomes of a text to it: smsc.js."""
    return f"+491510000{suffix.zfill(4)}"


def submission(suffix: str = "01", text: str = "Hallo", *, receipt: bool = True, valid_s: int = 0) -> Submission:
    """A new one."""
    identity = SubmissionId(new_identifier(secrets.token_bytes))
    return Submission(identity, number(suffix), text, receipt, valid_s)


def address_at(port: int, options: str = "", password: str = PASSWORD, scheme: str = "smpp") -> SmppAddress:
    """Of the tests' SMSC."""
    sender = f"sender={quote(OWN, safe='')}"
    text = f"{scheme}://rose:{quote(password)}@127.0.0.1:{port}?{sender}{options}"
    address = parse_carrier_address(text)
    assert isinstance(address, SmppAddress)
    return address


@dataclass
class Side:
    """Both ends."""

    carrier: SmppCarrier
    smsc: Smsc
    sink: KeptSink
    running: "asyncio.Task[None]"


@contextlib.asynccontextmanager
async def bound(
    config: Config = QUICK, options: str = "", known: Known = NOTHING_KNOWN, **environment: str
) -> AsyncIterator[Side]:
    """A carrier that is connected to an SMSC of its own."""
    async with running_smsc(**environment) as smsc, running(smsc, config, options, known) as side:
        yield side


@contextlib.asynccontextmanager
async def running(
    smsc: Smsc,
    config: Config = QUICK,
    options: str = "",
    known: Known = NOTHING_KNOWN,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Side]:
    """A carrier that is connected to this SMSC."""
    address = address_at(smsc.port, options, scheme="smpps" if tls else "smpp")
    carrier, sink = SmppCarrier(address, config, SystemClock(), secrets.token_bytes, tls), KeptSink()
    task = asyncio.create_task(carrier.run(sink, known))
    try:
        await wait_for(lambda: carrier.health().condition is Condition.READY)
        yield Side(carrier, smsc, sink, task)
    finally:
        task.cancel()
        await asyncio.wait([task])
