"""A problem's type leads to its explanation."""

from pathlib import Path

import pytest

from curtilage.web.problem import Kind
from tests.web.house import House, in_house

pytestmark = pytest.mark.slow


def test_every_kind_is_explained_at_its_type(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        alma = house.browser(session)
        kinds = (await alma.ask("GET", "/api/problems")).json()
        assert len(kinds) == len(Kind)
        for kind in kinds:
            assert (await alma.ask("GET", kind["type"])).json() == kind
        assert (await alma.ask("GET", "/api/problems/none")).status == 404

    in_house(tmp_path, main)
