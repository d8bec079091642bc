"""The install page's door: plain HTTP on a port of its own, for devices that do not trust this server yet.

It serves one page, its stylesheet and QR, the household root in three forms and a redirect, and nothing else. All of it
is made once and is the same bytes for everybody: no session, no cookie, nothing personal, and nothing of a request but
its method and path is looked at. Plain HTTP is what it is for, and why the page tells to compare the fingerprint with
one seen elsewhere: who can change what goes over the network could put another root in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from curtilage.vault.certificate import moment
from curtilage.vault.household_authority import HouseholdAuthority
from curtilage.web.apple_profile import apple_profile
from curtilage.web.pages.pages_display import qr
from curtilage.web.pages.pages_frame import make_environment
from curtilage.web.problem import NOT_FOUND, Kind, Problem
from curtilage.web.public_place import PublicPlace
from curtilage.web.reply import Reply

ROOT_DER = "/household-root.crt"
ROOT_PEM = "/household-root.pem"
ROOT_PROFILE = "/household-root.mobileconfig"
ONWARD = "/go"
_STYLE_FILE = Path(__file__).parent / "static" / "install" / "install.css"
_READ = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class InstallFile:
    """One reply, ready to send."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = field(repr=False)


def make_install_door(place: PublicPlace, authority: HouseholdAuthority) -> ASGIApp:
    """See the module's text."""
    return InstallDoor(install_files(place, authority))


def install_files(place: PublicPlace, authority: HouseholdAuthority) -> Mapping[str, InstallFile]:
    """By path: all that this door serves."""
    address = f"{place.install_origin}/"
    drawn = qr(address)
    values = {
        "place": place,
        "fingerprint": authority.fingerprint,
        "until": f"{moment(authority.not_after_ms):%Y-%m-%d}",
        "drawn": drawn is not None,
        "address": address,
    }
    page = make_environment().get_template("install.html").render(values).encode()
    profile = apple_profile(place.name, authority.root_der, authority.fingerprint)
    files = {
        "/": _file("text/html; charset=utf-8", page),
        "/install.css": _file("text/css; charset=utf-8", _STYLE_FILE.read_bytes()),
        ROOT_DER: _file("application/x-x509-ca-cert", authority.root_der),
        ROOT_PEM: _file("application/x-pem-file", authority.root_pem, b'attachment; filename="household-root.pem"'),
        ROOT_PROFILE: _file("application/x-apple-aspen-config", profile),
        ONWARD: InstallFile(303, ((b"location", f"{place.origin}/".encode()), (b"content-length", b"0")), b""),
    }
    if drawn is not None:
        files["/qr.svg"] = _file("image/svg+xml", drawn)
    return files


def _file(media_type: str, body: bytes, disposition: bytes = b"") -> InstallFile:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    if disposition:
        headers.append((b"content-disposition", disposition))
    return InstallFile(200, tuple(headers), body)


def _as_sent(scope: Scope) -> str:
    """Not decoded: each path has one spelling."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    return raw.decode("latin-1").partition("?")[0]


class InstallDoor:
    """ASGI: looks a path up, and opens nothing."""

    __slots__ = ("_files",)

    def __init__(self, files: Mapping[str, InstallFile]) -> None:
        self._files = files

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """ASGI. A request's body is not read: the connection ends with the reply when there is one."""
        if scope["type"] != "http":
            return
        reply, found = Reply(send, static=False), self._files.get(_as_sent(scope))
        if found is None:
            await reply.send_problem(NOT_FOUND, (b"connection", b"close"))
        elif scope["method"] not in _READ:
            await reply.send_problem(Problem(Kind.WRONG_METHOD), (b"allow", b"GET, HEAD"), (b"connection", b"close"))
        else:
            body = found.body if scope["method"] == "GET" else b""
            await reply.send_whole(found.status, body, found.headers)
