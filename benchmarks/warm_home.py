"""What most figures are taken of: a real server in its own process, and a home whose camera (GStreamer's) is connected
and its cache warm.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext
from tests.chromium import signed_in_context
from tests.household import Household, SignedIn, running_household
from tests.origin.clip import BENCHMARK, clip_file
from tests.origin.running import Origin, running_origin

CLIPS = Path(tempfile.gettempdir()) / "curtilage-clips"
"""Kept between runs: making the clip takes a quarter of a minute."""


@dataclass(frozen=True, slots=True)
class WarmHome:
    """``camera``: its id, of the origin's first mount. ``folder`` goes with the home."""

    folder: Path
    origin: Origin
    household: Household
    owner: SignedIn
    camera: str

    def browser(self, browser: Browser) -> BrowserContext:
        """A profile in which the owner is signed in."""
        return signed_in_context(browser, self.household.port, self.owner.cookie)


@contextmanager
def warm_home(**settings: float) -> Iterator[WarmHome]:
    """Running with these settings."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running_origin(folder, clip_file(CLIPS, BENCHMARK)) as origin,
            running_household(folder, **settings) as household,
        ):
            owner = household.home("Rose house", "Alma")
            yield WarmHome(folder, origin, household, owner, _warm_camera(owner, origin))


def _warm_camera(owner: SignedIn, origin: Origin) -> str:
    address = f"rtsp://127.0.0.1:{origin.port}/0"
    made = owner.ask("POST", f"/homes/{owner.home}/cameras", {"name": "porch", "address": address})
    assert made.status_code == 201, made.text
    camera = str(made.json()["id"])
    for _ in range(100):
        if owner.ask("GET", f"/homes/{owner.home}/cameras/{camera}").json()["state"] == "live":
            time.sleep(4)  # a few groups of pictures
            return camera
        time.sleep(0.1)
    raise AssertionError("the camera did not come alive")
