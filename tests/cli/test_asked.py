"""A command as typed: which home it means, and how it says things."""

import argparse
import asyncio
from datetime import UTC, datetime
from json import dumps as json_text
from typing import Any

import httpx
import pytest

from curtilage.cli.asked import Asked
from curtilage.cli.choose import Unclear
from curtilage.cli.client import Client

HOMES = [{"id": "a" * 26, "name": "Rose house"}, {"id": "b" * 26, "name": "Birch flat"}]


def asked_in(homes: list[dict[str, str]], home: str | None, *, json: bool = False) -> Asked:
    """Against a server that knows these homes."""

    async def server(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json_text(homes).encode()})

    transport = httpx.ASGITransport(app=server)
    typed = argparse.Namespace(home=home, json=json)
    return Asked(Client(httpx.AsyncClient(transport=transport)), typed, datetime(2026, 11, 21, 12, tzinfo=UTC), 1.0)


def test_the_home_meant_is_the_one_named_or_the_only_one() -> None:
    assert asyncio.run(asked_in(HOMES, "birch FLAT").inside()) == f"/homes/{'b' * 26}"
    assert asyncio.run(asked_in(HOMES[:1], None).inside()) == f"/homes/{'a' * 26}"
    with pytest.raises(Unclear):
        asyncio.run(asked_in(HOMES, None).home())


def test_json_is_said_when_asked_for_and_words_otherwise() -> None:
    assert asked_in(HOMES, None).said({"a": 1}, "words") == "words"
    assert asked_in(HOMES, None, json=True).said({"a": 1}, "words") == '{\n  "a": 1\n}'


def test_ends_are_said_in_the_machines_zone() -> None:
    asked = asked_in(HOMES, None)
    assert asked.until(None) == "until revoked"
    assert asked.until(1_795_262_400_000) == "until 2026-11-21 12:00"
