"""Every page in both themes, on a phone and a desktop: axe finds nothing serious, nothing is cut off or leaks out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.web.browser.axe import axe_script, serious_findings
from tests.web.browser.console import Console, browsing, running_console
from tests.web.browser.household import Household, make_household

pytestmark = pytest.mark.browser
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
_TARGET_PX = 24
_OPEN_DETAILS = """() => {
  for (const item of document.querySelectorAll("main details")) item.open = item.closest("[inert]") === null;
}"""
_SMALL_TARGETS = """(least) => [...document.querySelectorAll("a, button, summary, input, select")]
  .filter((item) => item.checkVisibility() && !item.closest(".unseen, p, dd, li.operation"))
  .map((item) => [item, (item.closest("label.tick") ?? item).getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.width < least || box.height < least))
  .map(([item, box]) => `${item.outerHTML.slice(0, 120)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One server for all."""
    with running_console(Path(tmp_path_factory.mktemp("console"))) as made:
        yield made


@pytest.fixture(scope="module")
def household(console: Console) -> Household:
    """One household for all."""
    return make_household(console)


def _addresses(household: Household) -> list[str]:
    home = f"/homes/{household.home}"
    large = f"{home}/cameras#camera-{household.cameras['Porch']}"
    pages = (
        "cameras",
        "cameras/add",
        "cameras/find",
        "grants",
        "grants?stopped_ms=120",
        "activity",
        "first-camera",
        "displays",
        "displays/pair",
    )
    sound = f"{home}/cameras/{household.cameras['Porch']}/sound"
    return [*(f"{home}/{page}" for page in pages), large, sound, "/api/docs", "/homes/nowhere/cameras"]


def _settled(page: Page) -> None:
    if page.locator("[data-tile]").count():
        page.locator('[data-state="live"]').first.wait_for(state="attached")
    page.wait_for_timeout(200)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_serious(
    chromium: Browser, console: Console, household: Household, size: str, theme: str
) -> None:
    script = axe_script()
    settings: dict[str, Any] = {"viewport": SIZES[size], "color_scheme": theme}
    found = {}
    with browsing(chromium, console, household.owner, **settings) as (page, troubles):
        for address in _addresses(household):
            page.goto(console.base + address)
            _settled(page)
            page.evaluate(_OPEN_DETAILS)
            found[address] = serious_findings(page, script)
        assert troubles.none(), troubles
    with browsing(chromium, console, None, **settings) as (page, troubles):
        for address in ("/sign-in", "/set-up", "/p/BCDFGHJK"):
            page.goto(console.base + address)
            found[address] = serious_findings(page, script)
        assert troubles.none(), troubles
    assert not any(found.values()), {address: items for address, items in found.items() if items}


def test_every_state_of_a_tile_is_readable(chromium: Browser, console: Console, household: Household) -> None:
    script = axe_script()
    found = {}
    for theme in ("light", "dark"):
        with browsing(chromium, console, household.member, color_scheme=theme) as (page, _):
            page.goto(console.base + household.page)
            _settled(page)
            for state in ("stale", "neutral", "error", "paused", "still", "connecting"):
                page.evaluate(
                    "(state) => document.querySelectorAll('[data-tile]').forEach((tile) => {"
                    " delete tile.dataset.grant; tile.dataset.state = state;"
                    " tile.querySelector('.what').textContent = 'No picture since 12:03'; })",
                    state,
                )
                found[theme, state] = serious_findings(page, script)
    assert not any(found.values()), found


def test_nothing_is_cut_off_at_320_pixels(chromium: Browser, console: Console, household: Household) -> None:
    wide = {}
    with browsing(chromium, console, household.owner, viewport={"width": 320, "height": 700}) as (page, _):
        for address in [*_addresses(household)]:
            page.goto(console.base + address)
            _settled(page)
            wide[address] = page.evaluate("document.documentElement.scrollWidth")
    assert all(width <= 320 for width in wide.values()), wide


def test_targets_can_be_hit(chromium: Browser, console: Console, household: Household) -> None:
    small = {}
    with browsing(chromium, console, household.owner, viewport=SIZES["phone"]) as (page, _):
        for address in _addresses(household):
            page.goto(console.base + address)
            _settled(page)
            small[address] = page.evaluate(_SMALL_TARGETS, _TARGET_PX)
    assert not any(small.values()), small


def test_forty_percent_longer_words_still_fit(chromium: Browser, console: Console, household: Household) -> None:
    longer = """() => {
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) {
        const text = walk.currentNode.textContent;
        if (text.trim()) walk.currentNode.textContent = text + " " + "é".repeat(Math.ceil(text.trim().length * 0.4));
      }
      return document.documentElement.scrollWidth;
    }"""
    with browsing(chromium, console, household.owner, viewport=SIZES["phone"]) as (page, _):
        for address in _addresses(household):
            page.goto(console.base + address)
            _settled(page)
            assert page.evaluate(longer) <= SIZES["phone"]["width"], address
