"""LL-HLS of a camera's sound over HTTP: offered only while it is switched on and comes; refused like all else."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from curtilage.cameras.hls.hls import HlsAddress
from curtilage.cameras.media.audio_codec import AudioParameters
from curtilage.consent.grant import Grant
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import Track
from tests.cameras.hls_reader import attributes, read_playlist
from tests.cameras.sound_parts import AAC, OPUS, PCMA, SoundParts
from tests.web.house import Answer, House, in_house
from tests.web.pushed import Pushing
from tests.web.world import make_grant

pytestmark = pytest.mark.slow
_SOON_S = 2.0


class Live:
    """A camera whose pictures come, and an address of it."""

    def __init__(self, house: House, camera: DeviceId, grant: Grant) -> None:
        self.house, self.camera, self.grant = house, camera, grant
        self.base = self.address(grant)
        self.parts: SoundParts | None = None

    def address(self, grant: Grant) -> str:
        """Another one, by a grant."""
        account = self.house.parts.persons.of_home(grant.home)[1].account
        assert account is not None
        made = self.house.parts.hls.open(grant, self.house.parts.grants, account, by_session=False)
        assert isinstance(made, HlsAddress)
        return f"/live/{made.handle}/"

    async def ask(self, path: str) -> Answer:
        """As a player without cookies."""
        return await self.house.browser().ask("GET", path if path.startswith("/") else self.base + path)

    async def offered(self) -> str:
        return (await self.ask("index.m3u8")).body.decode()

    async def switch(self, *, on: bool) -> None:
        actor = self.house.by_operator(self.grant.home)
        assert await self.house.parts.cameras.switch_sound(actor, self.camera, on=on)

    def describe(self, parameters: AudioParameters | None = OPUS) -> None:
        """As the camera would at its connection."""
        track = self.house.parts.views.sound_of(self.camera)
        assert track is not None
        track.audio_changed(parameters)
        if parameters is not None:
            self.parts = SoundParts(self.house.parts.clock.now() - 2_000, parameters)

    def push(self, length_ms: int) -> None:
        """Its sound, all at once."""
        assert self.parts is not None
        for part in self.parts.pass_ms(length_ms):
            self.house.parts.hls._taps[self.camera, Track.AUDIO].part(part)


def in_live(folder: Path, body: Callable[[Live], Awaitable[None]], **settings: float) -> None:
    """60 pictures have come; sound is off."""

    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        ada, _ = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        Pushing(house, camera).push(60)
        await body(Live(house, camera, await make_grant(house, home, camera, ada)))

    in_house(folder, main, **settings)


@pytest.mark.parametrize(("parameters", "codec"), [(OPUS, "Opus"), (PCMA, "fLaC"), (AAC, "mp4a.40.2")])
def test_it_is_a_rendition_of_each_variant_while_it_is_on(
    tmp_path: Path, parameters: AudioParameters, codec: str
) -> None:
    async def body(live: Live) -> None:
        before = await live.offered()
        assert before.splitlines()[2].startswith("#EXT-X-STREAM-INF:")
        main_before = attributes(before.splitlines()[2].removeprefix("#EXT-X-STREAM-INF:"))
        await live.switch(on=True)
        live.describe(parameters)
        live.push(900)
        media, stream, uri = (await live.offered()).splitlines()[2:]
        said = attributes(media.removeprefix("#EXT-X-MEDIA:"))
        assert said == {
            "TYPE": "AUDIO",
            "GROUP-ID": "sound",
            "NAME": "Sound",
            "DEFAULT": "YES",
            "AUTOSELECT": "YES",
            "URI": "sound.m3u8",
        }
        variant = attributes(stream.removeprefix("#EXT-X-STREAM-INF:"))
        assert (variant["AUDIO"], variant["CODECS"], uri) == ("sound", f"avc1.64001f,{codec}", "main.m3u8")
        assert int(variant["BANDWIDTH"]) > int(main_before["BANDWIDTH"])
        await live.switch(on=False)
        assert await live.offered() == before, "byte for byte as if there never was any"

    in_live(tmp_path, body)


def test_the_first_index_waits_until_picture_and_sound_reach_back_far_enough(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        await live.switch(on=True)
        live.describe()
        live.push(300)
        base = live.base = live.address(live.grant)
        waiting = asyncio.create_task(live.ask("index.m3u8"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        Pushing(live.house, live.camera).push(70)
        await asyncio.sleep(0.1)
        assert not waiting.done(), "there is too little sound yet"
        live.push(600)
        assert "TYPE=AUDIO" in (await asyncio.wait_for(waiting, _SOON_S)).body.decode()
        for name in ("main.m3u8", "sound.m3u8"):
            answer = await asyncio.wait_for(live.ask(base + name), 0.3)
            assert b"#EXTINF" in answer.body, "both are there at once"

    in_live(tmp_path, body)


def test_the_first_index_waits_no_longer_than_a_while_for_sound_that_stays_away(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        await live.switch(on=True)
        live.describe()
        live.push(300)
        live.base = live.address(live.grant)
        begun = time.monotonic()
        assert "TYPE=AUDIO" in await live.offered()
        assert time.monotonic() - begun < 1.5
        begun = time.monotonic()
        assert "TYPE=AUDIO" in await live.offered()
        assert time.monotonic() - begun < 0.3, "only the first"

    in_live(tmp_path, body, hls_sub_wait_s=0.4)


def test_playlists_report_each_other_and_its_reload_waits(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        await live.switch(on=True)
        live.describe()
        live.push(900)
        assert read_playlist((await live.ask("main.m3u8")).body).reports == [], "nobody listens"
        first = read_playlist((await live.ask("sound.m3u8")).body)
        assert [report["URI"] for report in first.reports] == ["main.m3u8"]
        last = first.growing or first.segments[-1]
        (report,) = read_playlist((await live.ask("main.m3u8")).body).reports
        said = (report["URI"], int(report["LAST-MSN"]), int(report["LAST-PART"]))
        assert said == ("sound.m3u8", last.number, len(last.parts) - 1)
        waiting = asyncio.create_task(live.ask(f"sound.m3u8?_HLS_msn={last.number + 1}&_HLS_part=0"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        live.push(1_000)
        answer = await asyncio.wait_for(waiting, _SOON_S)
        assert read_playlist(answer.body).growing is not None
        assert (await live.ask(f"sound.m3u8?_HLS_msn={last.number + 9}")).status == 400

    in_live(tmp_path, body)


def test_switched_on_but_silent_it_is_not_offered_and_waited_for_shortly_once(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        before = await live.offered()
        await live.switch(on=True)
        assert await asyncio.wait_for(live.offered(), _SOON_S) == before
        live.describe()
        live.push(900)
        assert "AUDIO" in await live.offered()
        live.describe(None)
        assert await live.offered() == before, "the camera describes none any more"

    in_live(tmp_path, body, hls_sub_wait_s=0.4)


def test_without_sound_after_it_and_after_the_grant_every_address_looks_like_nothing(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        never = (await live.ask(f"/live/{'A' * 43}/sound.m3u8")).looks()
        assert (await live.ask("sound.m3u8")).looks() == never
        await live.switch(on=True)
        live.describe()
        live.push(900)
        read = read_playlist((await live.ask("sound.m3u8")).body)
        key = read.segments[0].key_uri
        assert len((await live.ask(key)).body) == 16
        waiting = asyncio.create_task(live.ask(f"sound.m3u8?_HLS_msn={read.segments[-1].number + 1}"))
        await asyncio.sleep(0.1)
        await live.switch(on=False)
        assert (await asyncio.wait_for(waiting, _SOON_S)).looks() == never
        part = read.segments[0].uri or ""
        for path in ("sound.m3u8", key, part):
            assert (await live.ask(path)).looks() == never
        await live.switch(on=True)
        live.describe()
        live.push(900)
        again = read_playlist((await live.ask("sound.m3u8")).body).segments[0].key_uri
        await live.house.parts.grants.revoke(live.grant.home, live.grant.id, None)
        for path in ("sound.m3u8", again, "index.m3u8"):
            assert (await live.ask(path)).looks() == never

    in_live(tmp_path, body)
