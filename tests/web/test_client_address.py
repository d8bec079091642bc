"""One machine is counted as one, whatever addresses it takes."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.web.client_address import counted_address, is_loopback

COUNTED = [
    ("192.0.2.7", "192.0.2.7"),
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
    ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
    ("2001:db8:0:2::7", "2001:db8:0:2::/64"),
    ("fe80::1%eth0", "fe80::/64"),
    ("127.0.0.1", "127.0.0.1"),
    ("::1", "::1"),
    ("control", "control"),
    ("", ""),
]


@pytest.mark.parametrize(("host", "counted"), COUNTED)
def test_an_address_counts_for_its_machine(host: str, counted: str) -> None:
    assert counted_address(host) == counted


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.7", False),
        ("::2", False),
        ("fe80::1%lo", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_this_machine_itself_is_known(host: str, *, here: bool) -> None:
    assert is_loopback(host) is here


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_all_addresses_of_a_network_are_one(address: ipaddress.IPv6Address, other: int) -> None:
    beside = ipaddress.IPv6Address((int(address) >> 64 << 64) | other)
    if not {address, beside} & {ipaddress.IPv6Address("::1")} and not (address.ipv4_mapped or beside.ipv4_mapped):
        assert counted_address(str(address)) == counted_address(str(beside))


@given(st.text(max_size=60))
def test_nothing_breaks_it(host: str) -> None:
    assert isinstance(counted_address(host), str)
    assert is_loopback(host) in (True, False)
