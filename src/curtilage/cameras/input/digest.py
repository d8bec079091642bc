"""Proving to a camera who we are: Basic (RFC 7617) and Digest (RFC 7616, and RFC 2069 as old cameras speak it).

Guards: the strongest offered scheme that we can speak is used, so that the password itself is sent only to a camera
that knows nothing better. Rules: pure; the client nonce comes from ``Entropy``; nothing here shows the password.

Does not decide when to try again: see rtsp/rtsp_connection.py.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from curtilage.wire.identifier import Entropy

_CNONCE_BYTES = 16
_CHALLENGES_COUNT_MAX = 16
_CHALLENGES_LENGTH_MAX = 4096
"""Of all headers together; real ones have 100 to 300. Taking 90 KB apart takes a tenth of a second."""
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PIECE = re.compile(
    rf'(?P<name>{_WORD})(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]+)))?', re.ASCII | re.DOTALL
)
"""A scheme or a parameter. What stands between two is skipped by the search itself: linear for any header."""
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One offer of a WWW-Authenticate header."""

    scheme: str
    """Lower case: ``basic``, ``digest`` or something we cannot speak."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Names in lower case, values unquoted."""

    def get(self, name: str) -> str | None:
        """The first value of a parameter."""
        return next((value for key, value in self.parameters if key == name), None)

    @property
    def stale(self) -> bool:
        """The credentials were right, only the nonce is too old (RFC 7616 §3.3)."""
        return (self.get("stale") or "").lower() == "true"

    def strength(self) -> int:
        """0: we cannot answer it. Else more is better: Basic, MD5, SHA-256."""
        if self.scheme == "basic":
            return 1
        if self.scheme != "digest" or self.get("nonce") is None or _hash(self) is None:
            return 0
        offered = _qualities(self)
        if offered and "auth" not in offered:  # only auth-int, which hashes the body: no camera is known to ask for it
            return 0
        return 3 if "256" in (self.get("algorithm") or "") else 2


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to this camera."""

    user: str = field(repr=False)
    password: str = field(repr=False)


def challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Every challenge of all WWW-Authenticate headers (RFC 7235 §2.1), in order. Nonsense between them is skipped.

    A header with which they would be longer than ``_CHALLENGES_LENGTH_MAX`` together is skipped too.
    """
    left = _CHALLENGES_LENGTH_MAX
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for header in headers:
        if len(header) > left:
            continue
        left -= len(header)
        for match in _PIECE.finditer(header):
            value = match["quoted"] if match["quoted"] is not None else match["plain"]
            if value is None:
                found.append((match["name"].lower(), []))
            elif found:
                found[-1][1].append((match["name"].lower(), _ESCAPED.sub(r"\1", value)))
    return tuple(Challenge(scheme, tuple(parameters)) for scheme, parameters in found[:_CHALLENGES_COUNT_MAX])


def strongest(offered: Iterable[Challenge]) -> Challenge | None:
    """The best challenge we can answer, or None."""
    best = max(offered, key=Challenge.strength, default=None)
    return best if best is not None and best.strength() > 0 else None


class Proof:
    """Answers one challenge, request after request: counts the uses of its nonce. No repr shows it."""

    __slots__ = ("_challenge", "_cnonce", "_credentials", "_uses")

    def __init__(self, challenge: Challenge, credentials: Credentials, entropy: Entropy) -> None:
        self._challenge = challenge
        self._credentials = credentials
        self._cnonce = entropy(_CNONCE_BYTES).hex()
        self._uses = 0

    def authorization(self, method: str, uri: str) -> str:
        """The value of the Authorization header for one request."""
        self._uses += 1
        if self._challenge.scheme == "basic":
            pair = f"{self._credentials.user}:{self._credentials.password}"
            return "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        return digest(self._challenge, self._credentials, method, uri, self._uses, self._cnonce)


def digest(challenge: Challenge, who: Credentials, method: str, uri: str, uses: int, cnonce: str) -> str:
    """RFC 7616 §3.4; without ``qop`` in the challenge the older form of RFC 2069. The challenge has strength > 0."""
    realm, nonce = challenge.get("realm") or "", challenge.get("nonce") or ""
    algorithm, opaque = challenge.get("algorithm"), challenge.get("opaque")
    count, quality = f"{uses:08x}", "auth" if _qualities(challenge) else None

    def h(*pieces: str) -> str:
        name = _hash(challenge)
        assert name is not None, "only a challenge of some strength is answered"
        octets = ":".join(pieces).encode(errors="surrogateescape")  # a realm may hold octets that are no UTF-8
        return hashlib.new(name, octets, usedforsecurity=False).hexdigest()

    secret = h(who.user, realm, who.password)
    if (algorithm or "").lower().endswith("-sess"):
        secret = h(secret, nonce, cnonce)
    request = h(method, uri)
    response = h(secret, nonce, count, cnonce, quality, request) if quality else h(secret, nonce, request)
    hashed = (challenge.get("userhash") or "").lower() == "true"
    fields = [
        ("username", h(who.user, realm) if hashed else who.user),
        ("realm", realm),
        ("nonce", nonce),
        ("uri", uri),
    ]
    fields += [("response", response)] + ([("opaque", opaque)] if opaque is not None else [])
    text = ", ".join(f"{name}={_quoted(value)}" for name, value in fields)
    text += f", algorithm={algorithm}" if algorithm else ""
    text += f', qop={quality}, nc={count}, cnonce="{cnonce}"' if quality else ""
    return f"Digest {text}" + (", userhash=true" if hashed else "")


def _hash(challenge: Challenge) -> str | None:
    """hashlib's name for the challenge's algorithm; None for one we cannot compute."""
    algorithm = (challenge.get("algorithm") or "MD5").lower().removesuffix("-sess")
    return {"md5": "md5", "sha-256": "sha256"}.get(algorithm)


def _qualities(challenge: Challenge) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in (challenge.get("qop") or "").split(",") if word.strip())


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
