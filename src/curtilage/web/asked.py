"""What a request says about itself, read once from the ASGI scope before anything is routed.

Pure. It guards against two readings of one request: a header that may stand once and stands twice, and a path that a
cache or proxy could read differently from us (``%2e%2e``, ``//``, ``;``, a dot segment), make it *odd*, and an odd
request reaches no route. So ``/live/x;a.css`` cannot be one thing here and another in a cache (web cache deception).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any

SESSION_COOKIE = "curtilage_session"
DISPLAY_COOKIE = "curtilage_display"
HOST_PREFIX = "__Host-"
"""Of both cookies under HTTPS (RFC 6265bis §4.1.3.2): whoever answers by plain HTTP under our name, on whatever port,
cannot set or replace them. Otherwise see ``cookie_name``.
"""
SAFE_METHODS = frozenset({"GET", "HEAD"})
"""RFC 9110 §9.2.1, without OPTIONS and TRACE, which nobody needs here."""
API_PREFIX = "/api/v1/"
DISPLAY_PAGE = "/display"
DISPLAY_API = "/api/v1/display"
STREAMS_API = "/api/v1/streams"
STILLS_API = "/api/v1/stills"
WHEP_API = "/api/v1/whep"
HLS_API = "/api/v1/hls"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
PAIRING_PAGES = ("/p", "/P")
"""Where a display's QR leads; in capitals too, because a QR of capitals is smaller."""
STATIC_PREFIX = "/static/"
LIVE_PREFIX = "/live/"
PARTS_PREFIX = "/parts/"

_SEGMENT = r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*"
_CANONICAL = re.compile(rf"/(?:{_SEGMENT}(?:/{_SEGMENT})*)?")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")
_ONCE = frozenset({b"host", b"origin", b"content-length", b"content-type", b"sec-fetch-site", b"x-csrf-token"}) | {
    b"authorization"
}
_LONGEST_PATH = 512


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's head. Personal and secret values are not shown by repr."""

    method: str
    path: str = field(repr=False)
    """As sent, not decoded."""
    odd: bool
    """The path is not in its one canonical form, or a header stands twice."""
    host: str
    origin: str | None
    fetch_site: str | None
    """Fetch Metadata's Sec-Fetch-Site, when the browser sends it."""
    session_token: str | None = field(repr=False)
    display_secret: str | None = field(repr=False)
    csrf_token: str | None = field(repr=False)
    content_type: str
    """Without parameters, lower case."""
    scheme: str
    token: str | None = field(default=None, repr=False)
    """Behind ``Authorization: Bearer`` (RFC 6750 §2.1); empty when that has not a token's form."""
    wanted_headers: frozenset[str] = frozenset()
    """Of a preflight: which headers the page would send."""

    @property
    def safe(self) -> bool:
        """Changes nothing."""
        return self.method in SAFE_METHODS

    @property
    def api(self) -> bool:
        """Below /api/v1; every odd path counts as such, for it could be."""
        return self.odd or self.path == API_PREFIX.rstrip("/") or self.path.startswith(API_PREFIX)

    @property
    def static(self) -> bool:
        """A file of the console: the same for everybody, not private."""
        return not self.odd and self.path.startswith(STATIC_PREFIX)

    @property
    def live(self) -> bool:
        """LL-HLS: answered by the name asked for, not by who asks (web/hls.py)."""
        return not self.odd and self.path.startswith((LIVE_PREFIX, PARTS_PREFIX))

    @property
    def public(self) -> bool:
        """The same for everybody who knows its name, so that caches may keep it. Keys never are."""
        return self.static or (self.live and (self.path.startswith(PARTS_PREFIX) or self.path.endswith(".m3u8")))

    @property
    def of_display(self) -> bool:
        """A display's own page and API: whoever is signed in in the same browser does not count here."""
        return not self.odd and below(self.path, DISPLAY_PAGE, DISPLAY_API)

    @property
    def viewing(self) -> bool:
        """Where displays and persons alike open their views."""
        key = self.live and not self.public
        return key or (not self.odd and below(self.path, STREAMS_API, STILLS_API, WHEP_API, HLS_API))

    @property
    def form(self) -> bool:
        """An HTML form, which carries its CSRF token as a field."""
        return self.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}


def read_asked(scope: Mapping[str, Any]) -> Asked:
    """Read ``scope``; never raises: whatever is not understood makes the request odd or the value None."""
    headers, twice = _read_headers(scope["headers"])
    unclear = twice or not _is_length(headers.get("content-length", ""))
    raw_path = scope.get("raw_path")
    path = (raw_path if raw_path is not None else scope["path"].encode("utf-8", "replace")).decode("latin-1")
    # httpx and some servers put the query into raw_path; a path has none.
    path = path.partition("?")[0]
    cookie, host = headers.get("cookie", ""), headers.get("host", "").lower()
    scheme = scope.get("scheme", "http")
    secure = scheme == "https"
    return Asked(
        method=scope["method"],
        path=path,
        odd=unclear or not is_canonical(path) or scope["path"] != path,
        host=host,
        origin=headers.get("origin"),
        fetch_site=headers.get("sec-fetch-site"),
        session_token=session_token(cookie, host, secure=secure),
        display_secret=display_secret(cookie, host, secure=secure),
        csrf_token=headers.get("x-csrf-token"),
        content_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
        scheme=scheme,
        token=_bearer(headers.get("authorization", "")),
        wanted_headers=_names(headers) if "access-control-request-method" in headers else frozenset(),
    )


def is_canonical(path: str) -> bool:
    """One spelling for each path: no escapes, no empty or dot segments, no parameters, no slash at the end."""
    return len(path) <= _LONGEST_PATH and _CANONICAL.fullmatch(path) is not None


def cookie_name(name: str, host: str, *, secure: bool = False) -> str:
    """Cookies know no ports (RFC 6265 §8.5): on a plain localhost, where a demo may run beside a server, the port is in
    the name, or each would sign the other out. ``secure``: by HTTPS, where the name has its prefix instead.
    """
    if secure:
        return HOST_PREFIX + name
    known, _, port = host.rpartition(":")
    return f"{name}_{port}" if known in LOOPBACK_NAMES and port.isascii() and port.isdigit() else name


def session_token(cookie: str, host: str = "", *, secure: bool = False) -> str | None:
    """The session in a Cookie header. None when there is none, or two: one of them was put there by somebody else.

    ``secure``: it came by HTTPS, where only the cookie with the prefix counts.
    """
    return _one_token(cookie, SESSION_COOKIE, host, secure=secure)


def display_secret(cookie: str, host: str = "", *, secure: bool = False) -> str | None:
    """A display's secret in a Cookie header; None as above."""
    return _one_token(cookie, DISPLAY_COOKIE, host, secure=secure)


def below(path: str, *roots: str) -> bool:
    """Is ``path`` one of these, or under it?"""
    return any(path == root or path.startswith(f"{root}/") for root in roots)


def session_cookie(token: str, age_s: int, *, secure: bool, host: str = "") -> str:
    """Value of Set-Cookie. ``token`` empty and ``age_s`` 0: forget it (RFC 6265 §4.1)."""
    return _cookie(cookie_name(SESSION_COOKIE, host, secure=secure), token, age_s, same_site="Strict", secure=secure)


def display_cookie(secret: str, age_s: int, *, secure: bool, host: str = "") -> str:
    """The same for a display. Lax: a link to the display's page, in a launcher for one, must find it paired; changes
    need its own token besides.
    """
    return _cookie(cookie_name(DISPLAY_COOKIE, host, secure=secure), secret, age_s, same_site="Lax", secure=secure)


def _one_token(cookie: str, name: str, host: str, *, secure: bool) -> str | None:
    """By the name with the port; by the plain one, which programs may send, only where there is no other."""
    pairs, own = list(_pairs(cookie)), cookie_name(name, host, secure=secure)
    for wanted in (own,) if secure else dict.fromkeys((own, name)):
        if found := [value for known, value in pairs if known == wanted]:
            break
    if len(found) != 1 or _TOKEN.fullmatch(found[0]) is None:
        return None
    return found[0]


def _cookie(name: str, token: str, age_s: int, *, same_site: str, secure: bool) -> str:
    jar = SimpleCookie()
    try:
        jar[name] = token
    except CookieError as error:  # pragma: no cover -- the name is ours
        raise AssertionError("the cookie's name is valid") from error
    morsel = jar[name]
    morsel["path"] = "/"
    morsel["httponly"] = True
    morsel["samesite"] = same_site
    morsel["max-age"] = str(age_s)
    if secure:
        morsel["secure"] = True
    return morsel.OutputString()


def _bearer(authorization: str) -> str | None:
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    return token.strip() if _TOKEN.fullmatch(token.strip()) else ""


def _names(headers: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in headers.get("access-control-request-headers", "").split(","))


def _pairs(cookie: str) -> Iterable[tuple[str, str]]:
    for piece in cookie.split(";"):
        name, _, value = piece.strip().partition("=")
        yield name, value


def _read_headers(raw: Iterable[tuple[bytes, bytes]]) -> tuple[dict[str, str], bool]:
    headers: dict[str, str] = {}
    twice = False
    for name, value in raw:
        key = name.decode("latin-1").lower()
        if key in headers:
            twice = twice or name.lower() in _ONCE
            # RFC 6265 forbids two Cookie headers, HTTP/2 splits one: both are read, and two sessions are none.
            headers[key] += ("; " if key == "cookie" else ", ") + value.decode("latin-1")
        else:
            headers[key] = value.decode("latin-1")
    return headers, twice


def _is_length(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit() and len(text) <= 18)
