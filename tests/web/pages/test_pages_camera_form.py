"""Adding a camera: its address goes in and never comes out."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.web.house import NOBODY_LISTENS, House, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow

REFUSED = (
    ("Porch", "gopher://me:top-secret@192.0.2.10/"),
    ("", "rtsp://me:top-secret@192.0.2.10/live"),
    ("Porch", "top-secret"),
)


def test_a_camera_that_cannot_be_added_says_why_and_keeps_the_name(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        for name, address in REFUSED:
            form = urlencode({"name": name, "address": address})
            answer = await house.browser(owner).ask("POST", f"/homes/{home}/cameras/add", form=form)
            read = PageReader.of(answer.body)
            assert answer.status == 400, address
            assert read.form(f"/homes/{home}/cameras/add").fields["name"] == [name]
            assert b"top-secret" not in answer.body
            assert house.parts.cameras.of_home(home) == []

    in_house(tmp_path, main)


def test_a_sub_stream_named_in_the_form_is_kept_and_not_shown(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        for name, sub, status in (("Porch", "rtsp://me:top-secret@127.0.0.1:9/2", 303), ("Hall", "gopher://h/", 400)):
            form = urlencode({"name": name, "address": NOBODY_LISTENS, "sub_address": sub})
            answer = await house.browser(owner).ask("POST", f"/homes/{home}/cameras/add", form=form)
            assert answer.status == status
            assert b"top-secret" not in answer.body
        (porch,) = house.parts.devices.of_home(home)
        assert house.parts.devices.sub_address_of(home, porch.id) == "rtsp://me:top-secret@127.0.0.1:9/2"

    in_house(tmp_path, main)


def test_a_members_form_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose", "Alma")
        _, member = await house.member(home, "Ada")
        form = urlencode({"name": "Porch", "address": "sim:porch"})
        answer = await house.browser(member).ask("POST", f"/homes/{home}/cameras/add", form=form)
        assert answer.status == 403
        assert "Only an owner of this home may do that." in PageReader.of(answer.body).words

    in_house(tmp_path, main)
