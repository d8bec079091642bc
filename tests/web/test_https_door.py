"""The walls at the HTTPS door are those at loopback: every route, and what a browser sends by itself."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.web.cases import CASES, Case, Who, filled
from tests.web.house import JSON, Answer, House, ask, in_house
from tests.web.test_walls import NEEDS_SESSION, in_world, same
from tests.web.world import World

HOST = "rose.home.arpa:8443"
SECURE = "__Host-curtilage_session"


async def asked(house: House, method: str, path: str, **headers: str) -> Answer:
    """By HTTPS, under the public name unless another is said."""
    given = {"host": HOST, "sec-fetch-site": "same-origin"}
    if method not in ("GET", "HEAD"):
        given["origin"] = f"https://{HOST}"
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    body = b'{"name":"Eve"}' if headers.get("content_type") else b""
    return await ask(house.app.https, method, path, {k: v for k, v in given.items() if v}, body, scheme="https")


@pytest.mark.slow
def test_without_a_session_every_route_is_one_answer(tmp_path: Path) -> None:
    async def main(made: World) -> None:
        api: dict[str, Answer] = {}
        pages: dict[str, Answer] = {}
        wrong = f"curtilage_session={made.owner.token}"
        for case in NEEDS_SESSION:
            for what, names in (("there", made.names), ("never", made.never())):
                for cookie in ("", wrong):
                    answers = api if case.path.startswith("/api/v1") else pages
                    path = filled(case.path, names)
                    answers[f"{case} {what} {cookie}"] = await asked(made.house, case.method, path, cookie=cookie)
        same(api, 401)
        same(pages, 303)

    in_world(tmp_path, main)


@pytest.mark.slow
def test_what_can_be_read_at_loopback_can_be_read_here_by_the_same_persons(tmp_path: Path) -> None:
    async def main(made: World) -> None:
        cookies: Mapping[Who, str] = {
            Who.OWNER: f"{SECURE}={made.owner.token}",
            Who.MEMBER: f"{SECURE}={made.member.token}",
            Who.ANYBODY: "",
        }
        for case in CASES:
            if case.method == "GET" and case.who in cookies and not case.path.startswith("/api/v1/stills"):
                path = filled(case.path, made.names)
                answer = await asked(made.house, "GET", path, cookie=cookies[case.who])
                assert answer.status == case.status, (case, answer.body)

    in_world(tmp_path, main)


FORGED: tuple[dict[str, str], ...] = (
    {"origin": f"http://{HOST}"},
    {"origin": "https://rose.home.arpa"},
    {"origin": "http://localhost:8480"},
    {"origin": "null"},
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"x_csrf_token": ""},
    {"x_csrf_token": "A" * 43},
)


@pytest.mark.slow
def test_a_change_needs_our_own_https_origin_and_the_sessions_token(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        case = Case("POST", f"/api/v1/homes/{home}/persons")
        own = {"cookie": f"{SECURE}={session.token}", "x_csrf_token": session.csrf}
        own |= {name.replace("-", "_"): value for name, value in JSON.items()}
        for forged in FORGED:
            answer = await asked(house, case.method, case.path, **{**own, **forged})
            assert answer.status == 403, forged
        assert (await asked(house, case.method, case.path, **own)).status == 201
        without_metadata = {**own, "sec_fetch_site": "", "origin": ""}
        assert (await asked(house, case.method, case.path, **without_metadata)).status == 403

    in_house(tmp_path, main, public_name="rose.home.arpa")


def test_another_host_is_not_known_here(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        for host in ("localhost:8480", "rose.home.arpa", "rose.home.arpa:8480", "evil.example:8443", ""):
            answer = await asked(house, "GET", "/sign-in", host=host)
            assert answer.status == 421, host
            assert b"Use https://rose.home.arpa:8443." in answer.body, host

    in_house(tmp_path, main, public_name="rose.home.arpa")


def test_without_a_public_name_the_door_knows_nobody(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        for door in (house.app.https, house.app.plain_lan):
            for host in (HOST, "localhost:8480", "127.0.0.1:8480", ":8443"):
                assert (await ask(door, "GET", "/display", {"host": host}, scheme="https")).status == 421

    in_house(tmp_path, main)
