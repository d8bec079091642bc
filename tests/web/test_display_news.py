"""News for displays: heard at once, never lost between two requests, bounded."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

import pytest

from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.web.display_news import DisplayNews

pytestmark = pytest.mark.slow

ONE, OTHER = b"1" * 32, b"2" * 32
LONG_S = 5.0


def with_news(test: Callable[[DisplayNews, "asyncio.Task[None]"], Awaitable[None]]) -> None:
    """``test`` gets the news and a page that stays."""

    async def body() -> None:
        stays = asyncio.create_task(asyncio.sleep(60))
        try:
            await test(DisplayNews(Config(display_waits_count_max=2), SystemClock(), secrets.token_bytes), stays)
        finally:
            stays.cancel()

    asyncio.run(body())


def test_who_waits_is_told_at_once_and_nobody_else() -> None:
    async def test(news: DisplayNews, stays: "asyncio.Task[None]") -> None:
        waits = [asyncio.create_task(news.wait(key, news.version(key), LONG_S, stays)) for key in (ONE, OTHER)]
        await asyncio.sleep(0.02)
        assert news.here(ONE)
        news.tell(ONE)
        assert await asyncio.wait_for(waits[0], 0.5)
        assert not waits[1].done()
        waits[1].cancel()

    with_news(test)


def test_what_was_told_between_two_requests_is_not_lost() -> None:
    async def test(news: DisplayNews, stays: "asyncio.Task[None]") -> None:
        version = news.version(ONE)
        assert not news.wake(ONE), "nobody is here to hear it"
        assert await asyncio.wait_for(news.wait(ONE, version, LONG_S, stays), 0.5)
        assert news.woken_ms(ONE) > 0
        assert news.woken_ms(OTHER) == 0
        assert news.here(ONE)
        assert news.wake(ONE)

    with_news(test)


def test_a_wait_ends_by_its_time_and_with_its_page() -> None:
    async def test(news: DisplayNews, stays: "asyncio.Task[None]") -> None:
        assert await news.wait(ONE, news.version(ONE), 0.01, stays)
        goes = asyncio.create_task(asyncio.sleep(0.01))
        await asyncio.wait_for(news.wait(ONE, news.version(ONE), LONG_S, goes), 0.5)
        assert not news.here(ONE)
        news.heard(ONE)
        assert news.here(ONE)

    with_news(test)


def test_waits_of_one_display_are_bounded_and_come_free_when_cancelled() -> None:
    async def test(news: DisplayNews, stays: "asyncio.Task[None]") -> None:
        version = news.version(ONE)
        waits = [asyncio.create_task(news.wait(ONE, version, LONG_S, stays)) for _ in range(2)]
        await asyncio.sleep(0.02)
        assert not await news.wait(ONE, version, LONG_S, stays)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        assert await news.wait(ONE, version, 0.01, stays)

    with_news(test)


def test_displays_remembered_are_bounded_and_one_that_waits_is_kept() -> None:
    async def test(news: DisplayNews, stays: "asyncio.Task[None]") -> None:
        wait = asyncio.create_task(news.wait(ONE, news.version(ONE), LONG_S, stays))
        await asyncio.sleep(0.02)
        for number in range(5000):
            news.version(number.to_bytes(32, "big"))
        assert len(news._told) <= 4097
        news.tell(ONE)
        assert await asyncio.wait_for(wait, 0.5)

    with_news(test)
