"""Real TLS handshakes with the running server, by clients that trust the household root and nothing else."""

import asyncio
import contextlib
import secrets
import ssl
import time
from pathlib import Path

import pytest

from curtilage.vault.household_authority import make_certificate
from curtilage.web.tls import put
from tests.origin.made_camera import Camera
from tests.vault.certificates import DAY_MS, NAME, authority, certificate
from tests.web.https_side import Outside, ask, run_outside
from tests.web.test_certificates import give
from tests.web.world import make_grant, view_key

pytestmark = pytest.mark.slow
SLACK = 3
"""The promise is 200 ms; a machine that runs other tests beside may take longer to let this process run at all."""


def test_who_trusts_the_household_root_reaches_the_name_and_nothing_older(tmp_path: Path) -> None:
    async def main(made: Outside) -> None:
        shown = await made.shake(made.trusting())
        assert shown["subjectAltName"] == (("DNS", NAME),)
        with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
            await made.shake(ssl.create_default_context())
        old = made.trusting()
        with pytest.warns(DeprecationWarning, match="deprecated"):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await made.shake(old)

    run_outside(tmp_path, main)


def test_the_household_root_vouches_for_no_other_name(tmp_path: Path) -> None:
    """With the very key that lies in its file: what a thief of it could make is refused by name constraints."""

    async def main(made: Outside) -> None:
        certificates = made.parts.certificates
        assert certificates is not None
        now_ms = made.parts.clock.now()
        for name in ("bank.example", "home.arpa", "rose.home.arpa.evil.example"):
            forged = make_certificate(certificates.authority(), name, (), 90, now_ms, secrets.token_bytes)
            put(forged, certificates.context)
            with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
                await made.shake(made.trusting(), name)
        certificates.renew()
        await made.shake(made.trusting())

    run_outside(tmp_path, main)


def test_the_household_root_vouches_for_no_address_that_was_not_given(tmp_path: Path) -> None:
    async def main(made: Outside) -> None:
        certificates = made.parts.certificates
        assert certificates is not None
        assert (await made.shake(made.trusting(), "127.0.0.1"))["subjectAltName"]
        place = made.ready.place
        assert place is not None
        other = certificate("rose.home.arpa", *place.addresses)
        forged = make_certificate(
            certificates.authority(), NAME, other.addresses[:0], 90, made.parts.clock.now(), secrets.token_bytes
        )
        put(forged, certificates.context)
        with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
            await made.shake(made.trusting(), "127.0.0.1")

    run_outside(tmp_path, main, public_addresses="127.0.0.1")


def test_a_renewal_drops_no_connection(tmp_path: Path) -> None:
    async def main(made: Outside) -> None:
        certificates, trusting = made.parts.certificates, made.trusting()
        assert certificates is not None
        before = await made.shake(trusting)
        reader, writer = await asyncio.open_connection("127.0.0.1", made.https_port, ssl=trusting, server_hostname=NAME)
        certificates.renew()
        after = await made.shake(trusting)
        assert after["serialNumber"] != before["serialNumber"]
        writer.write(f"GET /sign-in HTTP/1.1\r\nHost: {NAME}:{made.https_port}\r\n\r\n".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()

    run_outside(tmp_path, main)


def test_an_expired_certificate_is_refused_and_its_renewal_on_disk_is_shown_without_a_restart(tmp_path: Path) -> None:
    now_ms = int(time.time() * 1000)
    root = authority(now_ms=now_ms - 200 * DAY_MS)
    give(tmp_path, certificate(of=root, now_ms=now_ms - 100 * DAY_MS))

    async def main(made: Outside) -> None:
        certificates, trusting = made.parts.certificates, made.trusting(root.root_pem)
        assert certificates is not None
        with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"):
            await made.shake(trusting)
        assert "expired" in certificates.status().problem
        renewed = certificate(of=root, now_ms=now_ms)
        give(tmp_path, renewed)
        async with asyncio.timeout(20):
            while certificates.status().fingerprint != renewed.fingerprint:  # noqa: ASYNC110 -- nothing tells a test
                await asyncio.sleep(0.02)
        await made.shake(trusting)
        assert certificates.status().problem == ""
        assert made.ready.install_address == "", "who gives a certificate needs no install page"

    files = {"certificate_file": str(tmp_path / "chain.pem"), "certificate_key_file": str(tmp_path / "key.pem")}
    run_outside(tmp_path, main, certificate_look_s=0.05, **files)


def test_the_console_is_served_under_its_name_alone_with_cookies_that_http_cannot_set(tmp_path: Path) -> None:
    async def main(made: Outside) -> None:
        tls, port = made.trusting(), made.https_port
        created = await made.parts.homes.create("Rose house")
        origin = f"https://{NAME}:{port}"
        head = {"Content-Type": "application/json", "Origin": origin, "Sec-Fetch-Site": "same-origin"}
        body = f'{{"code":"{created.code}","account":"Alma","password":"four plain words"}}'  # type: ignore[union-attr] # not refused
        status, headers, _ = await ask(port, "POST /api/v1/setup", tls, NAME, head, body)
        assert status == 201
        cookie = headers["set-cookie"]
        assert cookie.startswith("__Host-curtilage_session=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        token = cookie.partition("=")[2].partition(";")[0]
        mine = {"Cookie": f"__Host-curtilage_session={token}"}
        assert (await ask(port, "GET /api/v1/homes", tls, headers=mine))[0] == 200
        tossed = {"Cookie": f"curtilage_session={token}"}
        assert (await ask(port, "GET /api/v1/homes", tls, headers=tossed))[0] == 401, (
            "what plain HTTP can set is no session"
        )
        document = (await ask(port, "GET /api/v1/openapi.json", tls, headers=mine))[2]
        assert f'"servers":[{{"url":"/"}},{{"url":"{origin}"}}]'.encode() in document
        for origin_said in (f"http://{NAME}:{port}", "https://evil.example", f"https://{NAME}"):
            forged = await ask(port, "POST /api/v1/setup", tls, NAME, {**head, "Origin": origin_said}, body)
            assert forged[0] == 403
        for host in ("localhost", f"localhost:{port}", f"evil.example:{port}", NAME, f"127.0.0.1:{port}"):
            status, _, said = await ask(port, "GET /sign-in", tls, headers={"Host": host})
            assert status == 421, host
            assert f"Use https://{NAME}:{port}.".encode() in said
        status, headers, _ = await ask(port, "GET /cameras", tls)
        assert (status, headers["location"]) == (303, "/sign-in")
        assert "strict-transport-security" not in headers, "docs/https.md says why"

    run_outside(tmp_path, main)


@pytest.mark.parametrize("slow", [False, True], ids=["fast", "slow"])
def test_a_revoked_grant_ends_a_delivery_by_https_at_once(tmp_path: Path, slow: bool) -> None:
    async def main(made: Outside) -> None:
        async with Camera() as camera:
            house, port = made.house, made.https_port
            home, session = await house.home("Rose house", "Alma")
            (person,) = made.parts.persons.of_account(session.account)
            porch = await house.camera(home, "Porch", camera.address)
            grant = await make_grant(house, home, porch, person)
            watching = asyncio.open_connection("127.0.0.1", port, ssl=made.trusting(), server_hostname=NAME, limit=1024)
            reader, writer = await watching
            writer.write(
                f"POST /api/v1/streams HTTP/1.1\r\nHost: {NAME}:{port}\r\nOrigin: https://{NAME}:{port}\r\n"
                f"Cookie: __Host-curtilage_session={session.token}\r\nX-CSRF-Token: {session.csrf}\r\n\r\n".encode()
            )
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            (stream,) = made.parts.views._streams.values()
            assert isinstance(made.parts.views.open_view(stream, grant, view_key(), None), tuple)
            reading = asyncio.create_task(_until_reset(reader)) if not slow else None
            await asyncio.sleep(1.0)
            begun = time.monotonic()
            await made.parts.grants.revoke(home, grant.id, None)
            received, last_s = await (reading or _until_reset(reader))
            assert received > 0 or slow  # asyncio throws away what was not read when a reset comes
            assert last_s - begun < 0.2 * SLACK
            assert made.parts.views.count() == 0
            writer.transport.abort()

    run_outside(tmp_path, main)


async def _until_reset(reader: asyncio.StreamReader) -> tuple[int, float]:
    """How many bytes came, and when it was over."""
    received = 0
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            received += len(piece)
    return received, time.monotonic()


def test_loopback_stays_as_it_was(tmp_path: Path) -> None:
    async def main(made: Outside) -> None:
        port = made.ready.port
        status, headers, _ = await ask(port, "GET /sign-in", name="localhost")
        assert status == 200
        assert (await ask(port, "GET /sign-in", name=NAME))[0] == 421
        assert "strict-transport-security" not in headers

    run_outside(tmp_path, main)


def test_whoever_does_not_finish_the_handshake_is_let_go(tmp_path: Path) -> None:
    async def main(made: Outside) -> None:
        for first in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00"):
            reader, writer = await asyncio.open_connection("127.0.0.1", made.https_port)
            writer.write(first)
            async with asyncio.timeout(3):
                left = await _all(reader)
            assert b"HTTP" not in left
            writer.close()
        await made.shake(made.trusting())

    run_outside(tmp_path, main, tls_handshake_s=0.5)


async def _all(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(-1)
    except ConnectionError:
        return b""
