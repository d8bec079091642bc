"""Every reply passes here: headers added, leaks removed, private replies never kept."""

import asyncio
from typing import Any

import pytest

from curtilage.web.problem import NOT_FOUND
from curtilage.web.reply import Reply
from curtilage.web.security_headers import security_headers


def answer(status: int, headers: list[tuple[bytes, bytes]], *, static: bool) -> dict[bytes, bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def main() -> None:
        reply = Reply(send, static=static)
        assert not reply.started
        await reply.send({"type": "http.response.start", "status": status, "headers": headers})
        await reply.send({"type": "http.response.body", "body": b""})
        assert reply.started

    asyncio.run(main())
    names = [name for name, _ in sent[0]["headers"]]
    assert len(names) == len(set(names)), "no header twice"
    return dict(sent[0]["headers"])


CACHING = [
    (200, False, None, b"no-store"),
    (200, False, b"public, max-age=60", b"no-store"),
    (200, True, None, b"public, max-age=3600"),
    (200, True, b"no-cache", b"no-cache"),
    (304, True, None, b"public, max-age=3600"),
    (404, True, None, b"no-store"),
    (303, True, b"public", b"no-store"),
]


@pytest.mark.parametrize(("status", "static", "given", "kept"), CACHING)
def test_only_static_files_are_kept(status: int, static: bool, given: bytes | None, kept: bytes) -> None:
    headers = [(b"cache-control", given)] if given is not None else []
    assert answer(status, headers, static=static)[b"cache-control"] == kept


def test_nothing_tells_what_serves_and_nothing_weakens_the_policy() -> None:
    weak = [(b"Content-Security-Policy", b"default-src *"), (b"Server", b"x"), (b"X-Powered-By", b"y"), (b"etag", b"1")]
    headers = answer(200, weak, static=False)
    assert {name: headers[name] for name, _ in security_headers()} == dict(security_headers())
    assert b"server" not in headers
    assert b"x-powered-by" not in headers
    assert headers[b"etag"] == b"1"


def test_a_problem_is_a_whole_reply() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Reply(send, static=False).send_problem(NOT_FOUND, (b"x-more", b"1")))
    assert sent[0]["status"] == 404
    assert dict(sent[0]["headers"])[b"x-more"] == b"1"
    assert sent[1]["body"] == NOT_FOUND.body()
