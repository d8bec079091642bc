"""Where a camera is: ``rtsp://user:password@host:port/path``, parsed once at the edge.

Guards the password. No error quotes what was typed, and neither ``repr`` nor ``redacted`` shows credentials, not even
those that many cameras want inside the path (``/user=admin&password=…``). What goes on a request line
(``request_url``) never holds the user or the password either: they travel in an Authorization header only
(input/digest.py).

Does not look up names and knows nothing of other kinds of address (``sim:``).
"""

import ipaddress
import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from curtilage.cameras.input.trust import Trust, split_trust
from curtilage.errors import PersonError

RTSP_PORT = 554
RTSPS_PORT = 322
"""RFC 7826 §22.1."""
ADDRESS_LENGTH_MAX = 2048
_HOST_LENGTH_MAX = 253
_SCHEME = "rtsp://"
_TLS_SCHEME = "rtsps://"
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_ZONE = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_VALUE_IN_PATH = re.compile(r"=[^&/?;]*")
_UNSAFE_IN_URL = re.compile(r"[^\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]")
_EXAMPLE = "Write it like rtsp://user:password@192.0.2.10:554/stream1."


class AddressError(PersonError):
    """The text is no address of a camera."""

    def __init__(self, what: str, do: str = _EXAMPLE) -> None:
        super().__init__(what, do=do)


@dataclass(frozen=True, slots=True)
class CameraAddress:
    """A camera reached by RTSP over TCP, or over TLS."""

    host: str
    """Lower case; an IPv6 address without its brackets."""
    port: int
    path: str = field(default="", repr=False)
    """Path and query as the camera wants them, percent-encoded where needed; empty or beginning with ``/``."""
    user: str | None = field(default=None, repr=False)
    """Decoded. None: the address names nobody."""
    password: str = field(default="", repr=False)
    tls: bool = False
    trust: Trust | None = None
    """Under TLS: what the camera is known by; None: it was not met yet."""

    @staticmethod
    def parse(text: str) -> "CameraAddress":
        """The address a person typed. Raises AddressError; its words never hold what was typed."""
        whole, trust = split_trust(text.strip())
        rest, tls = _without_scheme(whole)
        return replace(CameraAddress.at(rest, RTSPS_PORT if tls else RTSP_PORT), tls=tls, trust=trust)

    @staticmethod
    def at(text: str, port: int) -> "CameraAddress":
        """What follows the scheme; ``port``: when none is named. Raises AddressError."""
        read = read_place(text, port)
        return CameraAddress(read.host, read.port, read.path, read.user, read.password)

    def request_url(self) -> str:
        """The canonical URL without credentials (RFC 2326 §3.2): for request lines and digests."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self._scheme}{host}:{self.port}{'/' if self.path.startswith('?') else ''}{self.path}"

    def redacted(self) -> str:
        """For people: no user, no password, and no value of any ``name=value`` in the path."""
        shown = _VALUE_IN_PATH.sub("=…", self.request_url())
        return shown if self.user is None else shown.replace("://", "://…@", 1)

    @property
    def _scheme(self) -> str:
        return _TLS_SCHEME if self.tls else _SCHEME


@dataclass(frozen=True, slots=True)
class Place:
    """What follows the scheme in an address."""

    host: str
    """Lower case; an IPv6 address without its brackets."""
    port: int
    path: str = field(repr=False)
    """Path and query; empty or beginning with ``/`` or ``?``."""
    user: str | None = field(repr=False)
    password: str = field(repr=False)


def read_place(text: str, port: int) -> Place:
    """``user:password@host:port/path``; ``port``: when none is named. Raises AddressError."""
    authority, slash, path = _split_first(text, "/?")
    credentials, at, place = authority.rpartition("@")
    host, number = _place(place, suspect_password="@" in path, port=port)
    user, password = _credentials(credentials) if at else (None, "")
    return Place(host, number, printable_url(slash + path), user, password)


def check_text(text: str) -> None:
    """Raises AddressError for what no address can be."""
    if len(text) > ADDRESS_LENGTH_MAX:
        raise AddressError("This address is too long.")
    if not text.isprintable():
        raise AddressError("This address holds characters that cannot be seen.")


def printable_url(text: str) -> str:
    """``text`` with every octet that may not stand in a URL percent-encoded (RFC 3986 §2.1), so that nothing a camera
    or a person writes can end a request line early.
    """
    return _UNSAFE_IN_URL.sub(
        lambda match: "".join(f"%{octet:02X}" for octet in match[0].encode(errors="replace")), text
    )


def _without_scheme(text: str) -> tuple[str, bool]:
    """What follows the scheme, and whether it is TLS's."""
    check_text(text)
    for scheme in (_SCHEME, _TLS_SCHEME):
        if text.lower().startswith(scheme):
            return text[len(scheme) :], scheme == _TLS_SCHEME
    raise AddressError("A camera's address begins with rtsp:// or rtsps://.")


def _split_first(text: str, marks: str) -> tuple[str, str, str]:
    """Before the first of ``marks``, that mark, and the rest; as str.partition."""
    for position, letter in enumerate(text):
        if letter in marks:
            return text[:position], letter, text[position + 1 :]
    return text, "", ""


def _credentials(text: str) -> tuple[str, str]:
    user, _, password = text.partition(":")
    return unquote(user), unquote(password)


def _place(text: str, *, suspect_password: bool, port: int) -> tuple[str, int]:
    """Host and port (``port`` when none is named).

    ``suspect_password``: an @ stands after the first slash, so a password may hold that slash.
    """
    if suspect_password and not _is_place(text):
        do = "If the password holds a slash or a question mark, write %2F or %3F for it."
        raise AddressError("The host of this address cannot be read.", do=do)
    if text.startswith("["):
        inside, closed, after = text[1:].partition("]")
        if not closed or (after and not after.startswith(":")):
            raise AddressError("The brackets of this IPv6 address do not match.")
        return _ipv6(inside), _port(after[1:], port)
    host, _, number = text.partition(":")
    if ":" in number:
        raise AddressError("An IPv6 address must stand in brackets.", do="Write it like rtsp://[2001:db8::10]/stream1.")
    return _host(host), _port(number, port)


def _is_place(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return (port.isdecimal() and bool(host)) or ":" not in text or text.endswith("]")


def _port(text: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise AddressError("The port of this address is not a number from 1 to 65535.")
    return int(text)


def _ipv6(text: str) -> str:
    number, percent, zone = text.replace("%25", "%", 1).partition("%")
    try:
        address = str(ipaddress.IPv6Address(number))
    except ValueError:
        raise AddressError("The IPv6 address cannot be read.") from None
    if percent and not _ZONE.fullmatch(zone):
        raise AddressError("The zone of this IPv6 address cannot be read.")
    return address + percent + zone


def _host(text: str) -> str:
    if not text:
        raise AddressError("This address names no host.")
    try:
        host = text.encode("idna").decode("ascii").lower() if not text.isascii() else text.lower()
    except UnicodeError:
        raise AddressError("The host of this address cannot be read.") from None
    labels = host.removesuffix(".").split(".")
    if len(host) > _HOST_LENGTH_MAX or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressError("The host of this address cannot be read.")
    if labels[-1].isdecimal() and not _is_ipv4(host):
        raise AddressError("The IPv4 address cannot be read: it has four numbers from 0 to 255.")
    return host


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
