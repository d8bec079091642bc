"""Where a carrier is and how it is spoken to, in one line that a person can write and that is kept sealed.

::

    smpp://name:password@host:2775?sender=%2B4930901820     an SMPP account; smpps:// under TLS
    smsgate://name:password@host:8080                       SMS Gateway for Android; smsgates:// by HTTPS
    gammu:/var/spool/gammu                                  the folders of a gammu-smsd on this machine
    sim:+4930901820                                         a number of the simulated network

Guards: the password and our own number stand in no repr and no error; ``redacted`` is what may be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from curtilage.errors import PersonError

_SMPP_PORT, _SMPPS_PORT = 2775, 3550
_GATEWAY_PORT, _HTTPS_PORT = 8080, 443
_EXAMPLE = (
    "Write it like smpp://name:password@smsc.example:2775, smsgate://name:password@192.0.2.20:8080 or gammu:/folder."
)


@dataclass(frozen=True, slots=True)
class SmppAddress:
    """An account at an SMSC."""

    host: str
    port: int
    tls: bool
    system_id: str = field(repr=False)
    password: str = field(repr=False)
    sender: str = field(default="", repr=False)
    """The number, short code or name that texts come from; empty: the carrier's choice."""
    system_type: str = ""
    international: bool = False
    """Its incoming numbers are international though it does not say so."""
    whole: bool = False
    """A long text goes as one message_payload and is split by the carrier: either taken whole or not at all."""

    def redacted(self) -> str:
        """For people: without name and password."""
        return f"smpp{'s' if self.tls else ''}://{_bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """A phone with SMS Gateway for Android, or a server of the same interface."""

    url: str
    """Without name and password, without a slash at its end."""
    name: str = field(repr=False)
    password: str = field(repr=False)
    sim: int = 0
    """Which SIM card, 1 to 3; 0: the phone's choice."""

    def redacted(self) -> str:
        """For people."""
        return self.url


@dataclass(frozen=True, slots=True)
class GammuAddress:
    """The folder that holds inbox/, outbox/, sent/ and error/ of a gammu-smsd."""

    folder: str

    def redacted(self) -> str:
        """For people."""
        return f"gammu:{self.folder}"


@dataclass(frozen=True, slots=True)
class SimulatedNumber:
    """A number of the simulated network."""

    digits: str = field(repr=False)

    def redacted(self) -> str:
        """For people."""
        return "sim:"


CarrierAddress = SmppAddress | GatewayAddress | GammuAddress | SimulatedNumber


def parse_carrier_address(text: str) -> CarrierAddress:
    """Raises PersonError, which never repeats what was written."""
    scheme, _, rest = text.strip().partition(":")
    try:
        if scheme in {"smpp", "smpps"}:
            return _smpp(urlsplit(text.strip()))
        if scheme in {"smsgate", "smsgates"}:
            return _gateway(urlsplit(text.strip()))
        if scheme == "gammu" and rest.startswith("/"):
            return GammuAddress(rest.rstrip("/") or "/")
        if scheme == "sim" and rest.startswith("+"):
            return SimulatedNumber(rest)
    except ValueError:
        # Without its cause, whose words may hold a piece of the password.
        raise PersonError("The carrier's address cannot be read.", do=_EXAMPLE) from None
    raise PersonError(
        "A carrier's address begins with smpp://, smpps://, smsgate://, smsgates:// or gammu:/.", do=_EXAMPLE
    )


def _smpp(parts: SplitResult) -> SmppAddress:
    options = _options(parts, {"sender", "type", "numbers", "long"})
    tls = parts.scheme == "smpps"
    host, name, password = _place(parts)
    if len(name.encode("latin-1")) > 64 or len(password.encode("latin-1")) > 64 or parts.path not in {"", "/"}:
        raise ValueError("name, password or path")
    return SmppAddress(
        host,
        parts.port or (_SMPPS_PORT if tls else _SMPP_PORT),
        tls,
        name,
        password,
        _sender(options.get("sender", "")),
        _system_type(options.get("type", "")),
        _is(options, "numbers", "international"),
        _is(options, "long", "whole"),
    )


def _gateway(parts: SplitResult) -> GatewayAddress:
    options = _options(parts, {"sim"})
    host, name, password = _place(parts)
    tls = parts.scheme == "smsgates"
    port = parts.port or (_HTTPS_PORT if tls else _GATEWAY_PORT)
    sim = int(options.get("sim", "0"))
    if not 0 <= sim <= 3:
        raise ValueError("sim")
    url = f"http{'s' if tls else ''}://{_bracketed(host)}:{port}{parts.path.rstrip('/')}"
    return GatewayAddress(url, name, password, sim)


def _place(parts: SplitResult) -> tuple[str, str, str]:
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    controls = any(ord(character) < 0x20 for character in name + password + (parts.hostname or ""))
    if not parts.hostname or not name or parts.fragment or controls:
        raise ValueError("host or name")
    return parts.hostname, name, password


def _options(parts: SplitResult, known: set[str]) -> Mapping[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    if set(options) - known:
        raise ValueError("an option")
    return options


def _sender(text: str) -> str:
    digits = text.removeprefix("+")
    if (
        text
        and not (digits.isdecimal() and len(digits) <= 15)
        and not (text.isascii() and text.isprintable() and len(text) <= 11)
    ):
        raise ValueError("sender")
    return text


def _system_type(text: str) -> str:
    if len(text) > 12 or not text.isascii():
        raise ValueError("type")
    return text


def _is(options: Mapping[str, str], name: str, only: str) -> bool:
    if options.get(name, only) != only:
        raise ValueError(name)
    return name in options


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
