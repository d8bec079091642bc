"""The question that goes to everybody, and what answers it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.onvif.onvif_probe import FoundCamera, answer, probe
from curtilage.cameras.onvif.onvif_xml import read, words

MESSAGE = "01234567-89ab-4def-8123-456789abcdef"


def made(addresses: str, scopes: str = "", relates: str = f"uuid:{MESSAGE}") -> bytes:
    match = f"<ProbeMatch><Scopes>{scopes}</Scopes><XAddrs>{addresses}</XAddrs></ProbeMatch>"
    return f"<e><h><RelatesTo>{relates}</RelatesTo></h><b><ProbeMatches>{match}</ProbeMatches></b></e>".encode()


def test_the_question_is_that_of_the_standard() -> None:
    root = read(probe(MESSAGE))
    assert words(root, "MessageID") == f"uuid:{MESSAGE}"
    assert words(root, "Action") == "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
    assert words(root, "To") == "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
    assert words(root, "Types").endswith(":NetworkVideoTransmitter")


SCOPES = "onvif://www.onvif.org/name/My%20Porch onvif://www.onvif.org/hardware/H1 onvif://www.onvif.org/location/x"


@pytest.mark.parametrize(
    ("octets", "host", "found"),
    [
        (made("http://192.0.2.9/onvif/device_service", SCOPES), "192.0.2.9", ("onvif://192.0.2.9", "My Porch", "H1")),
        (made("http://10.0.0.1:8080/x"), "192.0.2.9", ("onvif://192.0.2.9:8080/x", "", "")),
        (made("https://h/x http://[fe80::1]:81/onvif/device_service"), "fe80::1", ("onvif://[fe80::1]:81", "", "")),
        (made("https://10.0.0.1/onvif/device_service"), "192.0.2.9", ("onvifs://192.0.2.9", "", "")),
        (made("https://10.0.0.1:8443/x"), "192.0.2.9", ("onvifs://192.0.2.9:8443/x", "", "")),
        (made(""), "192.0.2.9", ("onvif://192.0.2.9", "", "")),
        (made("", "onvif://www.onvif.org/name/%1b%5bx%0a"), "192.0.2.9", ("onvif://192.0.2.9", "[x", "")),
        (made("", "onvif://www.onvif.org/name/" + "x" * 99), "192.0.2.9", ("onvif://192.0.2.9", "x" * 64, "")),
    ],
)
def test_an_answer_is_listed_under_who_sent_it(octets: bytes, host: str, found: tuple[str, str, str]) -> None:
    assert answer(octets, MESSAGE, host) == FoundCamera(host, *found)


@pytest.mark.parametrize("octets", [made("", relates="uuid:other"), b"<e/>", b"", b"<!DOCTYPE e><e/>", probe(MESSAGE)])
def test_what_answers_no_question_of_ours_is_ignored(octets: bytes) -> None:
    assert answer(octets, MESSAGE, "192.0.2.9") is None


@given(st.binary(max_size=300), st.text(max_size=60), st.text(max_size=60))
def test_any_datagram_is_taken_calmly(octets: bytes, addresses: str, scopes: str) -> None:
    assert answer(octets, MESSAGE, "192.0.2.9") is None
    with contextlib.suppress(ValueError):
        answer(made(addresses, scopes), MESSAGE, "192.0.2.9")
