"""WS-Discovery (2005/04) as ONVIF uses it: the question that goes to everybody, and the answers.

Rules: pure. An answer comes from anybody on the network and proves nothing: it is only ever listed. Where the camera is
is taken from who answered, not from what the answer says; from the latter only port and path.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from curtilage.cameras.onvif.onvif_address import DEVICE_SERVICE, HTTP_PORT, HTTPS_PORT, SCHEME, TLS_SCHEME
from curtilage.cameras.onvif.onvif_messages import service_path
from curtilage.cameras.onvif.onvif_xml import XmlBroken, XmlElement, every, first, read, words

GROUP = "239.255.255.250"
PORT = 3702
"""ONVIF Core §7.3.1, WS-Discovery §2.4."""
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_NETWORK = "http://www.onvif.org/ver10/network/wsdl"
_TO = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
_SCOPE = re.compile(r"onvif://www\.onvif\.org/(name|hardware)/([^\s/]{1,256})", re.IGNORECASE)
_WORD_LENGTH_MAX = 64
_ELEMENTS_COUNT_MAX = 256
"""Real answers have 15 to 30; reading so many takes 2 ms."""


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """One camera that answered."""

    host: str
    """The IP address it answered from."""
    address: str = field(repr=False)
    """``onvif://host``, ``onvifs://host`` where it answers over HTTPS alone; without a user, for a person to add."""
    called: str = ""
    """What it calls itself."""
    hardware: str = ""


def probe(message: str) -> bytes:
    """The question for every NetworkVideoTransmitter. ``message``: a UUID."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{_SOAP}" xmlns:a="{_ADDRESSING}">'
        f"<s:Header><a:MessageID>uuid:{message}</a:MessageID><a:To>{_TO}</a:To>"
        f'<a:Action>{_DISCOVERY}/Probe</a:Action></s:Header><s:Body><d:Probe xmlns:d="{_DISCOVERY}">'
        f'<d:Types xmlns:n="{_NETWORK}">n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>'
    ).encode()


def answer(octets: bytes, message: str, host: str) -> FoundCamera | None:
    """What came from ``host``; None when it is no answer to this question."""
    try:
        root = read(octets, _ELEMENTS_COUNT_MAX)
    except XmlBroken:
        return None
    match = first(root, "ProbeMatch")
    if match is None or message not in words(root, "RelatesTo"):
        return None
    named = words(match, "XAddrs").split()
    plain = [service for text in named if (service := service_path(text, second=False)) is not None]
    ciphered = [service for text in named if (service := service_path(text, second=False, tls=True)) is not None]
    tls = not plain and bool(ciphered)
    service = next(iter(plain or ciphered), None)
    scopes = _scopes(match)
    usual = HTTPS_PORT if tls else HTTP_PORT
    port = service.port if service is not None else usual
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port != usual else ""
    path = service.path if service is not None else DEVICE_SERVICE
    address = f"{TLS_SCHEME if tls else SCHEME}{place}{path if path != DEVICE_SERVICE else ''}"
    return FoundCamera(host, address, scopes.get("name", ""), scopes.get("hardware", ""))


def _scopes(match: XmlElement) -> dict[str, str]:
    texts = " ".join(element.text or "" for element in every(match, "Scopes"))
    return {found[1].lower(): _plain(unquote(found[2])) for found in reversed(list(_SCOPE.finditer(texts)))}


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_WORD_LENGTH_MAX]
