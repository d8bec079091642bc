"""One reading of every request: canonical paths, single headers, one session."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.web.asked import (
    DISPLAY_COOKIE,
    SESSION_COOKIE,
    Asked,
    cookie_name,
    display_cookie,
    display_secret,
    is_canonical,
    read_asked,
    session_cookie,
    session_token,
)

TOKEN = "A" * 43


def ask(path: str = "/", raw: bytes | None = None, method: str = "GET", **headers: str) -> Asked:
    raw_path = raw if raw is not None else path.encode()
    pairs = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope: dict[str, Any] = {"method": method, "path": path, "raw_path": raw_path, "headers": pairs, "scheme": "http"}
    return read_asked(scope)


CANONICAL = ["/", "/sign-in", "/api/v1/homes", "/static/player.mjs", "/a/b-c/d_e/f.g~h", "/api/v1/openapi.json"]
ODD = [
    "",
    "homes",
    "//",
    "/api//v1",
    "//api/v1/homes",
    "/api/v1/homes/",
    "/api/v1/../v1/homes",
    "/./api",
    "/.",
    "/..",
    "/.git/config",
    "/api/v1/homes/x;a.css",
    "/api/v1/homes/%2e%2e/x",
    "/api/v1/homes%2fx",
    "/%61pi/v1/homes",
    "/api/v1/homes\\x",
    "/api/v1/hömes",
    "/api/v1/homes\x00",
    "/api/v1/homes x",
    "/a" * 300,
]


@pytest.mark.parametrize("path", CANONICAL)
def test_a_plain_path_is_canonical(path: str) -> None:
    assert is_canonical(path)
    assert not ask(path).odd


LIVE = {
    "/parts/abc.m4s": (True, True),
    "/live/abc/main.m3u8": (True, True),
    "/live/abc/keys/def": (True, False),
    "/live/abc": (True, False),
    "/livefeed/main.m3u8": (False, False),
    "/api/v1/hls": (False, False),
    "/static/player.mjs": (False, True),
    "/parts/../api/v1/homes": (False, False),
    "/parts/x;y.m3u8": (False, False),
}


@pytest.mark.parametrize("path", LIVE)
def test_only_ciphertext_and_its_playlists_are_public_and_keys_never(path: str) -> None:
    asked = ask(path)
    assert (asked.live, asked.public) == LIVE[path]


@pytest.mark.parametrize("path", ODD)
def test_a_path_that_can_be_read_twice_is_odd(path: str) -> None:
    assert not is_canonical(path)
    assert ask(path, path.encode("utf-8")).odd
    assert ask(path, path.encode("utf-8")).api, "an odd path could be one of the API's: it gets its answer"


def test_the_raw_path_counts_not_what_it_decodes_to() -> None:
    asked = ask("/api/v1/homes", b"/api/v1/%68omes")
    assert asked.odd
    assert asked.path == "/api/v1/%68omes"


@given(st.text(max_size=40))
def test_no_path_raises_and_canonical_ones_hold_no_surprise(path: str) -> None:
    asked = ask("/" + path, ("/" + path).encode("utf-8", "replace"))
    if not asked.odd:
        assert set(asked.path) <= set(string.ascii_letters + string.digits + "/_.~-")
        assert "//" not in asked.path
        assert "/." not in asked.path


@given(st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=40)), max_size=10))
def test_no_header_raises(headers: list[tuple[bytes, bytes]]) -> None:
    read_asked({"method": "GET", "path": "/", "raw_path": b"/", "headers": headers, "scheme": "http"})


@pytest.mark.parametrize("name", [b"host", b"origin", b"content-length", b"content-type", b"x-csrf-token"])
def test_a_header_that_may_stand_once_and_stands_twice_is_odd(name: bytes) -> None:
    headers = [(name, b"1"), (name, b"1")]
    assert read_asked({"method": "GET", "path": "/", "raw_path": b"/", "headers": headers}).odd


COOKIES = [
    (f"curtilage_session={TOKEN}", TOKEN),
    (f"a=b; curtilage_session={TOKEN}; c=d", TOKEN),
    ("", None),
    ("curtilage_session=", None),
    ("curtilage_session=short", None),
    (f"curtilage_session={TOKEN}=", None),
    (f'curtilage_session="{TOKEN}"', None),
    (f"curtilage_session={TOKEN}; curtilage_session={'B' * 43}", None),
    (f"curtilage_session={TOKEN}; curtilage_session={TOKEN}", None),
    (f"Curtilage_Session={TOKEN}", None),
]


@pytest.mark.parametrize(("cookie", "token"), COOKIES)
def test_a_session_is_found_only_when_there_is_exactly_one(cookie: str, token: str | None) -> None:
    assert session_token(cookie) == token


@given(st.text(max_size=200))
def test_no_cookie_raises(cookie: str) -> None:
    session_token(cookie)


def test_two_cookie_headers_with_a_session_each_are_none() -> None:
    cookie = f"curtilage_session={TOKEN}".encode()
    headers = [(b"cookie", cookie), (b"cookie", cookie)]
    assert read_asked({"method": "GET", "path": "/", "raw_path": b"/", "headers": headers}).session_token is None


def test_the_session_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites() -> None:
    cookie = session_cookie(TOKEN, 60, secure=False)
    assert cookie.startswith(f"curtilage_session={TOKEN};")
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=60"} <= set(cookie.split("; "))
    assert "Secure" in session_cookie(TOKEN, 60, secure=True).split("; ")
    assert "Domain" not in cookie


def test_under_https_only_cookies_count_that_plain_http_cannot_set() -> None:
    """RFC 6265bis §4.1.3.2: __Host- needs Secure and Path=/, and no Domain."""
    for make in (session_cookie, display_cookie):
        cookie = make(TOKEN, 60, secure=True)
        assert cookie.startswith("__Host-curtilage_")
        assert {"Secure", "Path=/", "HttpOnly"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    for read, name in ((session_token, SESSION_COOKIE), (display_secret, DISPLAY_COOKIE)):
        assert read(f"{name}={TOKEN}", secure=True) is None
        assert read(f"__Host-{name}={TOKEN}", secure=True) == TOKEN
        assert read(f"__Host-{name}={TOKEN}; {name}={'B' * 43}", secure=True) == TOKEN
        assert read(f"__Host-{name}={TOKEN}", secure=False) is None


def test_a_secret_never_stands_in_the_repr() -> None:
    asked = ask("/grants", cookie=f"curtilage_session={TOKEN}", x_csrf_token="secret-token")
    assert asked.session_token == TOKEN
    assert TOKEN not in repr(asked)
    assert "secret-token" not in repr(asked)


def test_what_is_safe_a_form_and_a_static_file() -> None:
    assert ask().safe
    assert not ask(method="POST").safe
    assert not ask(method="OPTIONS").safe
    assert ask(content_type="application/x-www-form-urlencoded; charset=utf-8").form
    assert ask(content_type="multipart/form-data; boundary=x").form
    assert not ask(content_type="application/json").form
    assert ask("/static/a.css").static
    assert not ask("/static/../a.css").static
    assert ask("/", content_length="-1").odd
    assert ask("/", content_length="1" * 40).odd


@pytest.mark.parametrize(
    ("cookie", "secret"),
    [
        (f"{DISPLAY_COOKIE}={TOKEN}", TOKEN),
        (f"{SESSION_COOKIE}=x; {DISPLAY_COOKIE}={TOKEN}", TOKEN),
        (f"{DISPLAY_COOKIE}={TOKEN}; {DISPLAY_COOKIE}={TOKEN}", None),
        (f"{SESSION_COOKIE}={TOKEN}", None),
        (f"{DISPLAY_COOKIE}=x", None),
        ("", None),
    ],
)
def test_a_displays_secret_is_read_as_a_session_is(cookie: str, secret: str | None) -> None:
    assert display_secret(cookie) == secret


def test_a_displays_cookie_is_its_own_and_no_scripts() -> None:
    assert display_cookie(TOKEN, 60, secure=False).startswith(f"{DISPLAY_COOKIE}={TOKEN};")
    cookie = display_cookie(TOKEN, 60, secure=True)
    assert cookie.startswith(f"__Host-{DISPLAY_COOKIE}={TOKEN};")
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=60"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    ("path", "of_display", "viewing"),
    [
        ("/display", True, False),
        ("/display/qr/BCDFGHJK", True, False),
        ("/api/v1/display/pairing", True, False),
        ("/displays", False, False),
        ("/api/v1/displays", False, False),
        ("/api/v1/streams", False, True),
        ("/api/v1/streams/x/views", False, True),
        ("/api/v1/streamsx", False, False),
        ("/display//x", False, False),
    ],
)
def test_what_is_a_displays_own_is_known_by_whole_words(path: str, of_display: bool, viewing: bool) -> None:
    asked = read_asked({"method": "GET", "path": path, "raw_path": path.encode(), "headers": []})
    assert (asked.of_display, asked.viewing) == (of_display, viewing)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8480", "curtilage_session_8480"),
        ("127.0.0.1:8480", "curtilage_session_8480"),
        ("[::1]:8480", "curtilage_session_8480"),
        ("curtilage.lan:8443", "curtilage_session"),
        ("localhost", "curtilage_session"),
        ("localhost:x", "curtilage_session"),
        ("curtilage", "curtilage_session"),
        ("", "curtilage_session"),
    ],
)
def test_servers_on_two_ports_of_one_machine_have_cookies_of_their_own(host: str, name: str) -> None:
    assert cookie_name(SESSION_COOKIE, host) == name
    assert session_cookie(TOKEN, 60, secure=False, host=host).startswith(f"{name}={TOKEN};")
    others = f"curtilage_session_9999={'B' * 43}; "
    assert session_token(f"{others}{name}={TOKEN}", host) == TOKEN
    assert session_token(others, host) is None
    assert session_token(f"{name}={TOKEN}; {name}={'B' * 43}", host) is None


def test_the_name_with_the_port_goes_before_the_plain_one() -> None:
    both = f"curtilage_session={'B' * 43}; curtilage_session_8480={TOKEN}"
    assert session_token(both, "localhost:8480") == TOKEN
    assert display_secret(f"curtilage_display_8480={TOKEN}", "localhost:8480") == TOKEN
