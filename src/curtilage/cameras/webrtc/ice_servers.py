"""The STUN and TURN server that an operator set, for our own candidates and for the viewer's. None unless set. Pure.

A TURN server knows us by a name and a password, or by a secret it shares with us: then each name is the time until
which it is good, and its password is made of that (draft-uberti-behave-turn-rest-00), so that what a viewer is told is
worth nothing later. A viewer is told in ``Link`` headers (draft-ietf-wish-whep-03 §4.6), once it was let in.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from curtilage.config import Config
from curtilage.errors import PersonError

_PRINTABLE = re.compile(r"[\x20-\x7e]{1,256}")
_QUOTED = re.compile(r'(["\\])')


class TurnSettingsUnusable(PersonError):
    """The settings of the TURN server do not go together."""


@dataclass(frozen=True, slots=True)
class Credential:
    """How one who asks a TURN server is known to it."""

    name: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IceServers:
    """URLs by RFC 7064 and RFC 7065; empty: none."""

    stun: str
    turn: str
    _name: str = field(repr=False)
    _secret: str = field(repr=False)
    _lasts_s: int
    _now_s: Callable[[], int] = field(repr=False)

    @classmethod
    def of(cls, config: Config, secret: bytes, now_s: Callable[[], int]) -> "IceServers":
        """As the settings say; ``secret`` is what stands in ``webrtc_turn_secret_file``. Raises TurnSettingsUnusable.

        ``now_s``: seconds since the Unix epoch, by the clock that the TURN server goes by too.
        """
        text = secret.decode("utf-8", "replace").strip()
        if bool(config.webrtc_turn) != bool(text) or (text and not _PRINTABLE.fullmatch(text)):
            raise TurnSettingsUnusable(
                "A TURN server and a secret for it go together.",
                do="Set webrtc_turn and webrtc_turn_secret_file, a file of one line, or neither.",
            )
        return cls(config.webrtc_stun, config.webrtc_turn, config.webrtc_turn_name, text, config.stream_open_s, now_s)

    def credential(self) -> Credential:
        """For one view, as long as that may last."""
        if self._name:
            return Credential(self._name, self._secret)
        name = str(self._now_s() + self._lasts_s)
        # SHA-1 is what the draft and all servers have; as a keyed hash it holds.
        mac = hmac.new(self._secret.encode(), name.encode(), hashlib.sha1).digest()
        return Credential(name, base64.b64encode(mac).decode())

    def links(self) -> str | None:
        """The value of ``Link``; None: there is nothing to tell. Not for who was not let in."""
        links = [f'<{self.stun}>; rel="ice-server"'] if self.stun else []
        if self.turn:
            given = self.credential()
            links.append(
                f'<{self.turn}>; rel="ice-server"; username="{_escaped(given.name)}"; '
                f'credential="{_escaped(given.password)}"; credential-type="password"'
            )
        return ", ".join(links) or None


def _escaped(text: str) -> str:
    """Inside a quoted-string (RFC 9110 §5.6.4)."""
    return _QUOTED.sub(r"\\\1", text)
