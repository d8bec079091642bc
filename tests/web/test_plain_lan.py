"""The door without HTTPS lets displays' own requests through and refuses everything else, whoever asks."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from curtilage.consent.event import EventKind
from curtilage.web.asked import read_asked
from curtilage.web.plain_lan import allowed, record_plain_lan
from tests.web.cases import CASES, Case, Who, filled
from tests.web.house import Answer, House, ask, in_house
from tests.web.https_side import Outside, run_outside
from tests.web.https_side import ask as ask_port
from tests.web.test_walls import disguises, in_world
from tests.web.world import World

HOST = "rose.home.arpa:8482"
LET_THROUGH = {
    ("GET", "/display"),
    ("GET", "/display/qr/{code}"),
    ("GET", "/static/{path:path}"),
    ("GET", "/favicon.ico"),
    ("GET", "/api/v1/display"),
    ("DELETE", "/api/v1/display"),
    ("POST", "/api/v1/display/pairing"),
    ("OPTIONS", "/api/v1/whep/{handle}"),
    ("POST", "/api/v1/whep/{handle}"),
    ("PATCH", "/api/v1/whep/views/{whep}"),
    ("DELETE", "/api/v1/whep/views/{whep}"),
    ("GET", "/api/v1/whep/views/{whep}"),
    ("POST", "/api/v1/whep/views/{whep}/alarms"),
}
"""Every route of the application that this door lets through; the others are refused before anything is looked up."""


async def asked_there(made: World, case: Case, names: Mapping[str, str], cookie: str, csrf: str) -> Answer:
    """Through the door, with these secrets."""
    headers = {"host": HOST, "sec-fetch-site": "same-origin", "cookie": cookie, "x-csrf-token": csrf}
    if case.method not in ("GET", "HEAD"):
        headers["origin"] = f"http://{HOST}"
    return await ask(made.house.app.plain_lan, case.method, filled(case.path, names), headers)


def test_what_is_let_through_is_this_list_of_routes(tmp_path: Path) -> None:
    async def main(made: World) -> None:
        for case in CASES:
            path = filled(case.path, made.names)
            scope = {"method": case.method, "path": path, "raw_path": path.encode(), "headers": [], "scheme": "http"}
            assert allowed(read_asked(scope)) is (case.key in LET_THROUGH), case

    in_world(tmp_path, main)


@pytest.mark.slow
def test_everything_else_is_one_answer_for_owner_member_display_and_nobody(tmp_path: Path) -> None:
    async def main(made: World) -> None:
        owner, member, display = made.owner, made.member, made.display
        secrets = (
            (f"curtilage_session={owner.token}", owner.csrf),
            (f"__Host-curtilage_session={owner.token}", owner.csrf),
            (f"curtilage_session={member.token}", member.csrf),
            (f"curtilage_display={display.token}", display.csrf),
            ("", ""),
        )
        answers = [
            await asked_there(made, case, names, *pair)
            for case in CASES
            if case.key not in LET_THROUGH
            for pair in secrets
            for names in (made.names, made.over, made.never())
        ]
        looks = {answer.looks() for answer in answers}
        assert len(looks) == 1
        assert answers[0].status == 403
        assert b"https-needed" in answers[0].body
        assert b"Use https://rose.home.arpa:8443." in answers[0].body

    in_world(tmp_path, main)


@pytest.mark.slow
def test_nobody_is_signed_in_there_by_a_session(tmp_path: Path) -> None:
    async def main(made: World) -> None:
        before = await made.state()
        for case in CASES:
            if case.key in LET_THROUGH and case.who in (Who.OWNER, Who.MEMBER):
                cookie = f"curtilage_session={made.member.token}"
                answer = await asked_there(made, case, made.names, cookie, made.member.csrf)
                assert answer.status == 401, case
        assert await made.state() == before

    in_world(tmp_path, main)


def test_a_path_in_disguise_is_refused_as_everything_else(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        door = house.app.plain_lan
        refused = (await ask(door, "GET", "/sign-in", {"host": HOST})).looks()
        for known in ("/display", "/api/v1/display", "/static/console/console.css"):
            for path in disguises(known):
                assert (await ask(door, "GET", path, {"host": HOST})).looks() == refused, path

    in_house(tmp_path, main, public_name="rose.home.arpa")


def test_other_hosts_are_not_known_there(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        for host in ("evil.example", "rose.home.arpa", "rose.home.arpa:8443", "localhost:8482"):
            assert (await ask(house.app.plain_lan, "GET", "/display", {"host": host})).status == 421

    in_house(tmp_path, main, public_name="rose.home.arpa")


def test_it_stands_in_every_homes_ledger(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        rose, _ = await house.home("Rose house", "Alma")
        birch, _ = await house.home("Birch flat", "Bo")
        await record_plain_lan(house.parts)
        for home in (rose, birch, None):
            (newest,) = await house.parts.ledger.entries(home, None, 1)
            assert newest.event.kind is EventKind.PLAIN_LAN_OPENED
        words = house.parts.activity.words(rose, (await house.parts.ledger.entries(rose, None, 1))[0])
        assert words.startswith("The operator started the server with plain-lan: displays are served without HTTPS")

    in_house(tmp_path, main, public_name="rose.home.arpa")


@pytest.mark.slow
def test_the_door_is_there_only_when_it_was_asked_for(tmp_path: Path) -> None:
    async def without(made: Outside) -> None:
        assert made.ready.plain_lan_warning == ""
        assert made.ready._public is not None
        assert made.ready._public.plain_lan is None

    async def with_it(made: Outside) -> None:
        port = made.parts.config.plain_lan_port
        assert f"http://rose.home.arpa:{port}/display" in made.ready.plain_lan_warning
        assert made.ready.plain_lan_warning.startswith("WARNING")
        status, headers, body = await ask_port(port, "GET /display")
        assert status == 200
        assert "set-cookie" not in headers
        origin = {"Origin": f"http://rose.home.arpa:{port}", "Sec-Fetch-Site": "same-origin"}
        status, headers, _ = await ask_port(port, "POST /api/v1/display/pairing", headers=origin)
        assert status == 201
        assert headers["set-cookie"].startswith("curtilage_display=")
        assert "Secure" not in headers["set-cookie"], "or it would never come back without HTTPS"
        assert f"https://rose.home.arpa:{made.https_port}/p" in body.decode(), "who lets it in does so by HTTPS"
        assert (await ask_port(port, "POST /api/v1/streams", headers=origin))[0] == 403
        (newest,) = await made.parts.ledger.entries(None, None, 1)
        assert newest.event.kind is EventKind.PLAIN_LAN_OPENED

    run_outside(tmp_path, without)
    run_outside(tmp_path, with_it, plain_lan=True)


def test_the_list_says_methods_too() -> None:
    def may(method: str, path: str) -> bool:
        scope = {"method": method, "path": path, "raw_path": path.encode(), "headers": [], "scheme": "http"}
        return allowed(read_asked(scope))

    assert may("HEAD", "/display")
    for method, path in (
        ("POST", "/display"),
        ("GET", "/display/other"),
        ("GET", "/api/v1/display/pairing"),
        ("GET", f"/api/v1/whep/{'A' * 43}"),
        ("POST", "/api/v1/whep"),
        ("PATCH", f"/api/v1/whep/{'A' * 43}"),
        ("DELETE", "/static/console/console.css"),
    ):
        assert not may(method, path), (method, path)
