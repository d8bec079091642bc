"""Finding cameras from the console: what answers is listed as text, and one of them is added with its password."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from curtilage.cameras.onvif.onvif_address import DEVICE_SERVICE, OnvifAddress
from curtilage.web.pages.pages_find import signed
from tests.origin.made_camera import Camera, SignIn
from tests.origin.onvif_device import Answering, OnvifDevice
from tests.web.house import House, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow


class Scripted(Answering):
    """Calls itself something that a page must not run."""

    def match(self, device: OnvifDevice, message: str) -> bytes:
        """See Answering."""
        return super().match(device, message).replace(b"Hearth%20Porch%202", b"%3Cscript%3Ealert(1)%3C%2Fscript%3E")


def test_a_found_camera_is_added_with_its_password(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        page = f"/homes/{home}/cameras"
        async with Camera(SignIn(password="a:b@c/d")) as stream, OnvifDevice(stream) as porch, Scripted(porch):
            shown = await house.browser(owner).ask("GET", f"{page}/find")
            assert b"<script>alert" not in shown.body
            read = PageReader.of(shown.body)
            assert "<script>alert(1)<" in read.words
            (address,) = read.form(f"{page}/found").fields["camera"]
            assert address == f"onvif://127.0.0.1:{porch.port}"
            form = {"camera": address, "name": "Porch", "who": "porch", "password": "a:b@c/d"}
            added = await house.browser(owner).ask("POST", f"{page}/found", form=urlencode(form))
            assert (added.status, added.header("location")) == (303, page)
            (status,) = house.parts.cameras.of_home(home)
            stored = OnvifAddress.parse(house.parts.devices.address_of(home, status.device.id))
            assert stored == OnvifAddress("127.0.0.1", porch.port, DEVICE_SERVICE, "porch", "a:b@c/d")
            again = await house.browser(owner).ask("POST", f"{page}/found", form=urlencode(form))
            assert again.status == 400
            assert b"a:b@c/d" not in again.body
            assert "added already" in PageReader.of(again.body).words

    in_house(tmp_path, main, find_wait_s=0.5)


def test_when_nobody_answers_the_page_says_what_to_do(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        shown = await house.browser(owner).ask("GET", f"/homes/{home}/cameras/find")
        read = PageReader.of(shown.body)
        assert "No camera answered." in read.words
        assert f"/homes/{home}/cameras/add" in read.links

    in_house(tmp_path, main, find_wait_s=0.2)


@pytest.mark.parametrize(
    ("address", "who", "password", "whole"),
    [
        ("onvif://h:8080/x", "a b", "p@/:", "onvif://a%20b:p%40%2F%3A@h:8080/x"),
        ("onvif://h", "", "p", "onvif://h"),
        ("rtsp://h", "a", "p", "rtsp://h"),
        ("", "a", "p", ""),
    ],
)
def test_what_signs_in_is_put_into_the_address(address: str, who: str, password: str, whole: str) -> None:
    assert signed(address, who, password) == whole
