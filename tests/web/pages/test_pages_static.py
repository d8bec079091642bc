"""The console's files: looked up, never opened by path; small; asked for again each time."""

import asyncio
import gzip
import re
from pathlib import Path

import pytest

from curtilage.web.pages.pages_static import read_files, without_comments
from tests.web.house import House, in_house

pytestmark = pytest.mark.slow

STATIC = Path(__file__).parents[3] / "src" / "curtilage" / "web" / "static"
DELIVERIES = ("player/webrtc.js", "player/part_clock.js", "player/hls_view.js", "stills/stills_view.js")
"""Fetched by import() when a page turns to another delivery: never before the first picture."""
SOUND = ("player/listening.js", "player/sound.js", "player/sound_box.js", "player/lips.js")
"""Fetched by import() when somebody turns a camera's sound on."""
POOR_NETWORK = ("player/pace.js", "player/cushion.js", "player/strain.js")
"""Fetched by import() when there is a picture: what keeps it at the live edge, and what a poor network needs."""
LATER = (*DELIVERIES, *SOUND, *POOR_NETWORK)
SIZES = {"player/": 16, "console/console.css": 8, "console/cameras.js console/tile.js console/words.js": 6}
"""What may come over the line before a picture, in KiB compressed (notes: console, Checks)."""
LATER_SIZES = {DELIVERIES: 8, SOUND: 4, POOR_NETWORK: 2}


@pytest.mark.parametrize(("names", "kib"), SIZES.items())
def test_scripts_and_style_are_small(names: str, kib: int) -> None:
    files = read_files(STATIC)
    taken = [file for path, file in files.items() if path.startswith(tuple(names.split())) and path not in LATER]
    assert taken
    assert sum(len(file.compressed) for file in taken) <= kib * 1024


def test_what_comes_later_is_small_and_asked_for_by_no_script_at_first() -> None:
    files = read_files(STATIC)
    for names, kib in LATER_SIZES.items():
        assert sum(len(files[path].compressed) for path in names) <= kib * 1024
    for path, file in files.items():
        first = re.findall(r'^import .*? from "(.*?)";', file.plain.decode(), re.MULTILINE | re.DOTALL)
        asked = {(Path(path).parent / name).name for name in first}
        assert path in LATER or not asked & {Path(later).name for later in LATER}, path


def test_scripts_lose_their_comments_on_the_way_and_nothing_else() -> None:
    script = '// head\n/** Doc\n * more. */\nconst a = "// no"; // kept\n  /** x */\n  if (a) {\n    b();\n  }\n'
    assert without_comments(script) == 'const a = "// no"; // kept\nif (a) {\nb();\n}\n'


_LATER_LANGUAGE = (
    r"=>|`|\?\.|\?\?|\b(?:let|const|class|async|await|import|export|Promise|fetch|performance|of|Number\.is\w+)\b"
)
"""What JavaScript had in 2009 has none of these."""


@pytest.mark.parametrize("path", ["display/pairing.js", "display/stills.js"])
def test_what_an_old_display_runs_is_written_in_the_language_of_2009(path: str) -> None:
    """Both, for a browser that cannot be paired never gets to the stills."""
    script = without_comments((STATIC / path).read_text(encoding="utf-8"))
    words_left_out = re.sub(r'"[^"\n]*"', '""', script)
    assert re.findall(_LATER_LANGUAGE, words_left_out) == []


@pytest.mark.parametrize("file", sorted(STATIC.rglob("*.js")), ids=lambda file: file.name)
def test_no_string_of_a_script_goes_over_several_lines(file: Path) -> None:
    """Otherwise its lines could be taken for comments, and its indentation would be lost."""
    for line in file.read_text(encoding="utf-8").splitlines():
        assert line.lstrip().startswith(("//", "*", "/**")) or line.replace("\\`", "").count("`") % 2 == 0, line


def test_a_file_is_sent_as_it_is_compressed_and_not_twice(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        browser = house.browser()
        plain = await browser.ask("GET", "/static/console/tile.js")
        assert plain.header("content-type") == "text/javascript; charset=utf-8"
        assert plain.body == without_comments((STATIC / "console/tile.js").read_text(encoding="utf-8")).encode()
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
