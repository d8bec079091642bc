"""Searching the local network: a real question by multicast over the loopback interface, and every kind of answer."""

import asyncio
import re
import secrets
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.cameras.onvif.onvif_network import Answers, CameraSearch, find, interfaces
from curtilage.cameras.onvif.onvif_probe import FoundCamera
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.origin.made_camera import Camera
from tests.origin.onvif_device import Answering, OnvifDevice
from tests.turns import counted_turns
from tests.web.house import House, in_house

pytestmark = pytest.mark.slow
CONFIG = replace(Config(), find_wait_s=0.6, find_replies_count_max=20)


async def found(answering: Answering) -> list[FoundCamera]:
    async with answering:
        return await find(CONFIG, SystemClock(), secrets.token_bytes, [socket.if_nametoindex("lo")])


def test_cameras_that_answer_are_listed_once_without_asking_them_anything() -> None:
    async def meet() -> None:
        async with Camera() as stream, OnvifDevice(stream) as porch, OnvifDevice(stream) as yard:
            answering = Answering(porch, yard)
            cameras = await found(answering)
            assert {camera.address for camera in cameras} == {
                f"onvif://127.0.0.1:{item.port}" for item in (porch, yard)
            }
            assert {(camera.called, camera.hardware) for camera in cameras} == {("Hearth Porch 2", "H1")}
            assert len(answering.questions) == 2, "asked twice, because datagrams get lost"
            assert len(set(answering.questions)) == 1
            assert porch.asked == []

    asyncio.run(meet())


def test_the_question_names_nobody() -> None:
    async def meet() -> list[str]:
        answering = Answering()
        assert await found(answering) == []
        return answering.questions

    question = asyncio.run(meet())[0]
    assert re.search(r"uuid:[0-9a-f-]{36}<", question)
    assert socket.gethostname() not in question
    assert "urtilage" not in question


class Floods(Answering):
    """Answers for a thousand cameras that are not there."""

    def answers(self, device: OnvifDevice, message: str) -> list[bytes]:
        """See Answering."""
        whole = self.match(device, message)
        return [whole.replace(b"/onvif/device_service", f"/{number}".encode()) for number in range(200)]


class Huge(Answering):
    """One answer is as long as a datagram can be."""

    def answers(self, device: OnvifDevice, message: str) -> list[bytes]:
        """See Answering."""
        return [self.match(device, message).replace(b"</d:Types>", b" " * 40_000 + b"</d:Types>")]


class Unasked(Answering):
    """Answers another question."""

    def answers(self, device: OnvifDevice, message: str) -> list[bytes]:  # noqa: ARG002 - that is the point
        """See Answering."""
        return [self.match(device, "urn:uuid:00000000-0000-0000-0000-000000000000")]


class Nonsense(Answering):
    """Answers with what is no answer."""

    def answers(self, device: OnvifDevice, message: str) -> list[bytes]:
        """See Answering."""
        bomb = f'<!DOCTYPE x [<!ENTITY a "{message}">]><x>&a;</x>'.encode()
        return [b"", b"\xff" * 100, b"<x/>", bomb, self.match(device, message)[:-9]]


@pytest.mark.parametrize(("kind", "count"), [(Floods, 4), (Huge, 0), (Unasked, 0), (Nonsense, 0)])
def test_bad_answers_are_bounded_or_ignored(kind: type[Answering], count: int) -> None:
    async def meet() -> None:
        async with Camera() as stream, OnvifDevice(stream) as porch:
            began = time.monotonic()
            assert len(await found(kind(porch))) == count
            assert time.monotonic() - began < 2

    asyncio.run(meet())


def answers_of(config: Config) -> Answers:
    return Answers(MESSAGE, config, SystemClock())


MESSAGE = "7b9e4c1e-0000-4000-8000-000000000001"
ELEMENTS = f"<x>{MESSAGE}".encode() + b"<a/>" * 4_000


def test_few_answers_of_one_address_are_taken_and_not_many_in_all() -> None:
    async def meet() -> None:
        answers = answers_of(replace(CONFIG, find_replies_count_max=10))
        for _ in range(50):
            answers.take(ELEMENTS, "192.0.2.1")
        assert answers.taken_count == 4
        answers.take(ELEMENTS.replace(b"7b9e", b"0000"), "192.0.2.2")
        answers.take(ELEMENTS + bytes(CONFIG.find_reply_bytes_max), "192.0.2.2")
        assert answers.taken_count == 4, "no answer to us, and one that is too long"
        for number in range(200):
            answers.take(ELEMENTS, f"198.51.100.{number}")
        assert answers.taken_count == 20
        many = answers_of(replace(CONFIG, find_replies_count_max=4_000))
        for number in range(2_000):
            many.take(ELEMENTS, f"198.51.{number // 250}.{number % 250}")
        assert many.taken_count == 128, "more do not wait to be read"

    asyncio.run(meet())


@pytest.mark.alone
def test_while_a_flood_of_answers_is_read_others_have_their_turn() -> None:
    async def meet() -> None:
        answers = answers_of(replace(CONFIG, find_replies_count_max=100))
        async with counted_turns() as turns:
            reading = asyncio.create_task(answers.read())
            for number in range(100):
                answers.take(ELEMENTS, f"198.51.100.{number}")
            await asyncio.sleep(0.5)
            reading.cancel()
        assert answers.taken_count == 100
        assert turns.longest_s < 0.05
        assert answers.found() == []

    asyncio.run(meet())


def test_an_interface_that_cannot_send_finds_nothing() -> None:
    assert socket.if_nametoindex("lo") in interfaces()
    assert asyncio.run(find(replace(CONFIG, find_wait_s=0.1), SystemClock(), secrets.token_bytes, [999_999])) == []


def test_two_who_search_at_once_share_one_search() -> None:
    async def meet() -> None:
        async with Camera() as stream, OnvifDevice(stream) as porch, Answering(porch) as answering:
            search = CameraSearch(CONFIG, SystemClock(), secrets.token_bytes)
            first, second = await asyncio.gather(search.find(), search.find())
            assert first == second
            assert len({re.findall("uuid:([0-9a-f-]{36})", question)[0] for question in answering.questions}) == 1
            assert [camera.host for camera in await search.find()] == ["127.0.0.1"]
            search.close()

    asyncio.run(meet())


def test_an_owner_finds_what_is_there_and_sees_what_was_added(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        async with Camera() as stream, OnvifDevice(stream) as porch, Answering(porch):
            path = f"/api/v1/homes/{home}/cameras/find"
            answer = await house.browser(owner).ask("POST", path)
            address = f"onvif://127.0.0.1:{porch.port}"
            (item,) = answer.json()
            assert item == {"address": address, "called": "Hearth Porch 2", "hardware": "H1", "added": False}
            await house.camera(home, "Porch", address)
            (item,) = (await house.browser(owner).ask("POST", path)).json()
            assert item["added"]

    in_house(tmp_path, main, find_wait_s=0.6)
