"""The page's own watch over an LL-HLS address: which pictures to wait for next, read from the playlist."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
_HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n"


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """One workbench for all."""
    with workbench(chromium) as made:
        yield made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_HEAD + "#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2.0,\na\n#EXTINF:2.0,\nb\n", 9),
        (_HEAD + "#EXT-X-MEDIA-SEQUENCE:0\n", 0),
        (_HEAD, None),
        ("", None),
        ("#EXT-X-MEDIA-SEQUENCE:99999999999999999999\n", None),
        ("#EXT-X-MEDIA-SEQUENCE:-1\n", None),
    ],
)
def test_the_next_number(page: Page, text: str, expected: int | None) -> None:
    script = "async (text) => (await import('/static/player/hls_view.js')).nextNumber(text)"
    assert page.evaluate(script, text) == expected
