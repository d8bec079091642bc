"""The display's own page, and the QR it shows."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from curtilage.home.pairing import Pairing
from curtilage.web.asked import DISPLAY_COOKIE
from curtilage.web.pages.pages_display import Drawings, can_draw, columns, qr
from tests.web.house import House, in_house
from tests.web.page_reader import PageReader
from tests.web.world import make_grant

pytestmark = pytest.mark.slow


def test_whoever_is_not_paired_gets_the_same_page_with_no_code_in_it(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        gone = await house.paired(home, "Old tablet")
        await house.parts.displays.unpair(home, gone.display.id, house.by_operator(home))
        cookies = ("", f"{DISPLAY_COOKIE}=x", f"{DISPLAY_COOKIE}={gone.token}", f"curtilage_session={owner.token}")
        answers = [await house.browser().ask("GET", "/display", cookie=cookie) for cookie in cookies]
        assert {answer.looks() for answer in answers} == {answers[0].looks()}
        read = PageReader.of(answers[0].body)
        assert f"localhost:{house.parts.config.port}/p" in read.words
        assert read.forms == []

    in_house(tmp_path, main)


def test_a_paired_display_gets_its_cameras_its_cookie_anew_and_no_control_of_a_person(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        paired = await house.paired(home, "Kitchen tablet")
        empty = PageReader.of((await house.display(paired).ask("GET", "/display")).body)
        assert "No camera is shown here." in empty.words
        grant = await make_grant(house, home, await house.camera(home, "Porch"), paired.display)
        answer = await house.display(paired).ask("GET", "/display")
        read = PageReader.of(answer.body)
        assert read.attributes("article", "data-grant") == [grant.handle]
        assert read.forms == []
        assert read.links == []
        assert (answer.header("set-cookie") or "").startswith(
            f"{DISPLAY_COOKIE}_{house.parts.config.port}={paired.token}; HttpOnly"
        )
        assert paired.token.encode() not in answer.body
        assert read.attributes("meta", "content")[-1] == paired.csrf

    in_house(tmp_path, main)


def test_a_qr_is_drawn_for_the_display_that_waits_with_the_code_and_for_nobody_else(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        mine, other = (house.parts.pairings.start(None, name) for name in ("a", "b"))
        assert isinstance(mine, Pairing)
        assert isinstance(other, Pairing)
        code, cookie = mine.code.replace("-", ""), f"{DISPLAY_COOKIE}={mine.secret}"
        answer = await house.browser().ask("GET", f"/display/qr/{code}", cookie=cookie)
        assert (answer.status, answer.header("content-type")) == (200, "image/svg+xml")
        assert answer.header("cache-control") == "no-store"
        assert answer.body == qr(f"http://localhost:{house.parts.config.port}/p/{code}")
        strangers = [await house.browser().ask("GET", f"/display/qr/{text}") for text in (code, "BCDFGHJK")]
        wrong = (other.code.replace("-", ""), mine.code, "BCDFGHJ", "AAAAAAAA", "BCDFGHJKL", "x")
        strangers += [await house.browser().ask("GET", f"/display/qr/{text}", cookie=cookie) for text in wrong]
        assert {stranger.looks() for stranger in strangers} == {strangers[0].looks()}
        assert strangers[0].status == 404

    in_house(tmp_path, main)


def test_a_qr_is_drawn_once_and_a_flood_of_codes_is_bounded() -> None:
    asked: list[str] = []

    def draw(address: str) -> bytes:
        asked.append(address)
        return address.encode()

    drawings = Drawings(3, draw)
    for _ in range(5):
        assert drawings.of("a") == b"a"
    assert asked == ["a"]
    for address in "bcd":
        drawings.of(address)
    drawings.of("d")
    drawings.of("a")
    assert asked == ["a", "b", "c", "d", "a"]


def test_a_qr_is_small_has_its_quiet_zone_and_needs_no_style() -> None:
    drawn = (qr("https://curtilage.lan:8443/p/BCDFGHJK") or b"").decode()
    assert 'viewBox="0 0 33 33"' in drawn, "version 2 (25 modules) and 4 around it"
    assert "style=" not in drawn
    assert "<script" not in drawn
    assert re.search(r'fill="#(fff|ffffff)"', drawn, re.IGNORECASE)
    assert drawn.encode() != qr("https://curtilage.lan:8443/p/BCDFGHJL")


def test_without_what_draws_it_there_is_no_qr() -> None:
    def load(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    assert can_draw()
    assert not can_draw(load)
    assert qr("http://localhost/p", load) is None


@pytest.mark.parametrize(
    ("count", "wide"), [(0, 1), (1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (6, 3), (7, 3), (9, 3), (10, 4), (30, 4)]
)
def test_a_grid_is_as_square_as_can_be(count: int, wide: int) -> None:
    assert columns(count) == wide
