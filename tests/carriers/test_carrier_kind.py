"""Which carrier an address names."""

import asyncio
import secrets

import pytest

from curtilage.carriers.carrier import Carrier, Condition
from curtilage.carriers.carrier_kind import describe_carrier, make_carrier
from curtilage.carriers.gammu import GammuCarrier
from curtilage.carriers.simulated_carrier import SimulatedCarrier, SimulatedNetwork
from curtilage.carriers.smpp import SmppCarrier
from curtilage.carriers.sms_gateway import SmsGatewayCarrier
from curtilage.config import Config
from curtilage.errors import PersonError
from tests.held_clock import HeldClock


@pytest.mark.parametrize(
    ("text", "kind", "described"),
    [
        ("smpp://rose:geheim@smsc.example", SmppCarrier, "smpp://smsc.example:2775"),
        ("smsgate://rose:geheim@192.0.2.1", SmsGatewayCarrier, "http://192.0.2.1:8080"),
        ("gammu:/var/spool/gammu", GammuCarrier, "gammu:/var/spool/gammu"),
        ("sim:+4915100000001", SimulatedCarrier, "sim:"),
    ],
)
def test_every_kind_is_made(text: str, kind: type[object], described: str) -> None:
    async def scene() -> Carrier:
        network = SimulatedNetwork(HeldClock(), Config(), secrets.token_bytes)
        return make_carrier(text, Config(), HeldClock(), secrets.token_bytes, network)

    carrier = asyncio.run(scene())
    assert isinstance(carrier, kind)
    assert carrier.health().condition is Condition.IDLE
    assert describe_carrier(text) == described


def test_what_is_none_is_refused() -> None:
    for text in ("", "http://rose:geheim@192.0.2.1", "sim:+4915100000001"):
        with pytest.raises(PersonError) as raised:
            make_carrier(text, Config(), HeldClock(), secrets.token_bytes)
        assert "geheim" not in str(raised.value)
    assert describe_carrier("smpp://rose:geheim@") == "an address that cannot be read"
