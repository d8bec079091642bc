"""A view of sound in the page: it plays, goes on over a gap, and what is not its own is an alarm and silence."""

import base64
import math
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters
from curtilage.cameras.media.g711 import linear
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.sound_track import SoundTrack
from curtilage.config import Config
from curtilage.errors import Refused
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import SealedPart, Track
from curtilage.wire.stream_record import RecordType, json_record, part_record
from curtilage.wire.view_key import ViewPublicKey
from tests.cameras.views.test_views import House
from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
PCMA = AudioParameters(AudioCodec.PCMA, 8_000, 1)
_FRAME = 160
_BEGIN = """async () => {
  const { View } = await import("/static/player/view.js");
  const { Sound } = await import("/static/player/sound.js");
  const { RecordParser } = await import("/static/player/stream_record.js");
  const element = document.createElement("audio");
  const seen = { alarms: [], frames: 0 };
  const told = {
    opened: () => {}, camera: () => {}, ended: () => {}, refused: () => {}, lost: () => {}, size: () => {},
    frame: () => (seen.frames += 1),
    alarm: (cause) => seen.alarms.push(cause),
    blocked: () => seen.alarms.push("blocked"),
    undecodable: () => seen.alarms.push("undecodable"),
  };
  const view = new View("grant", element, { now: () => 3_000 }, told, new Sound(element, told));
  const parser = new RecordParser();
  window.bench = {
    opened: (reply) => view.opened(reply),
    async take(octets, wait) {
      for (const record of parser.push(Uint8Array.from(atob(octets), (letter) => letter.charCodeAt(0)))) {
        view.record(record.type, record.payload);
      }
      await new Promise((done) => setTimeout(done, wait));
      const ranges = element.buffered;
      return { ...seen, source: element.getAttribute("src") !== null, at: element.currentTime, paused: element.paused,
               ranges: ranges.length, end: ranges.length ? ranges.end(ranges.length - 1) : 0 };
    },
  };
  const request = await view.request();
  return [request.key, request.sound];
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """One workbench for all."""
    with workbench(chromium) as made:
        yield made


def _tone() -> bytes:
    """A second of 500 Hz as A-law."""
    samples = sorted((linear(AudioCodec.PCMA, code), code) for code in range(256))
    wanted = (8_000 * math.sin(2 * math.pi * n / 16) for n in range(16))
    return 500 * bytes(min(samples, key=lambda pair: abs(pair[0] - sample))[1] for sample in wanted)


TONE = _tone()


class Sounding:
    """The porch and the hall, each with sound, and a page that listens to the porch."""

    def __init__(self, page: Page) -> None:
        self.page, self.house, self.sent = page, House(), dict.fromkeys(("porch", "hall"), 0)
        self.tracks = {name: self._track(name) for name in self.sent}
        opened = self.house.page()
        self.stream = opened[0]
        key, sound = page.evaluate(_BEGIN)
        assert sound is True
        public = ViewPublicKey(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
        for name in self.sent:
            self.push(name, 6)
        view = self.house.views.open_view(self.stream, self.house.grants.make("porch"), public, None, sound=True)
        assert not isinstance(view, Refused)
        self.view = view[0]
        (keys,) = self.house.views.tracks_of(self.view)
        reply = {
            "view_id": self.view.id.hex(),
            "stream_ids": {"audio": keys.stream_id.hex()},
            "sealers": {"audio": base64.urlsafe_b64encode(keys.sealer_point()).decode()},
            "until_ms": None,
        }
        page.evaluate("(reply) => window.bench.opened(reply)", reply)

    def _track(self, name: str) -> SoundTrack:
        shelf = self.house.cache.shelf(DeviceId(name), Track.AUDIO)
        entropy = self.house.views._entropy
        sealer = Sealer(Track.AUDIO, shelf, self.house.clock, Config(), entropy)
        track = SoundTrack(sealer, shelf, self.house.clock, 60, lambda: None)
        self.house.views.sound(DeviceId(name), track)
        track.audio_changed(PCMA)
        return track

    def push(self, name: str, count: int, lost: int = 0) -> None:
        """So many frames of 20 ms, after so many that were lost."""
        self.sent[name] += lost
        for _ in range(count):
            at = self.sent[name] * _FRAME
            self.house.clock.now_ms = 1_700_000_000_000 + 20 * self.sent[name]
            self.tracks[name].audio_frame(AudioFrame(TONE[at % 8_000 :][:_FRAME], at, _FRAME))
            self.sent[name] += 1

    def newest(self, name: str) -> SealedPart:
        return self.house.cache.shelf(DeviceId(name), Track.AUDIO).read(None).parts[-1]

    def take(self, octets: bytes | None = None, wait: int = 200) -> dict[str, Any]:
        """What the page makes of it; None: of what is due."""
        due = b"".join(self.stream.due()) if octets is None else octets
        found: dict[str, Any] = self.page.evaluate(
            "([octets, wait]) => window.bench.take(octets, wait)", [base64.b64encode(due).decode(), wait]
        )
        return found


def test_it_plays_and_goes_on_over_a_gap(page: Page) -> None:
    sounding = Sounding(page)
    sounding.push("porch", 30)
    before = sounding.take(wait=400)
    assert before["alarms"] == []
    assert before["frames"] == 12
    assert before["at"] > 0
    assert not before["paused"]
    sounding.push("porch", 30, lost=50)
    after = sounding.take(wait=400)
    assert after["ranges"] == 1, "what follows a gap is put right behind"
    assert after["end"] == pytest.approx(before["end"] + 0.6, abs=0.05)
    assert after["alarms"] == []


def _attacks(sounding: Sounding) -> dict[str, tuple[bytes, str]]:
    number, own, strange = sounding.view.number, sounding.newest("porch"), sounding.newest("hall")
    main = sounding.house.cache.shelf(DeviceId("porch"), Track.MAIN).read(None).parts[-1]
    changed = SealedPart(own.octets[:36] + (2**32).to_bytes(8) + own.octets[44:])
    turned = json_record(RecordType.TRACK, number, {"track": "main", "quality": "main"})
    return {
        "another camera's sound": (part_record(number, strange), "wrong_stream"),
        "the camera's picture": (part_record(number, main), "wrong_stream"),
        "the same part twice": (part_record(number, own), "stale_sequence"),
        "a part with another number": (part_record(number, changed), "does_not_open"),
        "a turn to the picture": (turned, "wrong_track"),
    }


@pytest.mark.parametrize(
    "attack",
    [
        "another camera's sound",
        "the camera's picture",
        "the same part twice",
        "a part with another number",
        "a turn to the picture",
    ],
)
def test_what_is_not_its_own_is_an_alarm_and_silence(page: Page, attack: str) -> None:
    sounding = Sounding(page)
    assert sounding.take()["alarms"] == []
    octets, cause = _attacks(sounding)[attack]
    seen = sounding.take(octets)
    assert seen["alarms"] == [cause]
    assert not seen["source"]
    assert seen["paused"]
