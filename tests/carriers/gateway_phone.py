"""SMS Gateway for Android as its published OpenAPI describes it, on loopback: no phone is here.

The last two digits of a number say what becomes of a text: 01 delivered, 02 failed, 03 sent and nothing more, 04 taken
without an answer, 05 no answer and not taken, 06 refused (400), 07 too much waits (503), 08 a fault after it was taken
(500), 09 pending for ever.
"""

import asyncio
import base64
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

NAME, PASSWORD = "sms", "pass:word é"
_STATES: Mapping[str, tuple[str, ...]] = {
    "01": ("Pending", "Processed", "Sent", "Delivered"),
    "02": ("Processed", "Failed"),
    "03": ("Processed", "Sent"),
    "09": ("Pending",),
}
_DEVICE = "PyDmBQZZXYmyxMwED8Fzy"


@dataclass
class GatewayPhone:
    """What it holds and what it was asked."""

    port: int = 0
    posts: list[Mapping[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    messages: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    inbox: list[Mapping[str, Any]] = field(default_factory=list)
    has_inbox: bool = True
    """Old versions of the app have none."""
    answer_instead: bytes = b""
    """Said to everything, in place of an answer."""

    def receive(self, text: str, sender: str, at_ms: int, kind: str = "SMS", identity: str = "") -> None:
        """A text comes in over the air."""
        created = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
        self.inbox.append(
            {
                "id": identity or f"text:{hash((text, at_ms))}",
                "type": kind,
                "sender": sender,
                "recipient": None,
                "simNumber": 1,
                "contentPreview": text,
                "createdAt": created,
            }
        )

    def reset(self) -> None:
        """The app is set up anew: its ids are gone."""
        self.messages.clear()

    def state(self, identity: str) -> Mapping[str, Any]:
        """Of GET /messages/{id}: a step further each time."""
        message = self.messages[identity]
        steps = _STATES.get(message["phoneNumbers"][0][-2:], ("Sent",))
        look = self.looks[identity] = self.looks.get(identity, -1) + 1
        state = steps[min(look, len(steps) - 1)]
        error = f"Send result: RESULT_ERROR_NO_SERVICE for {message['phoneNumbers'][0]}" if state == "Failed" else None
        recipient = {"phoneNumber": message["phoneNumbers"][0], "state": state, "error": error}
        facts = {"isHashed": False, "isEncrypted": False, "textMessage": message["textMessage"], "states": {}}
        return {"id": identity, "deviceId": _DEVICE, "state": state, "recipients": [recipient], **facts}


@contextlib.asynccontextmanager
async def running_phone(tls: ssl.SSLContext | None = None) -> AsyncIterator[GatewayPhone]:
    """A phone that listens."""
    phone = GatewayPhone()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await _answer(phone, reader, writer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    phone.port = server.sockets[0].getsockname()[1]
    try:
        yield phone
    finally:
        server.close()


async def _answer(phone: GatewayPhone, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    phone.asked.append(f"{method} {target}")
    if phone.answer_instead:
        writer.write(phone.answer_instead)
        return
    wanted = "Basic " + base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
    if headers.get("authorization") != wanted:
        _write(writer, 401, {"message": "no"})
    elif method == "POST" and target.split("?")[0] == "/messages":
        await _post(phone, json.loads(body), reader, writer)
    elif target.startswith("/messages/"):
        identity = target.removeprefix("/messages/")
        found = identity in phone.messages
        _write(writer, 200 if found else 404, phone.state(identity) if found else {})
    elif target.startswith("/inbox") and phone.has_inbox:
        _inbox(phone, parse_qs(urlsplit(target).query), writer)
    else:
        _write(writer, 404, {})


async def _post(
    phone: GatewayPhone, message: Mapping[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    phone.posts.append(message)
    suffix = message["phoneNumbers"][0][-2:]
    refused = {"06": 400, "07": 503}.get(suffix)
    if not message["phoneNumbers"][0].startswith("+") and "skipPhoneValidation=true" not in phone.asked[-1]:
        refused = 400
    if refused is not None:
        _write(writer, refused, {"message": f"no {message['phoneNumbers'][0]}"})
        return
    if message["id"] in phone.messages:
        _write(writer, 409, {"message": "Message with the same ID already exists"})
        return
    if suffix != "05":
        phone.messages[message["id"]] = message
    if suffix in {"04", "05"}:
        await reader.read()  # until the other end has had enough
        return
    _write(writer, 500 if suffix == "08" else 202, {"id": message["id"], "state": "Pending", "recipients": []})


def _inbox(phone: GatewayPhone, query: Mapping[str, list[str]], writer: asyncio.StreamWriter) -> None:
    since = datetime.fromisoformat(query["from"][0])
    found = [item for item in reversed(phone.inbox) if datetime.fromisoformat(item["createdAt"]) >= since]
    offset, limit = int(query["offset"][0]), int(query["limit"][0])
    _write(writer, 200, found[offset : offset + limit])


def _write(writer: asyncio.StreamWriter, status: int, body: object) -> None:
    octets = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {len(octets)}\r\n"
    writer.write(head.encode() + b"Connection: close\r\n\r\n" + octets)
