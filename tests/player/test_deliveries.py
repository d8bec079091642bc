"""Which delivery is tried when: the quickest, then the best; after a failure only after growing, bounded pauses."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
_ALL = ["webrtc", "sealed", "hls", "stills"]
_RUN = """async ({ able, steps, pinned }) => {
  const { Choice, Deliveries } = await import("/static/player/deliveries.js");
  const kept = new Map(pinned ? [["picture delivery", pinned]] : []);
  const storage = { getItem: (name) => kept.get(name) ?? null };
  const page = new Deliveries("", new Set(able), storage);
  const choice = new Choice(page, () => 0.5);
  return steps.map(([what, ...given]) => (what in page ? page[what](...given) : choice[what](...given)) ?? null);
}"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """One workbench for all."""
    with workbench(chromium) as made:
        yield made


def run(page: Page, steps: list[list[Any]], able: list[str] | None = None, pinned: str | None = None) -> Any:
    """What each step gives: a method of Choice, or of the page's Deliveries, and its arguments."""
    return page.evaluate(_RUN, {"able": _ALL if able is None else able, "steps": steps, "pinned": pinned})


@pytest.mark.parametrize(
    ("able", "pinned", "first"),
    [
        (_ALL, None, "sealed"),
        (_ALL, "stills", "stills"),
        (_ALL, "a word that is none", "sealed"),
        (["webrtc", "hls", "stills"], None, "webrtc"),
        (["webrtc", "stills"], "hls", "webrtc"),
        (["hls", "stills"], None, "hls"),
        (["stills"], None, "stills"),
        ([], None, None),
    ],
)
def test_it_begins_with_what_shows_a_picture_first(
    page: Page, able: list[str], pinned: str | None, first: str | None
) -> None:
    assert run(page, [["first", 0]], able, pinned) == [first]


@pytest.mark.parametrize(
    ("current", "healthy", "large", "expected"),
    [
        ("sealed", True, True, "webrtc"),
        ("sealed", True, False, None),
        ("webrtc", True, True, None),
        ("webrtc", True, False, "sealed"),
        ("webrtc", False, True, "sealed"),
        ("sealed", False, False, "webrtc"),
        ("stills", True, False, "sealed"),
        ("hls", True, True, "webrtc"),
    ],
)
def test_the_next_is_the_best_other_one(
    page: Page, current: str, healthy: bool, large: bool, expected: str | None
) -> None:
    assert run(page, [["next", 0, current, healthy, large]]) == [expected]


def test_a_failure_rests_longer_each_time_and_never_for_ever(page: Page) -> None:
    steps: list[list[Any]] = []
    for count in range(12):
        steps += [["failed", "webrtc", 0], ["next", min(10_000 * 2**count, 300_000) * 0.87, "sealed", True, True]]
        steps += [["next", min(10_000 * 2**count, 300_000) * 0.88, "sealed", True, True]]
    found = run(page, steps)
    assert found[1::3] == [None] * 12
    assert found[2::3] == ["webrtc"] * 12


def test_only_a_success_that_lasts_makes_good(page: Page) -> None:
    shortly = [["failed", "webrtc", 0], ["failed", "webrtc", 0], ["works", "webrtc", 0], ["works", "webrtc", 1000]]
    lasting = [*shortly, ["works", "webrtc", 31_000]]
    again = [["failed", "webrtc", 40_000], ["next", 50_000, "sealed", True, True]]
    assert run(page, [*shortly, *again])[-1] is None
    assert run(page, [*lasting, *again])[-1] == "webrtc"


def test_a_page_has_a_few_by_webrtc_and_no_more(page: Page) -> None:
    taken = [["seatTaken", "webrtc"]] * 4
    assert run(page, [*taken, ["next", 0, "sealed", True, True]])[-1] is None
    assert run(page, [*taken, ["seatLeft", "webrtc"], ["next", 0, "sealed", True, True]])[-1] == "webrtc"


def test_what_cannot_work_is_never_tried_again(page: Page) -> None:
    assert run(page, [["never", "webrtc"], ["next", 10**9, "sealed", True, True]])[-1] is None


def test_a_sealed_stream_that_does_not_keep_up_gives_way_longer_each_time(page: Page) -> None:
    poor: list[list[Any]] = [
        ["poor", 0],
        ["next", 59_000, "sealed", True, False],
        ["next", 61_000, "webrtc", True, False],
    ]
    assert run(page, poor) == [None, "webrtc", "sealed"]
    again: list[list[Any]] = [*poor, ["poor", 70_000], ["next", 130_000 + 59_000, "webrtc", True, False]]
    assert run(page, [*again, ["next", 130_000 + 61_000, "webrtc", True, False]])[-2:] == [None, "sealed"]


def test_it_comes_back_only_when_the_other_one_sees_a_good_network(page: Page) -> None:
    seen: list[list[Any]] = [["poor", 0], ["stillPoor", 50_000], ["next", 109_000, "webrtc", True, False]]
    assert run(page, [*seen, ["next", 111_000, "webrtc", True, False]])[-2:] == [None, "sealed"]
    assert run(page, [["stillPoor", 0], ["next", 1, "sealed", True, False]])[-1] is None, "nobody said it was poor"


def test_a_sealed_stream_that_keeps_up_for_a_while_is_forgiven(page: Page) -> None:
    good: list[list[Any]] = [["poor", 0], ["works", "sealed", 61_000], ["works", "sealed", 92_000], ["poor", 100_000]]
    assert run(page, [*good, ["next", 161_000, "webrtc", True, False]])[-1] == "sealed"
    badly: list[list[Any]] = [["poor", 0], ["works", "sealed", 61_000], ["left", "sealed"], ["poor", 100_000]]
    assert run(page, [*badly, ["next", 161_000, "webrtc", True, False]])[-1] is None


def test_without_webrtc_a_poor_sealed_stream_stays(page: Page) -> None:
    assert run(page, [["poor", 0], ["next", 1, "sealed", True, False]], ["sealed", "stills"])[-1] is None
