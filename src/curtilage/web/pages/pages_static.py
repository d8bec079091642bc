"""Files of the console: stylesheet, scripts, icons. Read once at start; a path is looked up, never opened.

They are the same for everybody and hold nothing private. Each has a strong validator (RFC 9110 §8.8.3), and browsers
ask every time: modules import one another by fixed names, and two versions must never be mixed.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import APIRouter, Request, Response

from curtilage.web.pages.pages_frame import Pages
from curtilage.web.problem import seen
from curtilage.web.purposed import purposes

_STATIC = Path(__file__).parents[1] / "static"
_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_COMMENT_BLOCK = re.compile(r"^[ ]*/\*\*.*?\*/[ ]*\n", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"^[ ]*//.*\n", re.MULTILINE)
_INDENT = re.compile(r"^[ ]+", re.MULTILINE)
_FAVICON = "icons/curtilage.svg"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, ready to send."""

    media_type: str
    plain: bytes = field(repr=False)
    compressed: bytes = field(repr=False)
    """gzip (RFC 1952) without name and time: the same bytes at every start."""
    tag: str


def make_static(pages: Pages) -> APIRouter:
    """GET /static/… and the icon browsers ask for by themselves."""
    files = read_files(_STATIC)
    router = APIRouter(route_class=pages.route)

    @router.get("/static/{path:path}", name="static_file", openapi_extra=purposes())
    async def static_file(path: str, request: Request) -> Response:
        return _send(seen(files.get(path)), request)

    @router.get("/favicon.ico", name="favicon", openapi_extra=purposes())
    async def favicon(request: Request) -> Response:
        return _send(files[_FAVICON], request)

    return router


def read_files(folder: Path) -> Mapping[str, StaticFile]:
    """Every file of a known type below ``folder``, by its path."""
    found = {}
    for file in sorted(folder.rglob("*")):
        if file.suffix in _TYPES:
            found[file.relative_to(folder).as_posix()] = _read(file)
    return found


def without_comments(script: str) -> str:
    """A script as it goes over the line: without the lines that are for its readers, which are a third of it.

    Knows lines and no JavaScript: comments stand on lines of their own, and no string goes over several lines
    (tests/web/pages/test_pages_static.py).
    """
    return _INDENT.sub("", _COMMENT.sub("", _COMMENT_BLOCK.sub("", script)))


def _read(file: Path) -> StaticFile:
    plain = file.read_bytes()
    if file.suffix == ".js":
        plain = without_comments(plain.decode()).encode()
    tag = f'"{hashlib.sha256(plain).hexdigest()[:24]}"'
    return StaticFile(_TYPES[file.suffix], plain, gzip.compress(plain, 9, mtime=0), tag)


def _send(file: StaticFile, request: Request) -> Response:
    headers = {"etag": file.tag, "cache-control": "public, no-cache", "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.compressed, media_type=file.media_type, headers={**headers, "content-encoding": "gzip"})
    return Response(file.plain, media_type=file.media_type, headers=headers)
