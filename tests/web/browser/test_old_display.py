"""A display whose browser is too old for the player, in a real browser that is kept from reading it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web.browser.console import Console, running_console
from tests.web.browser.test_display import Home, make_home, pair, shown_code, two, unpair

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A server."""
    with running_console(Path(tmp_path_factory.mktemp("console")), display_quiet_s=600) as made:
        yield made


@pytest.fixture(scope="module")
def home(console: Console) -> Home:
    """Its home."""
    return make_home(console)


def test_an_old_display_keeps_a_picture_whose_next_is_refused_and_counts_its_age_until_it_goes(
    chromium: Browser, console: Console, home: Home
) -> None:
    with two(chromium, console, home) as (display, owner, _):
        pair(display, owner, console, "Old tablet", "Porch")
        display.route("**/static/player/*.js", lambda route: route.abort())
        display.reload()
        picture, chip = display.locator("[data-tile] img"), display.locator('[data-tile] [data-part="chip"]')
        expect(picture).to_be_attached(timeout=10_000)
        display.route("**/api/v1/stills/**", lambda route: route.fulfill(status=429))
        for age in ("5", "8"):
            expect(chip).to_have_text(f"Porch, a still, {age} s old", timeout=10_000)
            expect(picture).to_be_attached()
        display.evaluate("document.querySelector('[data-tile]').setAttribute('data-neutral-ms', '9000')")
        expect(chip).to_have_text("Porch, no picture", timeout=5_000)
        expect(picture).to_have_count(0)
        display.unroute("**/api/v1/stills/**")
        expect(picture).to_be_attached(timeout=20_000)
        display.route("**/api/v1/stills/**", lambda route: route.abort())
        display.route("**/api/v1/display?after=*", lambda route: route.abort())
        display.evaluate("document.querySelector('[data-tile]').setAttribute('data-neutral-ms', '600000')")
        owner.goto(f"{console.base}/homes/{home.id}/displays")
        owner.get_by_role("button", name="Wake Old tablet").click()  # what it hears with is answered, and then fails
        expect(picture).to_have_count(0, timeout=20_000)
        display.unroute("**/api/v1/display?after=*")
        unpair(owner, console, home, "Old tablet")
        shown_code(display)
