"""One interface, two ways: the server's socket, or the application in this process."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from curtilage.cli.choose import NoSuch
from curtilage.cli.client import open_client, server_answers
from curtilage.cli.exit_code import Answered, Unreachable
from curtilage.config import Config
from curtilage.web.control_socket import listen_control
from tests.web.house import House, in_house
from tests.web.served import config_in, served

pytestmark = pytest.mark.slow


def _config(folder: Path) -> Config:
    return replace(config_in(folder), root_key_file=folder / "keys" / "root.key")


def test_without_a_server_the_application_runs_in_this_process(tmp_path: Path) -> None:
    async def main() -> None:
        config = _config(tmp_path)
        assert not await server_answers(config)
        async with open_client(config) as client:
            made = await client.post("/homes", {"name": "Rose house"})
        async with open_client(config) as client:
            assert [home["id"] for home in await client.get("/homes")] == [made["id"]]

    asyncio.run(main())


def test_a_folder_without_data_is_not_begun_by_a_question(tmp_path: Path) -> None:
    async def ask(*, may_begin: bool) -> object:
        async with open_client(_config(tmp_path), may_begin=may_begin) as client:
            return await client.get("/homes")

    with pytest.raises(NoSuch, match="There is no data in"):
        asyncio.run(ask(may_begin=False))
    assert not (tmp_path / "data" / "curtilage.sqlite").exists()
    assert not (tmp_path / "keys").exists()
    assert asyncio.run(ask(may_begin=True)) == []
    assert asyncio.run(ask(may_begin=False)) == []


def test_with_a_server_it_is_asked(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        async with served(house.parts.config, house.app.loopback, house.app.control):
            assert await server_answers(house.parts.config)
            async with open_client(house.parts.config) as client:
                await client.post("/homes", {"name": "Rose house"})
        assert [home.name for home in house.parts.homes.all()] == ["Rose house"]

    in_house(tmp_path, main)


def test_a_problem_comes_with_its_words_and_its_fields(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_client(_config(tmp_path)) as client:
            with pytest.raises(Answered) as refused:
                await client.get("/homes/none/cameras")
            assert refused.value.status == 404
            with pytest.raises(Answered) as wrong:
                await client.post("/homes", {"nam": "x"})
            assert wrong.value.status == 422
            assert "(name, body)" in wrong.value.do

    asyncio.run(main())


def test_the_socket_of_a_dead_server_is_no_server(tmp_path: Path) -> None:
    config = _config(tmp_path)
    listen_control(config).close()
    assert not asyncio.run(server_answers(config))


def test_a_server_that_goes_away_leaves_the_outcome_open(tmp_path: Path) -> None:
    async def cut(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] != "/api/v1/sessions/current":
            scope["curtilage.connection"].abort()
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def main() -> None:
        config = _config(tmp_path)
        async with served(config, cut), open_client(config) as client:
            with pytest.raises(Unreachable) as gone:
                await client.post("/homes", {"name": "x"})
            assert not gone.value.definite

    asyncio.run(main())


def test_an_answer_that_is_no_problem_is_still_an_error(tmp_path: Path) -> None:
    async def odd(scope: Scope, _receive: Receive, send: Send) -> None:
        status = 200 if scope["path"] == "/api/v1/sessions/current" else 502
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"[]"})

    async def main() -> None:
        config = _config(tmp_path)
        async with served(config, odd), open_client(config) as client:
            with pytest.raises(Answered, match="answered 502"):
                await client.get("/homes")

    asyncio.run(main())
