"""What stands before every route: pure ASGI, so that nothing can be routed around it.

In this order, each with one answer that is the same whatever the path, the method or the thing asked for:

1. Host: a name that is not ours is answered 421 (a page of another site that points its own name at this machine).
   On the door of --plain-lan, what is not on its list (plain_lan.py) is one 403, and nobody is signed in.
2. Without a session, everything below /api/v1 but signing in and setting up is 401, and every page is sent to the
   sign-in page (but LL-HLS: web/hls.py). Nothing is routed, so nothing can be learnt.
3. An odd path (see asked.py) is the same 404 as a thing that does not exist.
4. Requests other sites make (Fetch Metadata) reach no API; an unsafe method needs our own Origin, and with a session
   also the session's CSRF token. Not so with a token for WHEP (crossing.py), which counts instead of every cookie.
5. The body is read whole, within its length and time; who sends it is then looked up anew.
6. An account's changes are bounded by the minute: each stays in a ledger.

Every reply gets the security headers. An exception that reaches this place becomes a problem that says nothing of it.
The operator's door (the control socket) skips 1, 2 and 4: who may open the socket is already known by the file's mode.
"""

import enum
import hmac
import logging
import traceback
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from curtilage.home.display import PairedDisplay
from curtilage.web.account_rate import AccountRate
from curtilage.web.asked import DISPLAY_API, DISPLAY_PAGE, LOOPBACK_NAMES, PAIRING_PAGES, Asked, below, read_asked
from curtilage.web.body import Body, read_body
from curtilage.web.connection import CONNECTION, Connection
from curtilage.web.crossing import EXPOSED, PREFLIGHT, by_token, is_preflight
from curtilage.web.parts import Parts
from curtilage.web.plain_lan import allowed
from curtilage.web.problem import NOT_FOUND, Kind, Problem
from curtilage.web.reply import Reply
from curtilage.web.visitor import Visitor, put_visitor

OPEN_API: Final = frozenset(
    {
        ("POST", "/api/v1/sessions"),
        ("POST", "/api/v1/setup"),
        ("GET", DISPLAY_API),
        ("POST", f"{DISPLAY_API}/pairing"),
    }
)
"""What the API answers without a session."""
OPEN_PAGES: Final = frozenset({"/sign-in", "/set-up", "/favicon.ico", DISPLAY_PAGE})
"""Pages shown without a session; also everything below /static/, /display/qr/ and where a display's QR leads."""
_OPEN_BELOW: Final = (f"{DISPLAY_PAGE}/qr", *PAIRING_PAGES)
SIGN_IN_PAGE: Final = "/sign-in"
CSRF_FIELD: Final = "csrf_token"
VIEWS_PREFIXES: Final = ("/api/v1/streams", "/api/v1/whep/")
_CLOSE: Final = (b"connection", b"close")
_log = logging.getLogger("curtilage.web")


class Door(enum.Enum):
    """Through which listening socket a request came."""

    LOOPBACK = enum.auto()
    HTTPS = enum.auto()
    """Other machines, under the public name."""
    PLAIN_LAN = enum.auto()
    """Displays without HTTPS, when the operator asked for it."""
    CONTROL = enum.auto()


class Defences:
    """See the module's text. One instance per door."""

    def __init__(self, app: ASGIApp, parts: Parts, door: Door) -> None:
        self._app = app
        self._parts = parts
        self._door = door
        self._changes = AccountRate(parts.config.changes_per_minute_max, parts.clock)
        self._hosts = _hosts(parts, door)
        self._wrong_host = Problem(Kind.WRONG_HOST, do=_where(parts, door))
        self._https_needed = Problem(Kind.HTTPS_NEEDED, do=_where(parts, door))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return  # no websockets; start and stop are main.py's
        asked = read_asked(scope)
        reply = Reply(send, static=asked.public, more=EXPOSED if self._takes_tokens and by_token(asked) else ())
        try:
            await self._answer(asked, scope, receive, reply)
        except Exception as error:  # noqa: BLE001 -- the last place that can keep a traceback from the client
            _log_failure(error)
            await _fail(scope, reply)

    async def _answer(self, asked: Asked, scope: Scope, receive: Receive, reply: Reply) -> None:
        if await self._answered_at_the_door(asked, reply):
            return
        visitor = self._visitor(asked)
        _remember(asked, visitor, scope)
        if not visitor.known and not _is_open(asked):
            await _send_away(asked, reply)
            return
        if asked.odd:
            await reply.send_problem(NOT_FOUND)
            return
        if self._door is not Door.CONTROL and not self._from_here(asked):
            await reply.send_problem(Problem(Kind.NOT_FROM_HERE))
            return
        body = await read_body(scope, receive, self._parts.config)
        if isinstance(body, Problem):
            await reply.send_problem(body, _CLOSE)
            return
        # Asked anew: a body may take its time, and its sender may have been signed out or removed meanwhile.
        visitor = self._visitor(asked)
        if not visitor.known and not _is_open(asked):
            await _send_away(asked, reply)
            return
        if not await _csrf_holds(asked, visitor, scope, body):
            await reply.send_problem(Problem(Kind.NOT_FROM_HERE))
            return
        if not self._may_change(asked, visitor):
            await reply.send_problem(Problem(Kind.BUSY))
            return
        put_visitor(scope, visitor)
        await self._app(scope, body.receive(receive), reply.send)

    async def _answered_at_the_door(self, asked: Asked, reply: Reply) -> bool:
        """Before it matters who asks."""
        if self._door is not Door.CONTROL and asked.host not in self._hosts:
            await reply.send_problem(self._wrong_host)
        elif self._door is Door.PLAIN_LAN and not allowed(asked):
            await reply.send_problem(self._https_needed, _CLOSE)
        elif self._takes_tokens and is_preflight(asked):
            await reply.send_whole(204, b"", PREFLIGHT)
        else:
            return False
        return True

    def _visitor(self, asked: Asked) -> Visitor:
        if self._door is Door.CONTROL:
            return Visitor(self._parts.homes, operator=True)
        if self._takes_tokens and by_token(asked):
            return Visitor(self._parts.homes, address=self._parts.whep_addresses.find(asked.token or ""))
        session = None
        may_sign_in = self._door is not Door.PLAIN_LAN and not asked.public and not asked.of_display
        if asked.session_token is not None and may_sign_in:
            session = self._parts.sessions.find(asked.session_token)
        display = self._display(asked, alone=session is None)
        if display is not None or asked.of_display:
            return Visitor(self._parts.homes, display=display, display_secret=asked.display_secret)
        if session is None:
            return Visitor(self._parts.homes)
        return Visitor(self._parts.homes, session, tuple(self._parts.persons.of_account(session.account)))

    def _display(self, asked: Asked, *, alone: bool) -> PairedDisplay | None:
        """Reaches its own pages and views, and nothing else. In a browser where somebody is signed in too, the page
        says by its CSRF token which of the two it is.
        """
        if not (asked.of_display or asked.viewing):
            return None
        found = self._parts.displays.find(asked.display_secret)
        if found is None or asked.of_display or alone:
            return found
        return found if _same(asked.csrf_token or "", found.csrf) else None

    @property
    def _takes_tokens(self) -> bool:
        """Where nobody can read along."""
        return self._door in (Door.LOOPBACK, Door.HTTPS)

    def _may_change(self, asked: Asked, visitor: Visitor) -> bool:
        """Views come and go without leaving a trace, and have bounds of their own."""
        if asked.safe or visitor.viewer is None or asked.path.startswith(VIEWS_PREFIXES):
            return True
        return self._changes.allows(visitor.viewer.account)

    def _from_here(self, asked: Asked) -> bool:
        """Fetch Metadata where the browser sends it, else Origin. A safe request to a page may come from anywhere."""
        if self._takes_tokens and by_token(asked):
            return True
        if asked.safe:
            return not asked.api or asked.fetch_site in (None, "same-origin", "none")
        if asked.fetch_site not in (None, "same-origin", "none"):
            return False
        if asked.origin is None:
            return asked.fetch_site is not None
        return asked.origin == f"{asked.scheme}://{asked.host}"


def _hosts(parts: Parts, door: Door) -> frozenset[str]:
    place = parts.place
    match door:
        case Door.HTTPS:
            return place.https_hosts if place is not None else frozenset()
        case Door.PLAIN_LAN:
            return place.plain_lan_hosts if place is not None else frozenset()
        case _:
            return frozenset(f"{name}:{parts.config.port}" for name in LOOPBACK_NAMES)


def _where(parts: Parts, door: Door) -> str:
    """What to open instead; on loopback what the kind says."""
    outside = door in (Door.HTTPS, Door.PLAIN_LAN) and parts.place is not None
    return f"Use {parts.place.origin}." if outside and parts.place is not None else ""


def _is_open(asked: Asked) -> bool:
    if asked.odd:
        return False
    if asked.static or asked.live or asked.path in OPEN_PAGES or below(asked.path, *_OPEN_BELOW):
        return True
    return (asked.method, asked.path) in OPEN_API


def _remember(asked: Asked, visitor: Visitor, scope: Scope) -> None:
    """Whose connection gives way first (open_connections.py). Who asks for what is public is not looked up."""
    connection = scope.get(CONNECTION)
    if isinstance(connection, Connection) and not asked.public:
        connection.known = visitor.known


async def _send_away(asked: Asked, reply: Reply) -> None:
    if by_token(asked):
        # The same whether the token never was, ended, or is none: RFC 6750 §3.1.
        challenge = b'Bearer realm="curtilage", error="invalid_token"'
        await reply.send_problem(Problem(Kind.SIGN_IN_NEEDED), (b"www-authenticate", challenge))
        return
    if asked.api:
        await reply.send_problem(Problem(Kind.SIGN_IN_NEEDED), (b"www-authenticate", b'Session realm="curtilage"'))
        return
    await reply.send_whole(303, b"", ((b"location", SIGN_IN_PAGE.encode()), (b"content-length", b"0")))


async def _csrf_holds(asked: Asked, visitor: Visitor, scope: Scope, body: Body) -> bool:
    """Signing in and setting up have no token yet: the Origin check stands for them."""
    if asked.safe or visitor.viewer is None or _is_open(asked):
        return True
    token = asked.csrf_token
    if token is None and asked.form:
        token = await body.form_value(scope, CSRF_FIELD)
    return token is not None and _same(token, visitor.viewer.csrf)


def _same(token: str, csrf: str) -> bool:
    return hmac.compare_digest(token.encode(), csrf.encode())


async def _fail(scope: Scope, reply: Reply) -> None:
    if not reply.started:
        await reply.send_problem(Problem(Kind.OUR_FAILURE))
        return
    connection = scope.get(CONNECTION)
    if isinstance(connection, Connection) and not reply.ended:
        connection.abort()  # half a reply must not look whole


def _log_failure(error: Exception) -> None:
    """Where it happened and of what type; never its message, which could hold what a person sent."""
    where = "".join(traceback.format_tb(error.__traceback__))
    _log.error("A request failed with %s:\n%s", type(error).__qualname__, where)
