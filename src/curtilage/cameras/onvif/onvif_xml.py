"""SOAP 1.2 envelopes as ONVIF wants them: written, signed (WS-UsernameToken digest), and read from strangers.

Guards the server from a reply: its length is bounded by the caller, and a document type is refused whatever it says
("The SOAP message infoset MUST NOT contain a document type declaration information item", SOAP 1.2 part 1 §5), so no
entity is ever expanded or fetched. Rules: pure; names are compared without their namespace, which cameras often get
wrong.
"""

import base64
import hashlib
import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import TypeAlias
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from curtilage.errors import PersonError, install_words

XmlElement: TypeAlias = Element
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
_ELEMENTS_COUNT_MAX = 8_000
"""The longest reply that is taken has room for 6,500 real ones."""
_DEPTH_MAX = 64
"""Real replies have a depth of 8 to 12."""
_TAG_LENGTH_MAX = 8192
_LONG_TAG = re.compile(rb"<[^<>]{%d}" % _TAG_LENGTH_MAX)
"""The parser reads a tag's attributes in one go; the longest real ones name 30 namespaces in 3 KiB."""
_NOT_AUTHORIZED = ("notauthorized", "failedauthentication", "invalidsecurity", "operationprohibited")


class XmlBroken(ValueError):
    """A reply that is no XML, is too much of it, or holds what no SOAP message may. ``str`` does not quote it."""


@dataclass(frozen=True, slots=True)
class UsernameToken:
    """Who we are, proved without saying the password (WSS UsernameToken Profile 1.0 §3.1)."""

    user: str = field(repr=False)
    password: str = field(repr=False)
    nonce: bytes
    created_ms: int
    """By the camera's clock."""

    def header(self) -> str:
        """The Security header."""
        created = datetime.fromtimestamp(self.created_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        octets = self.nonce + created.encode() + self.password.encode()
        digest = base64.b64encode(hashlib.sha1(octets, usedforsecurity=False).digest()).decode()
        nonce = base64.b64encode(self.nonce).decode()
        return (
            f'<s:Header><w:Security xmlns:w="{_WSSE}" xmlns:u="{_WSU}" s:mustUnderstand="1"><w:UsernameToken>'
            f'<w:Username>{text(self.user)}</w:Username><w:Password Type="{_DIGEST}">{digest}</w:Password>'
            f'<w:Nonce EncodingType="{_BASE64}">{nonce}</w:Nonce><u:Created>{created}</u:Created>'
            "</w:UsernameToken></w:Security></s:Header>"
        )


def text(value: str) -> str:
    """Text for an element: nothing in it can be markup."""
    return escape("".join(letter if letter.isprintable() else " " for letter in value), quote=False)


def envelope(body: str, token: UsernameToken | None) -> bytes:
    """A whole message."""
    header = token.header() if token is not None else ""
    xml = '<?xml version="1.0" encoding="utf-8"?>'
    return f'{xml}<s:Envelope xmlns:s="{_SOAP}">{header}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def require_parser() -> None:
    """Raises PersonError when the extra that reads XML is not installed."""
    if importlib.util.find_spec("defusedxml") is None:
        raise PersonError("Reading ONVIF needs defusedxml.", do=f"Install it: {install_words('onvif')}.")


class XmlReader:
    """Reads a document piece by piece, and refuses it with the first piece that is too much."""

    def __init__(self, elements_count_max: int = _ELEMENTS_COUNT_MAX) -> None:
        from defusedxml.ElementTree import DefusedXMLParser  # noqa: PLC0415 -- an extra

        self._parser = DefusedXMLParser(target=_BoundedTree(elements_count_max), forbid_dtd=True)
        self._unclosed = b""
        """What may be the beginning of a tag."""

    def feed(self, octets: bytes) -> None:
        """The next octets. Raises XmlBroken."""
        tag = self._unclosed + octets
        if _LONG_TAG.search(tag):
            raise XmlBroken("a tag without end")
        begun = tag[max(tag.rfind(b"<"), 0) :]
        self._unclosed = begun if begun.startswith(b"<") and b">" not in begun else b""
        self._attempt(self._parser.feed, octets)

    def finish(self) -> XmlElement:
        """The root. Raises XmlBroken."""
        root: XmlElement | None = self._attempt(self._parser.close)
        if root is None:
            raise XmlBroken("no XML that may be read")
        return root

    def _attempt(self, step: Callable[..., XmlElement | None], *given: bytes) -> XmlElement | None:
        from defusedxml.common import DefusedXmlException  # noqa: PLC0415 -- an extra

        try:
            return step(*given)
        except XmlBroken:
            raise
        except (DefusedXmlException, ParseError, ValueError, LookupError, RecursionError, AssertionError):
            raise XmlBroken("no XML that may be read") from None


class _BoundedTree(TreeBuilder):
    """Counts while it is read, so that what is too much is not read to its end."""

    def __init__(self, elements_count_max: int) -> None:
        super().__init__()
        self._elements_count_max = elements_count_max
        self._count = 0
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> XmlElement:
        """See TreeBuilder. Raises XmlBroken."""
        self._count += 1
        self._depth += 1
        if self._count > self._elements_count_max:
            raise XmlBroken("too many elements")
        if self._depth > _DEPTH_MAX:
            raise XmlBroken("elements within elements, too deep")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> XmlElement:
        """See TreeBuilder."""
        self._depth -= 1
        return super().end(tag)


def read(octets: bytes, elements_count_max: int = _ELEMENTS_COUNT_MAX) -> XmlElement:
    """The root of a short document, in one go. Raises XmlBroken."""
    reader = XmlReader(elements_count_max)
    reader.feed(octets)
    return reader.finish()


def local(element: XmlElement) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def every(within: XmlElement, name: str) -> Iterator[XmlElement]:
    """Every element of that name below ``within``, however deep, in order; in one of them no further one is looked for.

    So what is found never overlaps, and looking through all of it costs no more than looking through ``within`` once.
    """
    waiting = [within]
    while waiting:
        element = waiting.pop()
        if element is not within and local(element) == name:
            yield element
        else:
            waiting.extend(reversed(element))


def first(within: XmlElement | None, *path: str) -> XmlElement | None:
    """The first element of the first name, in it the first of the next, and so on, however deep."""
    for name in path:
        within = next(every(within, name), None) if within is not None else None
    return within


def words(within: XmlElement | None, *path: str) -> str:
    """The text of ``first``, without the space around it; empty when there is none."""
    found = first(within, *path)
    return (found.text or "").strip() if found is not None else ""


def fault(root: XmlElement) -> str | None:
    """The codes of a SOAP fault in lower case, as one text; None: it is none."""
    found = first(root, "Fault")
    if found is None:
        return None
    codes = (element.text or "" for element in found.iter() if local(element) in ("Value", "faultcode"))
    return " ".join(codes).lower()


def is_refusal(codes: str) -> bool:
    """The fault says that the user or the password is wrong, or that more rights are needed."""
    return any(word in codes for word in _NOT_AUTHORIZED)
