"""What stands before every route: whichever path, method or thing, one answer for whoever does not belong here."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from curtilage.home.actor import Role
from curtilage.home.session import Session
from curtilage.web.asked import SESSION_COOKIE
from curtilage.web.connection import CONNECTION, Connection
from curtilage.web.defences import Defences, Door
from curtilage.web.problem import Kind, Problem
from curtilage.web.security_headers import security_headers
from tests.web.house import FORM, House, ask, in_house
from tests.web.served import ask_raw, served

pytestmark = pytest.mark.slow

SOME = ["/", "/cameras", "/api/v1/homes", "/api/v1/nothing", "/static/none.css", "/api/v1/homes/%2e%2e"]


def test_a_host_that_is_not_ours_is_answered_nothing(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        port = house.parts.config.port
        answers = set()
        for host in (
            "evil.example",
            f"evil.example:{port}",
            "localhost",
            f"localhost:{port + 1}",
            "",
            f"127.0.0.2:{port}",
        ):
            for path in SOME:
                answer = await ask(house.app, "GET", path, {"host": host})
                assert answer.status == 421
                answers.add(answer.looks())
        assert len(answers) == 1
        doubled = [("host", f"localhost:{port}"), ("Host", "evil.example")]
        assert (await ask(house.app, "GET", "/sign-in", dict(doubled))).status == 421

    in_house(tmp_path, main)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_loopback_has_three_names(tmp_path: Path, name: str) -> None:
    async def main(house: House) -> None:
        answer = await ask(house.app, "GET", "/sign-in", {"host": f"{name}:{house.parts.config.port}"})
        assert answer.status == 200

    in_house(tmp_path, main)


def test_without_a_session_every_path_and_method_of_the_api_is_the_same_401(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        stranger = house.browser()
        paths = ["", "/", "/homes", f"/homes/{home}", f"/homes/{home}/cameras", "/none", "/homes;x", "/%2e%2e/sign-in"]
        answers = set()
        for path in (f"/api/v1{end}" for end in paths):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PURGE"):
                if (method, path) not in {("POST", "/api/v1/sessions"), ("POST", "/api/v1/setup")}:
                    answers.add((await stranger.ask(method, path)).looks())
        assert len(answers) == 1
        assert answers.pop()[0] == 401

    in_house(tmp_path, main)


def test_without_a_session_every_page_leads_to_the_sign_in_page(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        stranger = house.browser()
        paths = ["/", "/cameras", f"/homes/{home}/cameras", "/homes/none/cameras", "/no-such-page", "/api/docs"]
        answers = {(await stranger.ask(method, path)).looks() for path in paths for method in ("GET", "POST", "DELETE")}
        assert len(answers) == 1
        assert (await stranger.ask("GET", "/")).header("location") == "/sign-in"

    in_house(tmp_path, main)


def test_a_made_up_or_ended_session_is_no_session(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        alma = house.browser(session)
        assert (await alma.ask("GET", "/api/v1/homes")).status == 200
        await house.parts.sessions.end(session.token)
        ended = await alma.ask("GET", "/api/v1/homes")
        made_up = await house.browser().ask("GET", "/api/v1/homes", cookie="curtilage_session=" + "A" * 43)
        assert ended.looks() == made_up.looks() == (await house.browser().ask("GET", "/api/v1/homes")).looks()

    in_house(tmp_path, main)


async def _ask_slowly(house: House, session: Session, path: str, meanwhile: Callable[[], Awaitable[object]]) -> int:
    """An owner's request whose head comes before ``meanwhile`` and whose body comes after it."""
    port, pending, sent = house.parts.config.port, [b'{"name":"Eve","role":"owner"}'], list[Any]()
    headers = {
        "host": f"localhost:{port}",
        "origin": f"http://localhost:{port}",
        "cookie": f"{SESSION_COOKIE}={session.token}",
        "x-csrf-token": session.csrf,
        "content-type": "application/json",
        "content-length": str(len(pending[0])),
    }
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "http_version": "1.1"}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def receive() -> Any:
        if not pending:
            return {"type": "http.disconnect"}
        await meanwhile()
        return {"type": "http.request", "body": pending.pop(), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await house.app(scope, receive, send)
    return int(sent[0]["status"])


def test_who_is_removed_or_signed_out_while_a_body_comes_does_nothing_with_it(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        parts = house.parts
        home, _ = await house.home("Rose house", "Alma")
        path = f"/api/v1/homes/{home}/persons"
        mallory, removed = await house.member(home, "Mallory", Role.OWNER)
        _, ended = await house.member(home, "Ada", Role.OWNER)

        async def remove() -> None:
            assert await parts.persons.remove(home, mallory.id, house.by_operator(home))

        async def sign_out() -> None:
            await parts.sessions.end(ended.token)

        assert await _ask_slowly(house, removed, path, remove) == 401
        assert await _ask_slowly(house, ended, path, sign_out) == 401
        assert [person.name for person in parts.persons.of_home(home)] == ["Ada", "Alma"]

    in_house(tmp_path, main)


FROM_ELSEWHERE: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:1"},
    {"origin": "https://localhost:8480"},
    {"sec-fetch-site": "same-origin", "origin": "http://evil.example"},
]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
def test_a_change_that_another_site_asks_for_is_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        for path, value in ((f"/api/v1/homes/{home}/persons", {"name": "Eve"}), ("/api/v1/sessions", {"code": "x"})):
            answer = await house.browser(session).ask("POST", path, value, **headers)
            assert answer.status == 403
            assert answer.json()["type"] == "/api/problems/not-from-here"
        assert len(house.parts.persons.of_home(home)) == 1

    in_house(tmp_path, main)


def test_a_client_that_is_no_browser_says_its_origin(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        alma = house.browser(session)
        port = house.parts.config.port
        headers = {
            "host": f"localhost:{port}",
            "cookie": f"curtilage_session={session.token}",
            "x-csrf-token": session.csrf,
            "content-type": "application/json",
        }
        body = b'{"name": "Ada"}'
        path = f"/api/v1/homes/{home}/persons"
        assert (await ask(alma.app, "POST", path, headers, body)).status == 403
        assert (await ask(alma.app, "POST", path, headers | {"origin": f"http://localhost:{port}"}, body)).status == 201

    in_house(tmp_path, main)


def test_a_change_needs_the_sessions_own_token(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        _, other = await house.home("Birch flat", "Bo")
        alma = house.browser(session)
        path = f"/api/v1/homes/{home}/persons"
        for token in ("", "x", other.csrf, session.csrf + "x", session.csrf.swapcase()):
            assert (await alma.ask("POST", path, {"name": "Eve"}, x_csrf_token=token)).status == 403
        assert (await alma.ask("POST", path, {"name": "Ada"})).status == 201

    in_house(tmp_path, main)


def test_a_form_carries_the_token_as_a_field(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        alma = house.browser(session)
        answer = await alma.ask("POST", "/sign-out", x_csrf_token="", **{"content-type": FORM["content-type"]})
        assert answer.status == 403
        assert (await alma.ask("POST", "/sign-out", form="a=b")).status == 303
        assert house.parts.sessions.find(session.token) is None

    in_house(tmp_path, main)


def test_another_site_reads_nothing_of_the_api(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        alma = house.browser(session)
        for site in ("cross-site", "same-site"):
            assert (await alma.ask("GET", "/api/v1/homes", sec_fetch_site=site)).status == 403
        assert (await alma.ask("GET", "/api/v1/homes", sec_fetch_site="none")).status == 200

    in_house(tmp_path, main)


ODD = [
    "/api/v1//homes",
    "/api/v1/./homes",
    "/api/v1/x/../homes",
    "/api/v1/%68omes",
    "/api/v1/homes/",
    "/api/v1/homes;v=1",
    "/api/v1/homes%00",
    "//localhost/api/v1/homes",
    "/cameras/",
    "/static/%2e%2e/api/v1/homes",
    "/static/../api/v1/homes",
]


@pytest.mark.parametrize("path", ODD)
def test_an_odd_path_reaches_no_route(tmp_path: Path, path: str) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        alma = house.browser(session)
        assert (await alma.ask("GET", path)).looks() == (await alma.ask("GET", "/api/v1/none")).looks()

    in_house(tmp_path, main)


def test_every_reply_has_the_headers_and_nothing_private_is_kept(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        alma = house.browser(session)
        paths = ["/", "/sign-in", "/api/v1/homes", f"/homes/{home}/cameras", "/none", "/api/v1/homes/;", "/api/docs"]
        for path in paths:
            answer = await alma.ask("GET", path)
            assert answer.header("cache-control") == "no-store", path
            for name, value in security_headers():
                assert (name, value) in answer.headers, path
            assert not {b"server", b"x-powered-by"} & {name for name, _ in answer.headers}

    in_house(tmp_path, main)


def test_a_body_that_is_too_long_is_413(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        answer = await house.browser(session).ask("POST", "/api/v1/homes", {"name": "x" * 70_000})
        assert answer.status == 413
        assert answer.header("connection") == "close"

    in_house(tmp_path, main)


def test_through_a_real_socket_a_body_that_is_too_long_is_answered(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        async with served(house.parts.config, house.app) as loopback:
            reader, writer = await asyncio.open_connection("127.0.0.1", loopback.port)
            head = f"POST /api/v1/sessions HTTP/1.1\r\nHost: localhost:{house.parts.config.port}\r\n"
            head += f"Origin: http://localhost:{house.parts.config.port}\r\nContent-Length: 500000\r\n\r\n"
            writer.write(head.encode() + b"x" * 500_000)
            assert b" 413 " in await reader.readline()
            writer.close()

    in_house(tmp_path, main)


def test_an_exception_is_a_problem_that_says_nothing_of_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError(scope["path"])

    async def main(house: House) -> None:
        app = Defences(broken, house.parts, Door.CONTROL)
        answer = await ask(app, "GET", "/camera-secret")
        assert answer.status == 500
        assert b"camera-secret" not in answer.body
        assert b"RuntimeError" not in answer.body

    with caplog.at_level(logging.ERROR):
        in_house(tmp_path, main)
    assert "RuntimeError" in caplog.text
    assert "camera-secret" not in caplog.text


def test_a_route_that_breaks_is_answered_whole(tmp_path: Path) -> None:
    async def broken() -> None:
        raise RuntimeError

    async def main(house: House) -> None:
        house.app.routes.add_api_route("/api/v1/broken", broken)
        async with served(house.parts.config, house.app.control) as loopback:
            answer = await ask_raw(
                loopback.port, b"GET /api/v1/broken HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            )
        assert b" 500 " in answer.partition(b"\r\n")[0]
        assert answer.endswith(Problem(Kind.OUR_FAILURE).body())

    in_house(tmp_path, main)


def test_half_a_reply_is_reset_so_that_it_cannot_look_whole(tmp_path: Path) -> None:
    connections: list[Connection] = []

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        connections.append(scope[CONNECTION])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError

    async def main(house: House) -> None:
        async with served(house.parts.config, Defences(broken, house.parts, Door.CONTROL)) as loopback:
            reader, writer = await asyncio.open_connection("127.0.0.1", loopback.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(), 5)
            writer.close()

    in_house(tmp_path, main)


def test_the_control_door_is_the_operator_whatever_the_cookie_says(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        operator = house.operator()
        operator.session = session
        assert (await operator.ask("GET", "/api/v1/sessions/current")).json()["operator"] is True
        assert (await house.browser(session).ask("GET", "/api/v1/sessions/current")).json()["operator"] is False

    in_house(tmp_path, main)


def test_the_operators_identity_cannot_be_sent_over_tcp(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        async with served(house.parts.config, house.app) as loopback:
            with socket.create_connection(("127.0.0.1", loopback.port)) as client:
                host = f"localhost:{house.parts.config.port}"
                head = f"GET /api/v1/homes HTTP/1.1\r\nHost: {host}\r\nX-Operator: 1\r\nConnection: close\r\n\r\n"
                client.sendall(head.encode())
                answer = await asyncio.to_thread(client.recv, 65536)
            assert b" 401 " in answer.partition(b"\r\n")[0]

    in_house(tmp_path, main)


def test_other_protocols_are_not_spoken(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        await house.app({"type": "websocket", "path": "/"}, receive, send)
        assert sent == []

    in_house(tmp_path, main)


def test_one_account_cannot_fill_the_ledger(tmp_path: Path) -> None:
    """Each change is kept for ever: a minute's worth is bounded; looking and watching are not counted."""

    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        browser = house.browser(owner)
        statuses = [
            (await browser.ask("POST", f"/api/v1/homes/{home}/persons", {"name": f"Ada {n}"})).status for n in range(6)
        ]
        assert statuses == [201, 201, 201, 201, 429, 429]
        assert (await browser.ask("GET", f"/api/v1/homes/{home}/persons")).status == 200
        assert (await browser.ask("DELETE", "/api/v1/streams/x/views/1")).status == 404
        _, other = await house.home("Birch flat", "Bo")
        assert (await house.browser(other).ask("DELETE", "/api/v1/sessions/current")).status == 204

    in_house(tmp_path, main, changes_per_minute_max=4)
