"""The console's files: looked up, never opened by path; small; asked for again each time."""

import asyncio
import gzip
from pathlib import Path

import pytest

from curtilage.web.pages_static import read_files
from tests.web.house import House, in_house

pytestmark = pytest.mark.slow

STATIC = Path(__file__).parents[2] / "src" / "curtilage" / "web" / "static"
SIZES = {"player/": 16, "console/console.css": 8, "console/cameras.js console/tile.js console/words.js": 6}
"""What may come over the line, in KiB compressed (notes: console, Checks)."""


@pytest.mark.parametrize(("names", "kib"), SIZES.items())
def test_scripts_and_style_are_small(names: str, kib: int) -> None:
    files = read_files(STATIC)
    taken = [file for path, file in files.items() if path.startswith(tuple(names.split()))]
    assert taken
    assert sum(len(file.compressed) for file in taken) <= kib * 1024


def test_a_file_is_sent_as_it_is_compressed_and_not_twice(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        browser = house.browser()
        plain = await browser.ask("GET", "/static/console/tile.js")
        assert plain.header("content-type") == "text/javascript; charset=utf-8"
        assert plain.body == (STATIC / "console/tile.js").read_bytes()
        assert plain.header("cache-control") == "public, no-cache"
        packed = await browser.ask("GET", "/static/console/tile.js", accept_encoding="gzip, br")
        assert gzip.decompress(packed.body) == plain.body
        known = await browser.ask("GET", "/static/console/tile.js", if_none_match=plain.header("etag") or "")
        assert (known.status, known.body) == (304, b"")
        assert (await browser.ask("GET", "/favicon.ico")).header("content-type") == "image/svg+xml"

    in_house(tmp_path, main)


def test_nothing_else_can_be_had_below_static(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        paths = ("none.js", "../pages.py", "%2e%2e/pages.py", "console", "console/", "/etc/passwd", "console/tile.js/")
        answers = await asyncio.gather(*(house.browser().ask("GET", f"/static/{path}") for path in paths))
        assert {answer.status for answer in answers} <= {303, 401, 404}

    in_house(tmp_path, main)
