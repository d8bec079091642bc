"""Bodies are read whole, within their length and time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.config import Config
from curtilage.web.body import Body, read_body
from curtilage.web.problem import Kind, Problem
from tests.web.served import config_in

Headers = list[tuple[bytes, bytes]]
LENGTH = [(b"content-length", b"9")]
FORM = [(b"content-type", b"application/x-www-form-urlencoded"), *LENGTH]


def read(
    config: Config, pieces: list[bytes], headers: list[tuple[bytes, bytes]], *, ends: bool = True
) -> Body | Problem:
    async def main() -> Body | Problem:
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": piece, "more_body": ends is False or at < len(pieces) - 1}
            for at, piece in enumerate(pieces)
        ]

        async def receive() -> Any:
            if messages:
                return messages.pop(0)
            return await asyncio.Event().wait()

        return await read_body({"type": "http", "headers": headers}, receive, config)

    return asyncio.run(main())


def test_a_body_comes_whole(tmp_path: Path) -> None:
    assert read(config_in(tmp_path), [b"abc", b"", b"def"], LENGTH) == Body(b"abcdef")


def test_without_a_length_there_is_no_body(tmp_path: Path) -> None:
    assert read(config_in(tmp_path), [], []) == Body(b"")
    assert read(config_in(tmp_path), [], [(b"content-length", b"0")]) == Body(b"")


@pytest.mark.parametrize(("count", "whole"), [(1, True), (1024, True), (1025, False), (10_000, False), (40_000, False)])
def test_a_body_that_is_too_long_is_refused(tmp_path: Path, count: int, whole: bool) -> None:
    config = config_in(tmp_path, request_body_bytes_max=1024)
    pieces = [b"x" * min(512, count - at) for at in range(0, count, 512)]
    found = read(config, pieces, [(b"transfer-encoding", b"chunked")])
    assert found == (Body(b"x" * count) if whole else Problem(Kind.TOO_LONG))


def test_an_endless_body_is_not_read_to_the_end(tmp_path: Path) -> None:
    config = config_in(tmp_path, request_body_bytes_max=1024)
    assert read(config, [b"x" * 1024] * 20, LENGTH, ends=False) == Problem(Kind.TOO_LONG)


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    config = config_in(tmp_path, request_body_wait_s=0.1)
    assert read(config, [b"abc"], LENGTH, ends=False) == Problem(Kind.TOO_SLOW)


FORMS: list[tuple[bytes, str | None]] = [
    (b"csrf_token=abc&name=x", "abc"),
    (b"name=x", None),
    (b"csrf_token=a&csrf_token=b", None),
    (b"csrf_token=", ""),
    (b"csrf_token=%ff", "\ufffd"),
    (b"", None),
    (b"&".join(b"a=b" for _ in range(2000)), None),
]


@pytest.mark.parametrize(("octets", "value"), FORMS)
def test_a_forms_field_is_found(octets: bytes, value: str | None) -> None:
    scope = {"type": "http", "headers": FORM}
    assert asyncio.run(Body(octets).form_value(scope, "csrf_token")) == value


@given(
    st.binary(max_size=300), st.sampled_from([b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=b"])
)
def test_no_form_raises(octets: bytes, content_type: bytes) -> None:
    scope = {"type": "http", "headers": [(b"content-type", content_type)]}
    asyncio.run(Body(octets).form_value(scope, "csrf_token"))


def test_a_multipart_form_is_read_too_and_files_are_not() -> None:
    octets = b'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\nabc\r\n--b--\r\n'
    scope = {"type": "http", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}
    assert asyncio.run(Body(octets).form_value(scope, "csrf_token")) == "abc"
    file = octets.replace(b'name="csrf_token"', b'name="csrf_token"; filename="f"')
    assert asyncio.run(Body(file).form_value(scope, "csrf_token")) is None


def test_after_the_body_only_the_end_of_the_connection_is_told() -> None:
    async def main() -> None:
        told = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]

        async def after() -> Any:
            return told.pop(0)

        receive = Body(b"abc").receive(after)
        assert (await receive())["body"] == b"abc"
        assert (await receive())["type"] == "http.disconnect"

    asyncio.run(main())
