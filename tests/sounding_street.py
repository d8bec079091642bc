"""Two homes on one server, with real cameras that can be heard: one for each codec, each with a tone of its own.

For the tests that listen in a browser.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Browser

from tests.chromium import chromium
from tests.household import Household, SignedIn, running_household
from tests.origin.clip import OTHER_SIZE, SMALL, clip_file
from tests.origin.running import Origin, running_origin

TONES = {"aac": 700.0, "pcma": 1000.0, "pcmu": 1300.0, "opus": 1700.0}
"""Codec -> frequency, Hz."""
BY_FFMPEG, TONE_BY_FFMPEG = "ffmpeg", 2100.0
"""The name of a camera that FFmpeg reads, and what stands before it, in AAC."""
OTHER_TONE = 2600.0
"""What stands in the other home's hall, in PCMA."""


@dataclass
class SoundingStreet:
    """``cameras``: codec -> Alma's camera that sends it. ``hall``: Bo's, in the other home. Every sound is off."""

    household: Household
    origin: Origin
    browser: Browser
    alma: SignedIn
    bo: SignedIn
    cameras: dict[str, str]
    hall: str

    def owner(self, camera: str) -> SignedIn:
        """Whose camera it is."""
        return self.bo if camera == self.hall else self.alma


_Street = TypeVar("_Street", bound=SoundingStreet)


@contextmanager
def sounding_street(folder: Path, kind: type[_Street], *, by_ffmpeg: bool = False) -> Iterator[_Street]:
    """A street of this kind, running; its files below ``folder``. ``by_ffmpeg``: with one camera more."""
    rose, birch = clip_file(folder, SMALL), clip_file(folder, OTHER_SIZE)
    mounts = [word for name in TONES for word in ("--mount", f"{name}={rose}")]
    sounds = [word for name, tone in TONES.items() for word in ("--sound", f"{name}={name}:{tone:.0f}")]
    other = ["--mount", f"hall={birch}", "--sound", f"hall=pcma:{OTHER_TONE:.0f}"]
    # A mount of its own: GStreamer answers 503 to a second client of one whose sound the first did not set up.
    third = ["--mount", f"{BY_FFMPEG}={rose}", "--sound", f"{BY_FFMPEG}=aac:{TONE_BY_FFMPEG:.0f}"]
    with (
        running_origin(folder, rose, *mounts, *sounds, *other, *third) as origin,
        running_household(folder, reconnect_first_s=0.05) as household,
        chromium() as browser,
    ):
        alma, bo = household.home("Rose house", "Alma"), household.home("Birch flat", "Bo")
        cameras = {name: _camera(alma, name, origin, name) for name in TONES}
        if by_ffmpeg:
            cameras[BY_FFMPEG] = _camera(alma, BY_FFMPEG, origin, BY_FFMPEG, by="ffmpeg:")
        yield kind(household, origin, browser, alma, bo, cameras, _camera(bo, "Hall", origin, "hall"))


def _camera(owner: SignedIn, name: str, origin: Origin, mount: str, by: str = "") -> str:
    address = f"{by}rtsp://127.0.0.1:{origin.port}/{mount}"
    made = owner.ask("POST", f"/homes/{owner.home}/cameras", {"name": name, "address": address})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])
