"""The door of ``--plain-lan``: paired displays by plain HTTP, for screens that cannot be made to trust a certificate.

What is allowed on it is this one list, and everything else is one answer, whoever asks and whatever exists. Nobody is
signed in here: a session's cookie counts for nothing. The picture itself goes by WebRTC, which is encrypted to the
browser; sealed streams, stills and LL-HLS are not on the list, because without HTTPS their pictures or keys would be
readable for everybody on the network.

What stays open, and is said at the start and in every home's ledger: whoever can read along on this network can take a
display's cookie and see what it may see; whoever can change what goes over it can pose as this server to the display.
"""

from typing import Final

from curtilage.consent.event import Event, EventKind
from curtilage.web.asked import DISPLAY_API, DISPLAY_PAGE, STATIC_PREFIX, Asked, below
from curtilage.web.parts import Parts

_WHEP: Final = "/api/v1/whep"
_READ: Final = frozenset({"GET", "HEAD"})

EXACTLY: Final = frozenset(
    {
        *((method, path) for method in _READ for path in (DISPLAY_PAGE, DISPLAY_API, "/favicon.ico")),
        ("POST", f"{DISPLAY_API}/pairing"),
        ("DELETE", DISPLAY_API),
    }
)
"""Method and path: the display's page, its news, waiting for a home, leaving it."""
BELOW: Final = (
    (_READ, f"{DISPLAY_PAGE}/qr"),
    (_READ, STATIC_PREFIX.rstrip("/")),
    (frozenset({"OPTIONS", "POST"}), _WHEP),
    (_READ | {"PATCH", "DELETE"}, f"{_WHEP}/views"),
)
"""Methods, and what the path is below of: QR, the page's own files, WebRTC."""

WARNING: Final = (
    "WARNING: --plain-lan is on. Displays at {origin}/display are served without HTTPS. Whoever can read along on this "
    "network can take a display's place and see what it may see. Use it only for screens that cannot trust a "
    "certificate, and let them see only what anybody on your network may see."
)


def allowed(asked: Asked) -> bool:
    """Is this request on the list?"""
    if asked.odd:
        return False
    if (asked.method, asked.path) in EXACTLY:
        return True
    return any(asked.method in methods and asked.path != root and below(asked.path, root) for methods, root in BELOW)


async def record_plain_lan(parts: Parts) -> None:
    """In the server's ledger and in every home's, at every start: those whose cameras are shown are to know."""
    event = Event(EventKind.PLAIN_LAN_OPENED, None)
    await parts.ledger.record(None, event)
    for home in parts.homes.all():
        await parts.ledger.record(home.id, event)
