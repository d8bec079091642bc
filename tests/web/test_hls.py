"""LL-HLS over HTTP: playlists that wait, parts that were promised, keys. Real players: browser/test_hls.py."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from curtilage.cameras.hls.hls import HlsAddress
from curtilage.consent.grant import Grant
from curtilage.web.hls import Waiting
from tests.cameras.hls_reader import ReadPlaylist, read_playlist
from tests.web.house import Answer, House, in_house
from tests.web.pushed import Pushing
from tests.web.world import make_grant

pytestmark = pytest.mark.slow
_SOON_S = 2.0


class Live:
    """A camera whose pictures the test pushes, and an address of it."""

    def __init__(self, house: House, grant: Grant, address: HlsAddress, pushing: Pushing) -> None:
        self.house, self.grant, self.pushing = house, grant, pushing
        self.base = f"/live/{address.handle}/"

    async def ask(self, path: str) -> Answer:
        """As a player without cookies."""
        return await self.house.browser().ask("GET", path if path.startswith("/") else self.base + path)

    async def playlist(self, query: str = "") -> ReadPlaylist:
        answer = await self.ask("main.m3u8" + query)
        assert answer.status == 200, answer.body
        return read_playlist(answer.body)


def in_live(folder: Path, body: Callable[[Live], Awaitable[None]], **settings: float) -> None:
    """60 pictures have come: a whole group and ten of the next."""

    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        ada, session = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        pushing = Pushing(house, camera)
        pushing.push(60)
        grant = await make_grant(house, home, camera, ada)
        address = house.parts.hls.open(grant, house.parts.grants, session.account, by_session=False)
        assert isinstance(address, HlsAddress)
        await body(Live(house, grant, address, pushing))

    in_house(folder, main, **settings)


async def waits(task: asyncio.Task[Answer]) -> bool:
    """It has not answered after a while."""
    await asyncio.wait({task}, timeout=0.1)
    return not task.done()


def test_what_it_says_is_cacheable_as_advised(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        live.pushing.push(60)
        read = await live.playlist()
        assert read.hint_uri is not None
        uri, map_uri = read.segments[0].uri, read.segments[0].map_uri
        asked = {
            "index.m3u8": ("public, max-age=1", "application/vnd.apple.mpegurl"),
            "main.m3u8": ("public, max-age=1", "application/vnd.apple.mpegurl"),
            "main.m3u8?_HLS_msn=0": ("public, max-age=12", "application/vnd.apple.mpegurl"),
            str(uri): ("public, max-age=16, immutable", "video/mp4"),
            str(map_uri): ("public, max-age=16, immutable", "video/mp4"),
            read.segments[0].key_uri: ("no-store", "application/octet-stream"),
        }
        for path, (cache, kind) in asked.items():
            answer = await live.ask(path)
            assert answer.status == 200, path
            assert (answer.header("cache-control"), answer.header("content-type")) == (cache, kind), path
            assert answer.header("set-cookie") is None

    in_live(tmp_path, body)


def test_a_reload_waits_for_its_part_and_no_longer(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        read = await live.playlist()
        number = read.segments[-1].number + 1
        first = asyncio.create_task(live.ask(f"main.m3u8?_HLS_msn={number}&_HLS_part=0"))
        whole = asyncio.create_task(live.ask(f"main.m3u8?_HLS_msn={number}"))
        assert await waits(first)
        live.pushing.push(5)
        answer = await asyncio.wait_for(first, _SOON_S)
        assert answer.status == 200
        growing = read_playlist(answer.body).growing
        assert growing is not None
        assert growing.number == number
        assert await waits(whole)
        live.pushing.push(50)
        told = read_playlist((await asyncio.wait_for(whole, _SOON_S)).body)
        assert told.segments[-1].number == number

    in_live(tmp_path, body)


def test_the_hinted_part_is_given_when_it_comes(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        for count in (3, 34, 9, 50):
            hint = (await live.playlist()).hint_uri
            assert hint is not None
            asked = asyncio.create_task(live.ask(hint))
            assert await waits(asked)
            live.pushing.push(max(count, 6))
            assert (await asyncio.wait_for(asked, _SOON_S)).status == 200
            listed = [part.uri for part in (await live.playlist()).all_parts()]
            assert hint in listed

    in_live(tmp_path, body)


def test_delta_updates_are_given_when_asked_for(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        live.pushing.push(450)
        whole, delta = await live.playlist(), await live.playlist("?_HLS_skip=YES")
        assert delta.skipped >= 1
        assert [item.uri for item in delta.segments] == [item.uri for item in whole.segments[delta.skipped :]]
        newest = whole.segments[-1].number
        assert (await live.playlist(f"?_HLS_msn={newest}&_HLS_skip=v2")).skipped == delta.skipped

    in_live(tmp_path, body)


FAR = [
    "_HLS_msn=9223372036854775808",
    "_HLS_msn=18446744073709551615&_HLS_part=0",
    "_HLS_msn=999",
    "_HLS_msn=1&_HLS_part=9223372036854775808",
    "_HLS_msn=1&_HLS_part=1000",
    "_HLS_msn=99999999999999999999999",
    "_HLS_part=1",
    "_HLS_msn=-1",
    "_HLS_msn=x",
    "_HLS_skip=maybe",
]


def test_the_far_future_and_nonsense_are_refused_at_once(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        for query in FAR:
            answer = await asyncio.wait_for(live.ask(f"main.m3u8?{query}"), _SOON_S)
            assert answer.status == 400, query
            assert answer.header("cache-control") == "no-store"

    in_live(tmp_path, body)


def test_the_past_is_answered_with_the_playlist_as_it_is(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        live.pushing.push(1000)
        first = (await live.playlist()).segments[0].number
        assert first > 5
        for query in ("?_HLS_msn=0", "?_HLS_msn=0&_HLS_part=0", "?_HLS_msn=2&_HLS_part=7"):
            assert (await live.playlist(query)).first_number == first

    in_live(tmp_path, body)


def test_a_piece_that_left_the_window_is_gone_like_one_that_never_was(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        segment = (await live.playlist()).segments[0]
        live.pushing.push(1000)
        never = await live.ask(f"/parts/{'a' * 26}.m4s")
        assert never.status == 404
        others = ["/parts/a", "/parts/a.mp3", "/parts/.m4s", f"/parts/{'a' * 26}.mp4", "/parts/x.m4s.m4s"]
        for uri in (str(segment.uri), *(part.uri for part in segment.parts), *others[:2], *others[3:]):
            assert (await live.ask(uri)).looks() == never.looks(), uri

    in_live(tmp_path, body)


def test_waiting_ends_with_the_grant_and_nobody_can_tell_why(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        read = await live.playlist()
        number = read.segments[-1].number + 1
        waiting = [asyncio.create_task(live.ask(f"main.m3u8?_HLS_msn={number}&_HLS_part=0")) for _ in range(5)]
        assert all([await waits(task) for task in waiting])
        never = await live.ask(f"/live/{'A' * 43}/main.m3u8")
        begun = time.monotonic()
        await live.house.parts.grants.revoke(live.grant.home, live.grant.id, None)
        answers = await asyncio.wait_for(asyncio.gather(*waiting), _SOON_S)
        assert time.monotonic() - begun < 0.2
        assert all(answer.looks() == never.looks() for answer in answers)
        assert (await live.ask(read.segments[0].key_uri)).looks() == never.looks()

    in_live(tmp_path, body)


def test_a_wait_for_what_does_not_come_ends_with_503(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        read = await live.playlist()
        assert (await live.ask(f"main.m3u8?_HLS_msn={read.segments[-1].number + 1}")).status == 503
        assert (await live.ask(str(read.hint_uri))).status == 503

    in_live(tmp_path, body, hls_wait_s=0.5)


def test_waiting_requests_are_bounded_in_number(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        hint = str((await live.playlist()).hint_uri)
        held = [asyncio.create_task(live.ask(hint)) for _ in range(2)]
        assert all([await waits(task) for task in held])
        assert (await asyncio.wait_for(live.ask(hint), _SOON_S)).status == 503
        live.pushing.push(6)
        assert [answer.status for answer in await asyncio.gather(*held)] == [200, 200]

    in_live(tmp_path, body, hls_waiting_count_max=2)


def test_a_camera_without_pictures_is_told_after_the_wait(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        ada, session = await house.member(home, "Ada")
        grant = await make_grant(house, home, await house.camera(home, "Porch"), ada)
        made = house.parts.hls.open(grant, house.parts.grants, session.account, by_session=False)
        assert isinstance(made, HlsAddress)
        for name in ("index.m3u8", "main.m3u8"):
            assert (await house.browser().ask("GET", f"/live/{made.handle}/{name}")).status == 503

    in_house(tmp_path, main, hls_wait_s=0.5)


def test_nothing_but_reading_is_done_there(tmp_path: Path) -> None:
    async def body(live: Live) -> None:
        for method in ("POST", "DELETE", "PUT"):
            answer = await live.house.browser().ask(method, f"{live.base}main.m3u8")
            never = await live.house.browser().ask(method, f"/live/{'A' * 43}/main.m3u8")
            assert answer.looks() == never.looks()
            assert answer.status in (403, 405)

    in_live(tmp_path, body)


def test_who_is_woken_for_nothing_waits_on() -> None:
    async def main() -> None:
        wakes: set[Callable[[], None]] = set()
        there: list[int] = []
        waiting = Waiting(1, 5.0)
        task = asyncio.create_task(waiting.until(lambda: bool(there), lambda: wakes))
        await asyncio.sleep(0)
        for wake in tuple(wakes):
            wake()
        await asyncio.sleep(0.01)
        assert not task.done()
        there.append(1)
        for wake in tuple(wakes):
            wake()
        assert await task
        assert wakes == set()
        assert not await waiting.until(lambda: False, lambda: None)

    asyncio.run(main())
