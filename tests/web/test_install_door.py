"""The install page's door serves what is on its list, the same to everybody, and nothing else."""

import asyncio
from pathlib import Path

import pytest
from cryptography import x509

from curtilage.config import Config
from curtilage.web.asked import DISPLAY_COOKIE, SESSION_COOKIE
from curtilage.web.install_door import install_files, make_install_door
from curtilage.web.public_place import PublicPlace, public_place
from tests.vault.certificates import NAME, authority
from tests.web.cases import CASES
from tests.web.house import ask
from tests.web.https_side import Outside, run_outside
from tests.web.https_side import ask as ask_port
from tests.web.test_walls import disguises

ROOT = authority()
LIST = {
    "/",
    "/install.css",
    "/qr.svg",
    "/go",
    "/household-root.crt",
    "/household-root.pem",
    "/household-root.mobileconfig",
}


def place() -> PublicPlace:
    made = public_place(Config(public_name=NAME))
    assert made is not None
    return made


DOOR = make_install_door(place(), ROOT)


def test_the_list_is_what_it_serves() -> None:
    assert set(install_files(place(), ROOT)) == LIST


def test_it_answers_the_same_to_everybody_and_sets_no_cookie() -> None:
    async def main() -> None:
        for path in sorted(LIST):
            plain = await ask(DOOR, "GET", path, {"host": f"{NAME}:8481"})
            assert plain.status == (303 if path == "/go" else 200)
            cookies = f"{SESSION_COOKIE}={'A' * 43}; {DISPLAY_COOKIE}={'B' * 43}"
            others: tuple[dict[str, str], ...] = (
                {"host": "192.0.2.10", "cookie": cookies, "referer": "http://evil.example/", "user-agent": "x"},
                {"host": "evil.example", "origin": "http://evil.example", "x-csrf-token": "x"},
                {},
            )
            for headers in others:
                answer = await ask(DOOR, "GET", f"{path}?a=b", headers)
                assert answer.looks() == plain.looks()
            assert answer.header("set-cookie") is None
            assert answer.header("content-security-policy")
            head = await ask(DOOR, "HEAD", path)
            assert (head.headers, head.body) == (plain.headers, b"")

    asyncio.run(main())


def test_no_route_of_the_application_is_there() -> None:
    async def main() -> None:
        none = (await ask(DOOR, "GET", "/nothing")).looks()
        for case in CASES:
            if case.path != "/" or case.method != "GET":
                answer = await ask(DOOR, case.method, case.path)
                assert answer.looks() == none, case
        for path in [disguise for known in LIST - {"/"} for disguise in disguises(known)]:
            assert (await ask(DOOR, "GET", path)).looks() == none, path

    asyncio.run(main())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_sent_to_it(method: str) -> None:
    answer = asyncio.run(ask(DOOR, method, "/", {"content-type": "application/json"}, b"{}"))
    assert answer.status == 405
    assert answer.header("allow") == "GET, HEAD"


def test_the_root_comes_in_the_forms_that_platforms_take() -> None:
    files = install_files(place(), ROOT)
    der = x509.load_der_x509_certificate(files["/household-root.crt"].body)
    pem = x509.load_pem_x509_certificate(files["/household-root.pem"].body)
    assert der == pem == ROOT.root
    kinds = {path: dict(found.headers).get(b"content-type") for path, found in files.items()}
    assert kinds["/household-root.crt"] == b"application/x-x509-ca-cert"
    assert kinds["/household-root.mobileconfig"] == b"application/x-apple-aspen-config"
    assert all(b"PRIVATE" not in found.body for found in files.values())


def test_the_page_says_what_to_compare_and_how_for_each_platform() -> None:
    page = install_files(place(), ROOT)["/"].body.decode()
    assert ROOT.fingerprint in page.replace("<wbr>", "")
    assert "curtilage certificate show" in page
    for platform in ("iPhone and iPad", "Android", "Windows", "Mac", "Linux", "Firefox"):
        assert f"<summary>{platform}" in page
    assert "<script" not in page
    assert 'href="/go"' in page


def test_the_redirect_leads_to_the_one_name_whatever_is_asked() -> None:
    answer = asyncio.run(ask(DOOR, "GET", "/go?to=https://evil.example", {"host": "evil.example"}))
    assert (answer.status, answer.header("location")) == (303, f"https://{NAME}:8443/")


@pytest.mark.slow
def test_it_listens_beside_the_running_server(tmp_path: Path) -> None:
    async def main(made: Outside) -> None:
        certificates, port = made.parts.certificates, made.parts.config.install_port
        assert certificates is not None
        status, headers, body = await ask_port(port, "GET /household-root.pem")
        assert (status, body) == (200, certificates.authority().root_pem)
        assert "set-cookie" not in headers
        assert (await ask_port(port, "GET /sign-in"))[0] == 404
        await made.shake(made.trusting(body))

    run_outside(tmp_path, main)
