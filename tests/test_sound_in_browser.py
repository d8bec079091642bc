"""Sound, end to end: a tone in GStreamer's camera, the frequency in what a real browser plays.

Off until somebody says so: what the camera was asked for is what GStreamer's server saw.
"""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.chromium import signed_in_context
from tests.household import SignedIn
from tests.sounding_street import BY_FFMPEG, OTHER_TONE, TONE_BY_FFMPEG, TONES, SoundingStreet, sounding_street

pytestmark = [pytest.mark.browser, pytest.mark.origin, pytest.mark.slow]
_LISTEN = """async ([id, wait]) => {
  const element = document.querySelector(`#camera-${id} audio`);
  if (element === null) return null;
  window.heard ??= new WeakMap();
  if (!window.heard.has(element)) {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 });
    context.createMediaElementSource(element).connect(analyser);
    window.heard.set(element, analyser);
  }
  const analyser = window.heard.get(element);
  await new Promise((done) => setTimeout(done, wait));
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const hertz = analyser.context.sampleRate / analyser.fftSize;
  const top = levels.indexOf(Math.max(...levels));
  const at = (tone) => Math.max(...levels.subarray(Math.round(tone / hertz) - 3, Math.round(tone / hertz) + 4));
  const ranges = element.buffered;
  return { tone: top * hertz, level: levels[top], strange: at(STRANGE),
           behind: ranges.length ? ranges.end(ranges.length - 1) - element.currentTime : null };
}""".replace("STRANGE", str(OTHER_TONE))


class Street(SoundingStreet):
    """And its pages."""

    def page(self, person: SignedIn, camera: str = "") -> Page:
        """The person's browser, at one camera."""
        page = signed_in_context(self.browser, self.household.port, person.cookie).new_page()
        page.goto(f"http://localhost:{self.household.port}/cameras#camera-{camera}")
        return page

    def switch(self, person: SignedIn, camera: str, *, on: bool) -> None:
        reply = person.ask("PUT", f"/homes/{person.home}/cameras/{camera}/sound", {"on": on})
        assert reply.status_code == 204, reply.text

    def sound(self, person: SignedIn, camera: str) -> str:
        return str(person.ask("GET", f"/homes/{person.home}/cameras/{camera}").json()["sound"])

    def until_on(self, person: SignedIn, camera: str) -> None:
        self.switch(person, camera, on=True)
        until = time.monotonic() + 10
        while self.sound(person, camera) != "on":
            assert time.monotonic() < until, "no sound came"
            time.sleep(0.05)

    def asked(self, mount: str) -> list[str]:
        """The tracks of a mount that were set up, in order."""
        return [path for line in self.origin.said() if (path := _set_up(line, mount))]


def _set_up(line: str, mount: str) -> str:
    found = re.search(rf"asked SETUP rtsp://[^/]*/{mount}/(\S+)", line)
    return found[1] if found else ""


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Made once for this file."""
    with sounding_street(tmp_path_factory.mktemp("street"), Street, by_ffmpeg=True) as made:
        yield made


def _hears(page: Page, camera: str, tone: float) -> dict[str, float]:
    """That tone and no other is the loudest, within some seconds: on a busy machine sound may wait in the beginning."""
    heard: dict[str, float] = {}
    for _ in range(5):
        heard = page.evaluate(_LISTEN, [camera, 3_000])
        if abs(heard["tone"] - tone) < 15 and heard["level"] > -40:
            return heard
    pytest.fail(f"not the tone: {heard}")


@pytest.mark.alone
def test_off_until_somebody_says_so_and_then_the_camera_is_asked(street: Street) -> None:
    camera = street.cameras["pcma"]
    page = street.page(street.alma, camera)
    page.wait_for_selector(f"#camera-{camera}[data-state=live]", timeout=15_000)
    button = page.locator(f"#camera-{camera} [data-part=sound]")
    assert button.is_disabled()
    assert "microphone is off" in button.inner_text()
    assert street.asked("pcma") == ["stream=0"]
    street.until_on(street.alma, camera)
    assert street.asked("pcma") == ["stream=0", "stream=0", "stream=1"]
    page.wait_for_selector(f"#camera-{camera} [data-part=sound]:enabled")
    assert page.locator("audio").count() == 0
    page.context.close()


@pytest.mark.alone
@pytest.mark.parametrize("codec", [*TONES, BY_FFMPEG])
def test_what_the_page_plays_is_the_cameras_tone_and_the_picture_stays_at_the_live_edge(
    street: Street, codec: str
) -> None:
    camera = street.cameras[codec]
    street.until_on(street.bo, street.hall)
    page = listening(street, street.alma, camera)
    heard = _hears(page, camera, TONES.get(codec, TONE_BY_FFMPEG))
    assert heard["strange"] < heard["level"] - 40, heard
    assert heard["behind"] < 0.7, heard
    ages = [_age(page, camera) for _ in range(20)]
    assert sorted(ages)[10] < 400, ages
    assert page.locator(f"#camera-{camera} [data-part=sound]").get_attribute("aria-pressed") == "true"
    page.locator(f"#camera-{camera} [data-part=sound]").click()
    assert page.locator("audio").count() == 0
    page.context.close()


@pytest.mark.alone
def test_on_the_sealed_stream_too_the_picture_stays_at_the_live_edge(street: Street) -> None:
    camera = street.cameras["aac"]
    page = listening(street, street.alma, camera)
    page.locator(f"#camera-{camera} [data-part=tell]").click()
    page.locator(f"#camera-{camera} [data-part=way]").select_option("sealed")
    page.wait_for_selector(f"#camera-{camera}[data-state=live][data-delivery=sealed]")
    page.wait_for_selector(f"#camera-{camera} audio", state="attached")
    _hears(page, camera, TONES["aac"])
    ages = sorted(_age(page, camera) for _ in range(30))
    assert ages[15] < 400, ages
    page.context.close()


def test_the_other_home_hears_its_own_camera_and_nothing_else(street: Street) -> None:
    page = listening(street, street.bo, street.hall)
    heard = _hears(page, street.hall, OTHER_TONE)
    strange = page.evaluate(_LISTEN.replace(str(OTHER_TONE), str(TONES["pcma"])), [street.hall, 500])["strange"]
    assert strange < heard["level"] - 40, heard
    handle = street.alma.handle(street.cameras["pcma"])
    assert page.evaluate(_OPEN_BY, [handle, True]) == page.evaluate(_OPEN_BY, ["x" * 43, True]) == 404
    page.context.close()


_OPEN_BY = """async ([grant, sound]) => {
  const csrf = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json" };
  const stream = await fetch("/api/v1/streams", { method: "POST", headers });
  const octets = (await stream.body.getReader().read()).value;
  const { stream: name } = JSON.parse(new TextDecoder().decode(octets.slice(9)).split("}")[0] + "}");
  const keys = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
  const key = btoa(String.fromCharCode(...point)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const body = JSON.stringify({ grant, key, sound });
  return (await fetch(`/api/v1/streams/${name}/views`, { method: "POST", headers, body })).status;
}"""


@pytest.mark.alone
def test_revoking_silences_the_page_with_its_picture(street: Street) -> None:
    camera = street.cameras["opus"]
    ada = street.household.member(street.alma.home, "Ada")
    body = {"camera": camera, "person": ada.person}
    assert street.alma.ask("POST", f"/homes/{street.alma.home}/grants", body).status_code == 201
    page = listening(street, ada, camera)
    page.wait_for_timeout(500)
    gone = street.alma.ask("DELETE", f"/homes/{street.alma.home}/grants/{ada.grant_id(camera)}")
    assert gone.status_code == 200
    page.wait_for_selector(f"#camera-{camera}[data-state=neutral]", timeout=1_000)
    page.wait_for_selector("audio", state="detached", timeout=1_000)
    page.context.close()


@pytest.mark.parametrize("name", ["pcmu", BY_FFMPEG])
def test_switched_off_it_is_silent_at_once_and_the_camera_is_not_asked_again(street: Street, name: str) -> None:
    camera = street.cameras[name]
    page = listening(street, street.alma, camera)
    before = street.asked(name).count("stream=1")
    street.switch(street.alma, camera, on=False)
    page.wait_for_selector("audio", state="detached", timeout=1_000)
    page.wait_for_selector(f"#camera-{camera} [data-part=sound]:disabled", state="attached", timeout=2_000)
    page.wait_for_selector(f"#camera-{camera}[data-state=live]", timeout=10_000)
    until = time.monotonic() + 10
    while street.asked(name)[-1:] != ["stream=0"]:
        assert time.monotonic() < until, "the camera was not asked anew"
        time.sleep(0.05)
    time.sleep(0.5)
    assert street.asked(name).count("stream=1") == before
    page.context.close()


def listening(street: Street, person: SignedIn, camera: str) -> Page:
    """The person's page at a camera whose sound is on, and heard."""
    street.until_on(street.owner(camera), camera)
    page = street.page(person, camera)
    page.wait_for_selector(f"#camera-{camera}[data-state=live]", timeout=15_000)
    page.locator(f"#camera-{camera} [data-part=sound]:enabled").click()
    page.wait_for_selector(f"#camera-{camera} audio", state="attached")
    return page


def _age(page: Page, camera: str) -> float:
    """Of the picture on the screen, ms."""
    page.wait_for_timeout(60)
    return time.time() * 1000 - float(page.locator(f"#camera-{camera}").get_attribute("data-part-time") or 0)
