"""The console's page Certificate."""

from pathlib import Path

import pytest

from curtilage.vault.certificate import MS_PER_DAY
from curtilage.web.pages.pages_certificate import days_words
from tests.web.house import House, in_house


def test_it_shows_the_fingerprint_the_qr_and_how_long_it_lasts(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        assert house.parts.certificates is not None
        person, root = house.browser(session), house.parts.certificates.authority()
        page = (await person.ask("GET", "/certificate")).body.decode()
        assert root.fingerprint in page.replace("<wbr>", "")
        assert "88 more days" in page
        assert "http://rose.home.arpa:8481/" in page
        assert 'src="/certificate/qr"' in page
        drawn = await person.ask("GET", "/certificate/qr")
        assert drawn.header("content-type") == "image/svg+xml"
        assert drawn.body.startswith(b"<svg")

    in_house(tmp_path, main, public_name="rose.home.arpa")


def test_without_a_public_name_it_says_how_to_begin(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        person = house.browser(session)
        page = (await person.ask("GET", "/certificate")).body.decode()
        assert "--public-name" in page
        assert (await person.ask("GET", "/certificate/qr")).status == 404

    in_house(tmp_path, main)


def test_a_trouble_is_told_there_too(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        page = (await house.browser(session).ask("GET", "/certificate")).body.decode()
        assert "none.pem cannot be read" in page
        assert "/certificate/qr" not in page, "a given certificate needs no trusting"

    files = {"certificate_file": str(tmp_path / "none.pem"), "certificate_key_file": str(tmp_path / "none.key")}
    in_house(tmp_path, main, public_name="rose.home.arpa", **files)


def test_displays_are_sent_to_the_public_name(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, session = await house.home("Rose house", "Alma")
        person = house.browser(session)
        assert (
            "https://rose.home.arpa:8443/display" in (await person.ask("GET", f"/homes/{home}/displays")).body.decode()
        )
        assert "https://rose.home.arpa:8443/p" in (await house.browser().ask("GET", "/display")).body.decode()

    in_house(tmp_path, main, public_name="rose.home.arpa")


@pytest.mark.parametrize(
    ("left_ms", "words"),
    [
        (-1, "over"),
        (0, "over"),
        (1, "less than a day"),
        (MS_PER_DAY, "one more day"),
        (90 * MS_PER_DAY - 1, "89 more days"),
    ],
)
def test_what_is_left_is_said_in_days(left_ms: int, words: str) -> None:
    assert days_words(left_ms) == words
