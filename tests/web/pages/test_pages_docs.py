"""The page of the API."""

from pathlib import Path

import pytest

from tests.web.house import House, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow


def test_the_page_is_for_who_is_signed_in_and_names_the_document(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, owner = await house.home("Rose", "Alma")
        assert (await house.browser().ask("GET", "/api/docs")).header("location") == "/sign-in"
        read = PageReader.of((await house.browser(owner).ask("GET", "/api/docs")).body)
        assert "/api/v1/openapi.json" in read.links
        assert read.attributes("script", "src") == ["/static/console/api_docs.js"]

    in_house(tmp_path, main)
