"""The operator's door: who may open it, and that it leaves nothing behind."""

import asyncio
import os
import socket
import stat
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from curtilage.web.control_socket import ControlSocketError, control_socket_path, listen_control, remove_control
from tests.web.house import House, in_house
from tests.web.served import config_in, run, served


async def _ok(scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def test_only_its_user_may_open_it(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    config.data_folder.chmod(0o755)
    control = listen_control(config)
    path = control_socket_path(config)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.data_folder.stat().st_mode) == 0o700
    control.close()
    remove_control(config)
    assert not path.exists()
    remove_control(config)


def test_a_dead_servers_socket_gives_way(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    listen_control(config).close()
    assert control_socket_path(config).exists()
    control = listen_control(config)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(control_socket_path(config)))
    control.close()


def test_a_path_that_is_too_long_is_said_to_be(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    deep.mkdir()
    with pytest.raises(ControlSocketError, match="too long"):
        listen_control(config_in(deep))


def test_a_folder_that_cannot_be_used_is_an_error_with_words(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    control_socket_path(config).mkdir()
    with pytest.raises(ControlSocketError, match="cannot be made"):
        listen_control(config)


def test_the_api_answers_through_it_as_to_the_operator(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        await house.home("Rose house", "Alma")
        async with served(house.parts.config, house.app.loopback, house.app.control):
            transport = httpx.AsyncHTTPTransport(uds=str(control_socket_path(house.parts.config)))
            async with httpx.AsyncClient(transport=transport) as client:
                answer = await client.get("http://curtilage/api/v1/homes")
                assert [home["name"] for home in answer.json()] == ["Rose house"]
                made = await client.post("http://curtilage/api/v1/homes", json={"name": "Birch flat"})
                assert made.status_code == 201

    in_house(tmp_path, main)


@pytest.mark.parametrize("user", [65534])
def test_another_user_is_turned_away_even_if_the_file_lets_them(tmp_path: Path, user: int) -> None:
    """Only root can play another user; anybody else cannot try this, and need not: the mode already keeps them out."""

    async def main() -> None:
        config = config_in(tmp_path)
        async with served(config, _ok):
            await asyncio.sleep(0.1)
            path = control_socket_path(config)
            mine = await asyncio.to_thread(_ask_as, None, path)
            assert mine.startswith(b"HTTP/1.1 200")
            if os.geteuid() == 0:
                _open_to_all(path)
                assert await asyncio.to_thread(_ask_as, user, path) == b""

    run(main)


def _open_to_all(path: Path) -> None:
    path.chmod(0o777)
    for folder in [*path.parents][:-2]:
        if folder.stat().st_uid == os.geteuid() and folder != Path("/tmp"):  # noqa: S108 -- not made here, so not to be changed
            folder.chmod(0o755)


def _ask_as(user: int | None, path: Path) -> bytes:
    """Ask in a child process of that user."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            if user is not None:
                os.setuid(user)
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(str(path))
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                os.write(writing, client.recv(4096))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        octets = answer.read()
    os.waitpid(child, 0)
    return octets
