"""Every route, tried with a token for WHEP: it reaches its own grant's endpoint and what it opened, nothing else."""

from pathlib import Path

import pytest

from tests.web.house import Answer
from tests.web.test_walls import NEEDS_SESSION, in_two_worlds, same
from tests.web.world import World, ask_case

pytestmark = pytest.mark.slow


def test_a_token_for_whep_opens_nothing_else_and_no_other_grant(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        asked = await rose.house.browser(birch.member).ask("POST", "/api/v1/whep", {"grant": birch.names["handle"]})
        token, nobody = asked.json()["token"], rose.house.browser()
        theirs: dict[str, Answer] = {}
        for case in NEEDS_SESSION:
            if not case.path.startswith("/api/v1/whep"):
                with_it = await ask_case(nobody, case, birch.names, authorization=f"Bearer {token}")
                assert with_it.looks() == (await ask_case(nobody, case, birch.names)).looks(), str(case)
            elif case.method != "OPTIONS" and case.path != "/api/v1/whep":
                for what, names in (("rose", rose.names), ("over", rose.over), ("never", rose.never())):
                    answer = await ask_case(nobody, case, names, authorization=f"Bearer {token}")
                    theirs[f"{case} {what}"] = answer
                mine = await ask_case(nobody, case, birch.names, authorization=f"Bearer {token}")
                if "{whep}" in case.path:
                    theirs[f"{case}, opened by a cookie"] = mine
                else:
                    assert mine.status == 201
                    closed = await nobody.ask("DELETE", mine.header("location") or "", authorization=f"Bearer {token}")
                    assert closed.status == 204
        same(theirs, 404)

    in_two_worlds(tmp_path, main)
