"""LL-HLS of main and sub stream over HTTP: what is offered, what is begun, what is waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from curtilage.cameras.hls.hls import HlsAddress
from curtilage.consent.grant import Grant
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import Track
from tests.cameras.hls_reader import attributes, read_playlist
from tests.web.house import NOBODY_LISTENS, Answer, House, in_house
from tests.web.pushed import Pushing
from tests.web.world import make_grant

pytestmark = pytest.mark.slow
_SOON_S = 2.0


class Live:
    """A camera of two streams, its main stream's pictures there, and an address of it."""

    def __init__(self, house: House, camera: DeviceId, grant: Grant, address: HlsAddress) -> None:
        self.house, self.camera, self.grant = house, camera, grant
        self.base = f"/live/{address.handle}/"

    async def ask(self, path: str) -> Answer:
        """As a player without cookies."""
        return await self.house.browser().ask("GET", path if path.startswith("/") else self.base + path)

    async def offered(self) -> list[dict[str, str]]:
        """The variants, their addresses as ``uri``."""
        lines = (await self.ask("index.m3u8")).body.decode().splitlines()[2:]
        said = [dict(attributes(line.removeprefix("#EXT-X-STREAM-INF:"))) for line in lines[::2]]
        return [{**item, "uri": uri} for item, uri in zip(said, lines[1::2], strict=True)]

    def running(self, track: Track) -> bool:
        """Is it packaged?"""
        return self.house.parts.hls.asks_for(self.camera, track)


def in_live(folder: Path, body: Callable[[Live], Awaitable[None]], **settings: float) -> None:
    """60 pictures of the main stream have come, none of the sub stream."""

    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        ada, session = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch", sub_address=NOBODY_LISTENS)
        Pushing(house, camera).push(60)
        grant = await make_grant(house, home, camera, ada)
        address = house.parts.hls.open(grant, house.parts.grants, session.account, by_session=False)
        assert isinstance(address, HlsAddress)
        await body(Live(house, camera, grant, address))

    in_house(folder, main, **settings)


def test_both_are_offered_the_main_stream_first(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        sub = Pushing(live.house, live.camera, Track.SUB)
        sub.push(60)
        await live.ask("sub.m3u8")
        sub.push(60)
        main, small = await live.offered()
        assert (main["uri"], small["uri"]) == ("main.m3u8", "sub.m3u8")
        for item in (main, small):
            assert int(item["BANDWIDTH"]) >= int(item["AVERAGE-BANDWIDTH"]) > 0
            assert (item["CODECS"], item["RESOLUTION"]) == ("avc1.64001f", "640x360")
            assert 20 < float(item["FRAME-RATE"]) < 30

    in_live(tmp_path, body)


def test_the_first_index_waits_for_the_sub_stream_and_begins_it_once(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        asked = asyncio.create_task(live.offered())
        await asyncio.sleep(0.1)
        assert not asked.done()
        assert live.running(Track.SUB)
        Pushing(live.house, live.camera, Track.SUB).push(1)
        main, small = await asyncio.wait_for(asked, _SOON_S)
        assert int(small["BANDWIDTH"]) == int(main["BANDWIDTH"]), "as large as the main stream, and not measured yet"
        live.house.parts.hls._taps[live.camera, Track.SUB].rest()
        assert len(await live.offered()) == 2
        assert not live.running(Track.SUB), "what it is is known: nothing is begun for it"

    in_live(tmp_path, body)


def test_an_index_waits_for_a_silent_sub_stream_shortly_and_only_once(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        begun = time.monotonic()
        assert [item["uri"] for item in await live.offered()] == ["main.m3u8"]
        assert 0.3 < time.monotonic() - begun < 1.5
        begun = time.monotonic()
        assert [item["uri"] for item in await live.offered()] == ["main.m3u8"]
        assert time.monotonic() - begun < 0.3

    in_live(tmp_path, body, hls_sub_wait_s=0.4)


def test_its_playlist_waits_for_its_first_segment_and_no_longer_than_any(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        asked = asyncio.create_task(live.ask("sub.m3u8"))
        await asyncio.sleep(0.1)
        assert not asked.done()
        Pushing(live.house, live.camera, Track.SUB).push(60)
        answer = await asyncio.wait_for(asked, _SOON_S)
        assert read_playlist(answer.body).segments
        live.house.parts.hls._taps[live.camera, Track.SUB].rest()
        live.house.parts.hls._taps[live.camera, Track.SUB]._shelf.clear()
        assert (await live.ask("sub.m3u8")).status == 503

    in_live(tmp_path, body, hls_wait_s=0.5)


def test_each_playlist_reports_the_other_and_both_reload_by_waiting(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        first = read_playlist((await live.ask("main.m3u8")).body)
        assert first.reports == [], "nobody watches the sub stream"
        sub = Pushing(live.house, live.camera, Track.SUB)
        sub.push(60)
        small = read_playlist((await live.ask("sub.m3u8")).body)
        (report,) = small.reports
        last = first.growing or first.segments[-1]
        assert report["URI"] == "main.m3u8"
        assert (int(report["LAST-MSN"]), int(report["LAST-PART"])) == (last.number, len(last.parts) - 1)
        (report,) = read_playlist((await live.ask("main.m3u8")).body).reports
        number = int(report["LAST-MSN"]) + 1
        waiting = asyncio.create_task(live.ask(f"sub.m3u8?_HLS_msn={number}&_HLS_part=0"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        sub.push(600)
        assert (await asyncio.wait_for(waiting, _SOON_S)).status == 200
        delta = read_playlist((await live.ask("sub.m3u8?_HLS_skip=YES")).body)
        assert delta.skipped >= 1
        assert delta.reports[0]["URI"] == "main.m3u8"

    in_live(tmp_path, body)


def test_what_waits_for_it_ends_with_the_grant_and_a_camera_without_one_looks_like_nothing(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        never = await live.ask(f"/live/{'A' * 43}/sub.m3u8")
        waiting = asyncio.create_task(live.ask("sub.m3u8"))
        await asyncio.sleep(0.1)
        await live.house.parts.grants.revoke(live.grant.home, live.grant.id, None)
        assert (await asyncio.wait_for(waiting, 0.5)).looks() == never.looks()
        home = live.grant.home
        ada = live.house.parts.persons.of_home(home)[1]
        bare = await live.house.camera(home, "Shed")
        Pushing(live.house, bare).push(60)
        grant = await make_grant(live.house, home, bare, ada)
        assert ada.account is not None
        address = live.house.parts.hls.open(grant, live.house.parts.grants, ada.account, by_session=False)
        assert isinstance(address, HlsAddress)
        assert (await live.ask(f"/live/{address.handle}/sub.m3u8")).looks() == never.looks()

    in_live(tmp_path, body)
