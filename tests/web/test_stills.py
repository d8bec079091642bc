"""Stills and Motion JPEG of a running server: the camera's own picture, with its age, only under a live grant."""

import contextlib
import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from curtilage.cameras.simulated.simulated import SimulatedAddress
from curtilage.web.asked import SESSION_COOKIE
from curtilage.wire.mark import Mark
from tests.cameras.keyframes import brightness, mark_in
from tests.household import Household, SignedIn, running_household

pytestmark = pytest.mark.slow
KEY = bytes(range(32))
SETTLE_S = 20.0


class Place:
    """Two homes with a camera each, and a member of the first."""

    def __init__(self, household: Household) -> None:
        self.household = household
        self.alma = household.home("Rose house", "Alma")
        self.bo = household.home("Birch flat", "Bo")
        self.ada = household.member(self.alma.home, "Ada")
        self.porch = self._camera(self.alma, "porch", 1)
        self.gate = self._camera(self.bo, "gate", 2)
        self.grant()

    def _camera(self, owner: SignedIn, name: str, number: int) -> str:
        address = SimulatedAddress(name, home=number, camera=number, mark_key=KEY).encode()
        made = owner.ask("POST", f"/homes/{owner.home}/cameras", {"name": name, "address": address})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def grant(self) -> None:
        """Ada may see the porch."""
        value = {"camera": self.porch, "person": self.ada.person}
        assert self.alma.ask("POST", f"/homes/{self.alma.home}/grants", value).status_code == 201

    def live(self) -> None:
        """Wait for both pictures."""
        for owner, camera in ((self.alma, self.porch), (self.bo, self.gate)):
            end = time.monotonic() + SETTLE_S
            while owner.ask("GET", f"/homes/{owner.home}/cameras/{camera}").json()["state"] != "live":
                assert time.monotonic() < end
                time.sleep(0.1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One server for all."""
    with running_household(tmp_path_factory.mktemp("stills"), stills_per_minute_max=600) as household:
        made = Place(household)
        made.live()
        yield made


def still(person: SignedIn, handle: str) -> httpx.Response:
    return person.ask("GET", f"/stills/{handle}")


def own_mark(jpeg: bytes) -> Mark:
    mark = mark_in(jpeg, KEY)
    assert mark is not None
    return mark


def test_a_still_is_the_cameras_own_newest_keyframe_with_its_age(place: Place) -> None:
    for person, camera, number in (
        (place.alma, place.porch, 1),
        (place.ada, place.porch, 1),
        (place.bo, place.gate, 2),
    ):
        reply = still(person, person.handle(camera))
        assert reply.status_code == 200, reply.text
        assert reply.headers["content-type"] == "image/jpeg"
        assert reply.headers["cache-control"] == "no-store"
        assert 0 <= int(reply.headers["curtilage-picture-age-ms"]) < 3_000
        assert reply.headers["last-modified"].endswith("GMT")
        assert Image.open(io.BytesIO(reply.content)).size == (1280, 720)
        mark = own_mark(reply.content)
        assert (mark.home, mark.camera) == (number, number)


def test_whoever_may_not_gets_the_one_answer(place: Place) -> None:
    handle = place.alma.handle(place.porch)
    answers = {
        "a stranger": still(place.bo, handle),
        "a member with another's handle": still(place.ada, handle),
        "no such handle": still(place.bo, "x" * len(handle)),
        "a camera's id": still(place.alma, place.porch),
    }
    answers |= {
        f"{what}, moving": person.ask("GET", f"/stills/{name}/moving")
        for what, person, name in (("a stranger", place.bo, handle), ("none", place.bo, "x" * len(handle)))
    }
    assert place.ada.ask("HEAD", f"/stills/{place.ada.handle(place.porch)}/moving").status_code == 405
    for what, answer in answers.items():
        assert answer.status_code == 404, what
        assert answer.content == answers["no such handle"].content, what
        assert answer.headers["cache-control"] == "no-store"
    with httpx.Client(base_url=f"http://localhost:{place.alma.port}") as client:
        replies = [client.get(f"/api/v1/stills/{name}") for name in (handle, "x" * len(handle))]
    assert {(reply.status_code, reply.content) for reply in replies} == {(401, replies[0].content)}


def test_a_grant_that_ends_while_its_still_is_decoded_gives_no_picture(place: Place) -> None:
    handle, answers = place.ada.handle(place.porch), list[httpx.Response]()
    asking = threading.Thread(target=lambda: answers.append(still(place.ada, handle)))
    asking.start()
    decoder = _held(place.household.process.pid, b"still_decoder")
    try:
        grant = place.ada.grant_id(place.porch)
        assert place.alma.ask("DELETE", f"/homes/{place.alma.home}/grants/{grant}").status_code in (200, 204)
    finally:
        os.kill(decoder, signal.SIGCONT)
    asking.join(SETTLE_S)
    assert [answer.status_code for answer in answers] == [404]
    place.grant()


def test_pictures_move_and_end_within_a_fifth_of_a_second_of_the_revocation(place: Place) -> None:
    viewer = _Viewer(place.ada, place.ada.handle(place.porch))
    viewer.wait_for(2)
    began = time.monotonic()
    grant = place.ada.grant_id(place.porch)
    assert place.alma.ask("DELETE", f"/homes/{place.alma.home}/grants/{grant}").status_code in (200, 204)
    viewer.thread.join(SETTLE_S)
    assert not viewer.thread.is_alive()
    assert viewer.last_byte_at - began < 0.2
    marks = [own_mark(jpeg) for jpeg in viewer.pictures]
    assert {(mark.home, mark.camera) for mark in marks} == {(1, 1)}
    assert [mark.frame for mark in marks] == sorted({mark.frame for mark in marks})
    place.grant()


def test_too_many_at_once_are_refused_and_let_in_again(place: Place) -> None:
    handle = place.alma.handle(place.porch)
    viewers = [_Viewer(place.alma, handle) for _ in range(4)]
    for viewer in viewers:
        viewer.wait_for(1)
    assert still(place.alma, handle).status_code == 429
    assert still(place.bo, place.bo.handle(place.gate)).status_code == 200, "another home has its own share"
    for viewer in viewers:
        viewer.ended.set()
    end = time.monotonic() + SETTLE_S
    while still(place.alma, handle).status_code != 200:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_picture_that_got_old_says_so_and_then_gives_way_to_the_card(tmp_path: Path) -> None:
    # The camera's encoder is stopped: nothing new comes, as when its network is gone.
    settings: dict[str, Any] = {"view_stale_ms": 3_000, "view_neutral_ms": 7_000, "mjpeg_redraw_s": 0.5, "freeze_s": 60}
    with running_household(tmp_path, **settings) as household:
        place = Place(household)
        place.live()
        viewer = _Viewer(place.alma, place.alma.handle(place.porch))
        viewer.wait_for(1)
        _hold_encoders(household.process.pid)
        end = time.monotonic() + SETTLE_S
        while mark_in(viewer.pictures[-1], KEY) is not None:
            assert time.monotonic() < end
            time.sleep(0.1)
        worded = [jpeg for jpeg in viewer.pictures if _has_words(jpeg)]
        assert any(mark_in(jpeg, KEY) is not None for jpeg in worded), "an old picture with its age"
        viewer.close()


def _held(parent: int, module: bytes) -> int:
    """The first process of the server that runs ``module``, stopped before it can answer."""
    end = time.monotonic() + SETTLE_S
    while time.monotonic() < end:
        for task in Path(f"/proc/{parent}/task").iterdir():
            for child in (task / "children").read_text().split():
                with contextlib.suppress(OSError):
                    if module in Path(f"/proc/{child}/cmdline").read_bytes():
                        os.kill(int(child), signal.SIGSTOP)
                        return int(child)
        time.sleep(0.001)
    raise AssertionError("no such process came")


def _hold_encoders(parent: int) -> None:
    """The server's simulated cameras fall silent without ending; they end with the server, which kills them."""
    held = 0
    for task in Path(f"/proc/{parent}/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"simulated_encoder" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGSTOP)
                held += 1
    assert held == 2


def _has_words(jpeg: bytes) -> bool:
    """The strip that words stand on, below them."""
    _, brightest = brightness(jpeg, 59 / 60, 1)
    return brightest < 40


class _Viewer:
    """Somebody who looks at Motion JPEG."""

    def __init__(self, person: SignedIn, handle: str) -> None:
        self.pictures: list[bytes] = []
        self.last_byte_at = 0.0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, args=(person, handle), daemon=True)
        self.thread.start()

    def wait_for(self, count: int) -> None:
        """Until so many pictures came."""
        end = time.monotonic() + SETTLE_S
        while len(self.pictures) < count:
            assert time.monotonic() < end, len(self.pictures)
            time.sleep(0.02)

    def close(self) -> None:
        """Look no longer."""
        self.ended.set()
        self.thread.join(SETTLE_S)

    def _watch(self, person: SignedIn, handle: str) -> None:
        address = f"http://localhost:{person.port}/api/v1/stills/{handle}/moving"
        headers = {"Cookie": f"{SESSION_COOKIE}={person.cookie}", "Sec-Fetch-Site": "same-origin"}
        held = b""
        try:
            with httpx.stream("GET", address, headers=headers, timeout=SETTLE_S) as reply:
                assert reply.status_code == 200
                assert reply.headers["content-type"] == "multipart/x-mixed-replace; boundary=picture"
                for octets in reply.iter_raw():
                    self.last_byte_at = time.monotonic()
                    *parts, held = (held + octets).split(b"--picture\r\n")
                    self.pictures += [part.split(b"\r\n\r\n", 1)[1][:-2] for part in parts if part]
                    if self.ended.is_set():
                        return
        except httpx.HTTPError:
            return
