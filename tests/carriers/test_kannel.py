"""Verification codes by a real Kannel, through it to the tests' SMSC."""

import asyncio
import logging
import secrets
from pathlib import Path
from urllib.parse import quote

import pytest

from curtilage.carriers.carrier import Condition, NotSent, Submitted, Unknown, WhyNotSent
from curtilage.carriers.carrier_address import GatewayAddress, parse_carrier_address
from curtilage.carriers.kannel import KannelVerification
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.carriers.gateway_phone import running_phone
from tests.carriers.kannel_side import NAME, PASSWORD, running_kannel
from tests.carriers.kept_sink import wait_for
from tests.carriers.smsc import running_smsc

_NUMBER = "+4915100000001"


def _sender(port: int, password: str = PASSWORD) -> KannelVerification:
    address = parse_carrier_address(f"smsgate://{NAME}:{quote(password)}@127.0.0.1:{port}")
    assert isinstance(address, GatewayAddress)
    config = Config(sms_gateway_wait_s=2.0)
    return KannelVerification(address, "Rose", "rose.home.arpa", 600, config, SystemClock(), secrets.token_bytes)


@pytest.mark.slow
def test_a_code_goes_through_kannel_to_the_carrier(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        async with running_smsc() as smsc, running_kannel(tmp_path, smsc.port) as port:
            await smsc.until("bound")
            sender = _sender(port)
            assert await sender.send_code(_NUMBER, "48151623") == Submitted(())
            assert sender.health().condition is Condition.READY
            await wait_for(lambda: len(smsc.submits) > 0)
            (line,) = smsc.submits
            assert (line["to"], line["from"], line["text"][:8]) == (_NUMBER[1:], "Rose", "48151623")
            assert line["coding"] == 0
            stranger = _sender(port, "wrong")
            refused = await stranger.send_code(_NUMBER, "48151623")
            assert isinstance(refused, NotSent)
            assert refused.why is WhyNotSent.CREDENTIALS
            assert stranger.health().condition is Condition.REFUSED

    with caplog.at_level(logging.DEBUG):
        asyncio.run(scene())
    for secret in (_NUMBER[1:], "48151623", PASSWORD):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("answer", "outcome", "why"),
    [
        (b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n", NotSent, WhyNotSent.THROTTLED),
        (b"HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n", NotSent, WhyNotSent.REFUSED),
        (b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n", Unknown, None),
        (b"nonsense\r\n\r\n", Unknown, None),
        (b"HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", Unknown, None),
    ],
)
def test_other_answers(answer: bytes, outcome: type[object], why: WhyNotSent | None) -> None:
    async def scene() -> None:
        async with running_phone() as phone:
            phone.answer_instead = answer
            said = await _sender(phone.port).send_code(_NUMBER, "48151623")
            assert isinstance(said, outcome)
            assert getattr(said, "why", None) is why
            assert not any("48151623" in line or _NUMBER[1:] in line for line in phone.asked), "no address holds them"

    asyncio.run(scene())


def test_a_gateway_that_is_not_there_is_definite() -> None:
    said = asyncio.run(_sender(1).send_code(_NUMBER, "48151623"))
    assert isinstance(said, NotSent)
    assert said.why is WhyNotSent.NOT_CONNECTED
