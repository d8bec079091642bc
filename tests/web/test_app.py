"""The application as a whole: problems for everything that goes wrong, and nothing of what was sent in them."""

from pathlib import Path

from tests.web.house import House, in_house

SECRET = "camera-secret-0123456789"

BROKEN_BODIES: list[tuple[str, bytes, str]] = [
    ("no JSON", b'{"name": "' + SECRET.encode(), "application/json"),
    ("an unknown field", b'{"name": "Ada", "' + SECRET.encode() + b'": 1}', "application/json"),
    ("a wrong type", b'{"name": ["' + SECRET.encode() + b'"]}', "application/json"),
    ("too long a text", b'{"name": "' + SECRET.encode() * 300 + b'"}', "application/json"),
    ("no object", b'["' + SECRET.encode() + b'"]', "application/json"),
    ("not UTF-8", b'{"name": "' + SECRET.encode() + b'\xff"}', "application/json"),
    ("deep", b"[" * 5000 + SECRET.encode(), "application/json"),
    ("a form", b"name=" + SECRET.encode(), "application/x-www-form-urlencoded"),
    ("no type", b'{"name": "' + SECRET.encode() + b'"}', "text/plain"),
    ("a number too long", b'{"name": ' + b"9" * 10000 + b"}", "application/json"),
    ("half a surrogate", b'{"name": "\\ud800"}', "application/json"),
    ("nothing", b"", "application/json"),
]


def test_what_is_not_understood_is_not_repeated(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        for what, body, kind in BROKEN_BODIES:
            alma = house.browser(session, body=body)
            answer = await alma.ask("POST", f"/api/v1/homes/{home}/persons", content_type=kind)
            assert answer.status in (400, 422), (what, answer.body)
            assert answer.header("content-type") == "application/problem+json", what
            assert SECRET.encode() not in answer.body, what
            assert answer.json()["do"], what
            assert len(house.parts.persons.of_home(home)) == 1, what

    in_house(tmp_path, main)


def test_a_wrong_method_and_a_wrong_path_are_problems(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        alma = house.browser(session)
        wrong = await alma.ask("PUT", f"/api/v1/homes/{home}/cameras/x")
        assert wrong.json()["type"] == "/api/problems/wrong-method"
        assert wrong.header("allow"), "RFC 9110 §15.5.6"
        page = await alma.ask("GET", "/no-such-page")
        assert page.status == 404
        assert b"<h1" in page.body, "for a person it is a page"
        for path in ("/api/v1/none", "/api/v1", "/api/v2/homes", "/api/v1/homes/x/y/z"):
            answer = await alma.ask("GET", path)
            assert answer.status == 404
            assert answer.json()["type"] == "/api/problems/not-found"

    in_house(tmp_path, main)


def test_no_slash_is_added_or_taken_away(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        answer = await house.browser(session).ask("GET", "/api/v1/homes/")
        assert answer.status == 404
        assert answer.header("location") is None

    in_house(tmp_path, main)


def test_the_usual_documentation_pages_are_not_there(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        for path in ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"):
            assert (await house.browser(session).ask("GET", path)).status == 404

    in_house(tmp_path, main)
