"""RTP timestamps to the part's own time: by the server's word, past the wrap, never younger for one that was late."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
_RUN = """async ({ heard, asked }) => {
  const { PartClock } = await import("/static/player/part_clock.js");
  const clock = new PartClock();
  for (const [timestamp, timeMs] of heard) clock.heard(timestamp, timeMs);
  return asked.map((timestamp) => clock.timeOf(timestamp));
}"""
_NOW = 1_795_000_000_000


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """One workbench for all."""
    with workbench(chromium) as made:
        yield made


@pytest.mark.parametrize(
    ("heard", "asked", "expected"),
    [
        ([], [5], [None]),
        ([[1000, _NOW]], [1000, 1000 + 3600, 1000 - 9000], [_NOW, _NOW + 40, _NOW - 100]),
        ([[2**32 - 1800, _NOW]], [1800], [_NOW + 40]),
        ([[1800, _NOW]], [2**32 - 1800], [_NOW - 40]),
        ([[0, _NOW], [90_000, _NOW + 1200]], [90_000], [_NOW + 1005]),
        ([[0, _NOW], [90_000, _NOW + 900]], [90_000], [_NOW + 900]),
        ([[0, _NOW], [90_000, _NOW + 9000]], [93_600], [_NOW + 1040]),
        ([[0, _NOW], [90_000, _NOW + 9000], [180_000, _NOW + 10_000]], [180_000], [_NOW + 10_000]),
        ([[0, _NOW], [90_000, _NOW + 9000], [180_000, _NOW + 2000]], [180_000], [_NOW + 2000]),
        ([[0, _NOW], [900_000, _NOW + 1000]], [900_000], [_NOW + 1000]),
        ([[0, _NOW + 5000], [90_000, _NOW + 1000]], [90_000], [_NOW + 1000]),
    ],
    ids=[
        "unknown",
        "beside",
        "wrap",
        "wrap back",
        "a little late",
        "early",
        "very late, perhaps a gap",
        "a gap",
        "very late once",
        "clock jumped",
        "the first was late",
    ],
)
def test_a_frames_time(page: Page, heard: list[Any], asked: list[int], expected: list[Any]) -> None:
    assert page.evaluate(_RUN, {"heard": heard, "asked": asked}) == expected
