"""How far behind the newest picture the screen stays: on a good network not at all, else as far as TCP is late."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
_RUN = """async (came) => {
  const { Cushion } = await import("/static/player/cushion.js");
  const cushion = new Cushion();
  for (const [now, ageMs] of came) cushion.came(ageMs, now);
  return cushion.ms;
}"""
_EVERY_MS = 40


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """One workbench for all."""
    with workbench(chromium) as made:
        yield made


def _late(*at_s: float, late_ms: float, seconds: float = 20) -> list[tuple[float, float]]:
    """Pictures every 40 ms that are 100 ms old; at these moments one is later by so much."""
    times = [number * _EVERY_MS for number in range(int(seconds * 1000 / _EVERY_MS))]
    late = {round(at * 1000 / _EVERY_MS) * _EVERY_MS for at in at_s}
    return [(now, 100 + (late_ms if now in late else now % 3)) for now in times]


@pytest.mark.parametrize(
    ("came", "least", "most"),
    [
        ([], 0, 0),
        ([(0, 5_000)], 0, 0),
        (_late(late_ms=0), 0, 0),
        (_late(10, late_ms=400), 0, 0),
        (_late(10, 14, late_ms=60), 0, 0),
        (_late(10, 14, late_ms=300), 300, 350),
        (_late(10, 12, 14, late_ms=9_000), 600, 600),
        (_late(1, 5, late_ms=300, seconds=25), 0, 0),
        (_late(9.8, 9.9, 10.1, 10.9, 11.2, late_ms=400), 0, 0),
        (_late(6, 10, 11, 14, late_ms=300), 300, 350),
        (_late(*range(20), late_ms=300), 300, 350),
    ],
    ids=[
        "nothing",
        "one",
        "even",
        "late once",
        "hardly late",
        "late twice",
        "very late",
        "long ago",
        "one bout over two seconds",
        "three bouts",
        "all the time",
    ],
)
def test_it_is_as_long_as_what_happens_twice(
    page: Page, came: list[tuple[float, float]], least: float, most: float
) -> None:
    assert least <= page.evaluate(_RUN, came) <= most
