"""Finding a camera in a real browser: the list, the form, the camera in the home; readable on a phone."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.origin.made_camera import Camera, SignIn
from tests.origin.onvif_device import Answering, OnvifDevice
from tests.web.browser.axe import axe_script, serious_findings
from tests.web.browser.console import Console, browsing, running_console
from tests.web.house import House

pytestmark = pytest.mark.browser


@contextlib.contextmanager
def porch_on_the_network(console: Console) -> Iterator[OnvifDevice]:
    """A camera that answers, run by the server's own loop."""
    stack, devices = contextlib.AsyncExitStack(), list[OnvifDevice]()

    async def begin(_: House) -> None:
        stream = await stack.enter_async_context(Camera(SignIn()))
        devices.append(await stack.enter_async_context(OnvifDevice(stream)))
        await stack.enter_async_context(Answering(devices[0]))

    async def end(_: House) -> None:
        await stack.aclose()

    console.do(begin)
    try:
        yield devices[0]
    finally:
        console.do(end)


def test_a_camera_is_found_and_added_on_a_phone(chromium: Browser, tmp_path: Path) -> None:
    with running_console(tmp_path, find_wait_s=0.5) as console, porch_on_the_network(console) as device:
        home, owner = console.do(lambda house: house.home("Rose house", "Alma"))
        with browsing(chromium, console, owner, viewport={"width": 320, "height": 700}) as (page, troubles):
            page.goto(f"{console.base}/homes/{home}/cameras/add")
            page.get_by_role("link", name="Find my cameras").click()
            page.get_by_role("radio", name="Hearth Porch 2").check()
            assert serious_findings(page, axe_script()) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            page.get_by_label("What do you call it?").fill("Porch")
            page.get_by_label("The camera's own user name").fill("porch")
            page.get_by_label("The camera's own password").fill("right")
            page.get_by_role("button", name="Give consent and add").click()
            page.wait_for_url(f"{console.base}/homes/{home}/cameras")
            assert page.locator("[data-tile]").count() == 1
            assert troubles.none(), troubles
        assert "GetStreamUri" in device.asked
