"""Picture and sound together: whichever is ahead waits, the picture no further from its edge than it may."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
_RATE = """async ({ heard, shown, spare, lips: there }) => {
  const { Lips } = await import("/static/player/lips.js");
  const { Pace } = await import("/static/player/pace.js");
  const lips = there ? new Lips({ heardMs: heard === null ? null : 1_700_000_000_000 + heard }) : null;
  const pace = new Pace({ currentTime: shown / 1000 });
  // What is at place p of the picture's buffer came p ms after the hour.
  const rate = pace.rate(spare, 60_000, lips, { at: 5, timeMs: 1_700_000_005_000 });
  return [rate, Math.round(pace.place * 1000) / 1000, Math.round(pace.most * 10) / 10];
}"""
_MADE = """async (came) => {
  const { Made } = await import("/static/player/lips.js");
  const made = new Made();
  for (const [place, timeMs] of came) made.came(place, timeMs);
  return made.at(10_000);
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """One workbench for all."""
    with workbench(chromium) as made:
        yield made


@pytest.mark.parametrize(
    ("heard", "shown", "spare", "lips", "rate"),
    [
        (None, 4_900, 0.08, False, 1),
        (None, 4_900, 0.15, False, 1.05),
        (None, 4_700, 0.30, False, 1.15),
        (None, 4_700, 0.30, True, 1.15),
        (4_700, 4_700, 0.30, True, 1),
        (4_600, 4_700, 0.20, True, 0.95),
        (4_600, 4_900, 0.10, True, 0.8),
        (4_800, 4_700, 0.30, True, 1.05),
        (4_950, 4_700, 0.30, True, 1.15),
        (4_990, 4_900, 0.08, True, 1),
        (4_000, 4_650, 0.32, True, 1),
        (4_000, 4_500, 0.42, True, 1.05),
        (4_000, 4_400, 0.60, True, 1.15),
    ],
    ids=[
        "no sound, at the edge",
        "no sound, near it",
        "no sound, far from it",
        "sound that is not heard",
        "together",
        "the picture is ahead a little",
        "the picture is far ahead",
        "the picture is late",
        "the picture is very late",
        "the picture is late and at its edge",
        "the sound is later than is waited for",
        "the picture waits too far from its edge",
        "the picture waits much too far from its edge",
    ],
)
def test_the_picture_plays_so_that_both_meet(
    page: Page, heard: float | None, shown: float, spare: float, lips: bool, rate: float
) -> None:
    given = {"heard": heard, "shown": shown, "spare": spare, "lips": lips}
    assert page.evaluate(_RATE, given)[0] == pytest.approx(rate)


def test_a_picture_that_must_jump_jumps_to_where_the_sound_is(page: Page) -> None:
    given = {"heard": 4_900, "shown": 4_200, "spare": 0.9, "lips": True}
    _, place, most = page.evaluate(_RATE, given)
    assert (place, most) == (0.2, 0.6)
    assert page.evaluate(_RATE, {**given, "lips": False})[1:] == [0, 0.4]


@pytest.mark.parametrize(
    ("came", "at"),
    [
        ([(0, 500)], 10_500),
        ([(0, 500), (40, 700), (80, 580)], 10_501),
        ([(0, 700), (40, 540), (80, 580)], 10_500),
        ([(0, 500), (40, 9_040)], 19_000),
    ],
    ids=["one", "late ones change little", "the earliest counts", "another clock"],
)
def test_what_is_at_a_place_was_made_when_the_earliest_came(
    page: Page, came: list[tuple[float, float]], at: float
) -> None:
    assert page.evaluate(_MADE, came) == pytest.approx(at, abs=1)
