"""Whether a delivery keeps up: the share of the last ten seconds that passed in gaps."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
_RUN = """async ({ shown, now, forgotten }) => {
  const { Strain } = await import("/static/player/strain.js");
  const strain = new Strain();
  for (const at of shown) {
    if (forgotten !== null && at > forgotten) { strain.forget(); forgotten = null; }
    strain.shown(at);
  }
  return strain.isPoor(now);
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """One workbench for all."""
    with workbench(chromium) as made:
        yield made


def _shown(every_ms: int = 40, until_ms: int = 15_000, without: tuple[tuple[int, int], ...] = ()) -> list[int]:
    return [at for at in range(0, until_ms, every_ms) if not any(first < at < last for first, last in without)]


_GAPS = ((8_000, 8_400), (11_000, 11_400), (13_000, 13_400))


@pytest.mark.parametrize(
    ("shown", "now", "forgotten", "poor"),
    [
        ([], 20_000, None, False),
        (_shown(), 15_000, None, False),
        (_shown(without=((8_000, 8_300),)), 15_000, None, False),
        (_shown(without=_GAPS), 15_000, None, True),
        (_shown(without=_GAPS), 15_000, 14_000, False),
        (_shown(without=_GAPS, until_ms=30_000), 29_000, None, False),
        (_shown(without=_GAPS, until_ms=9_000), 9_000, None, False),
        (_shown(every_ms=500), 15_000, None, False),
        (_shown(every_ms=500, without=((9_000, 13_000),)), 15_000, None, True),
        (_shown(until_ms=12_000), 15_000, None, True),
    ],
    ids=[
        "nothing",
        "even",
        "one gap",
        "gaps",
        "forgotten",
        "long ago",
        "too soon",
        "few pictures",
        "fewer",
        "none now",
    ],
)
def test_gaps_beside_what_is_usual_are_counted(
    page: Page, shown: list[int], now: int, forgotten: int | None, poor: bool
) -> None:
    assert page.evaluate(_RUN, {"shown": shown, "now": now, "forgotten": forgotten}) is poor
