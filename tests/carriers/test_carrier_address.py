"""Where a carrier is, in one line."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.carriers.carrier_address import (
    CarrierAddress,
    GammuAddress,
    GatewayAddress,
    SimulatedNumber,
    SmppAddress,
    parse_carrier_address,
)
from curtilage.errors import PersonError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("smpp://name:pass%20word@smsc.example", SmppAddress("smsc.example", 2775, False, "name", "pass word")),
        ("smpps://name:p@192.0.2.1", SmppAddress("192.0.2.1", 3550, True, "name", "p")),
        (
            " smpp://n:p@[2001:db8::1]:7777/?sender=%2B4930901820&type=VMS&numbers=international&long=whole\n",
            SmppAddress("2001:db8::1", 7777, False, "n", "p", "+4930901820", "VMS", True, True),
        ),
        ("smpp://n:p@h?sender=Rose", SmppAddress("h", 2775, False, "n", "p", "Rose")),
        ("smsgate://sms:p@192.0.2.20", GatewayAddress("http://192.0.2.20:8080", "sms", "p")),
        (
            "smsgates://sms:p@gate.example/3rdparty/v1/?sim=2",
            GatewayAddress("https://gate.example:443/3rdparty/v1", "sms", "p", 2),
        ),
        ("gammu:/var/spool/gammu/", GammuAddress("/var/spool/gammu")),
        ("sim:+4930901820", SimulatedNumber("+4930901820")),
    ],
)
def test_addresses(text: str, address: CarrierAddress) -> None:
    read = parse_carrier_address(text)
    assert read == address
    for secret in ("pass word", "4930901820", "Rose"):
        assert secret not in repr(read) + read.redacted()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "smpp:",
        "smpp://",
        "smpp://hostonly",
        "smpp://:geheim@host",
        "smpp://n:geheim@host:99999",
        "smpp://n:geheim@host:x",
        "smpp://n:geheim@host?sender=much-too-long-name",
        "smpp://n:geheim@host?color=red",
        "smpp://n:geheim@host?long=sometimes",
        "smpp://n:geheim%00@host",
        "smpp://n:geheim@[::1",
        "smpp://n:geheim@host/path",
        "smpp://n:geheim☎@host",
        f"smpp://n:{'geheim' * 20}@host",
        "smsgate://n:geheim@host?sim=9",
        "smsgate://n:geheim@host?sim=x",
        "gammu:spool",
        "http://n:geheim@host",
        "sim:123",
    ],
)
def test_what_is_none_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(PersonError) as raised:
        parse_carrier_address(text)
    assert "geheim" not in str(raised.value)


@given(st.one_of(st.text(max_size=60), st.text(max_size=60).map(lambda rest: f"smpp://n:p@h{rest}")))
def test_any_line_is_an_address_or_an_error(text: str) -> None:
    with contextlib.suppress(PersonError):
        assert parse_carrier_address(text).redacted()
