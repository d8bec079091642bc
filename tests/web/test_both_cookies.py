"""A browser in which somebody is signed in and a display is paired: which of the two asks."""

from pathlib import Path

import pytest

from curtilage.web.asked import DISPLAY_COOKIE, SESSION_COOKIE
from tests.web.house import House, in_house
from tests.web.world import make_grant

pytestmark = pytest.mark.slow


def test_in_a_browser_of_both_the_csrf_token_says_whether_the_display_or_the_person_looks(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        camera = await house.camera(home, "Porch")
        paired = await house.paired(home, "Kitchen tablet")
        handles = {
            "person": (await make_grant(house, home, camera, ada)).handle,
            "display": (await make_grant(house, home, camera, paired.display)).handle,
        }
        cookie = f"{SESSION_COOKIE}={member.token}; {DISPLAY_COOKIE}={paired.token}"
        tokens = {"none": "", "person": member.csrf, "display": paired.csrf}
        for said, token in tokens.items():
            who = "display" if said == "display" else "person"
            for whose, handle in handles.items():
                sent = {"cookie": cookie, **({"x-csrf-token": token} if token else {})}
                answer = await house.browser().ask("GET", f"/api/v1/stills/{handle}", **sent)
                # 503: let through to where a real connection is needed; 404: not this one's grant.
                assert answer.status == (503 if whose == who else 404), (said, whose)

    in_house(tmp_path, main)
