"""WHEP over the API: 201 with all that the draft asks for, and a table of what gets which refusal."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from curtilage.cameras.webrtc.sound_trouble import SoundTrouble
from curtilage.consent.grant import Grant
from curtilage.home.session import Session
from curtilage.wire.identifier import HomeId
from tests.cameras.whep_side import HEAD, OFFER, TRICKLE, VIDEO, made_parts
from tests.web.house import Answer, House, house
from tests.web.world import make_grant

pytestmark = pytest.mark.slow  # the first loads aiortc
SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"


@dataclass
class Ada:
    """A member with a grant for a camera that has a picture."""

    house: House
    home: HomeId
    session: Session
    grant: Grant

    async def post(self, offer: str = OFFER, kind: str = SDP, handle: str | None = None) -> Answer:
        """Ask for a view."""
        browser = self.house.browser(self.session, offer.encode())
        return await browser.ask("POST", f"/api/v1/whep/{handle or self.grant.handle}", content_type=kind)

    async def patch(self, location: str, fragment: str = TRICKLE, **headers: str) -> Answer:
        """Trickle."""
        browser = self.house.browser(self.session, fragment.encode())
        return await browser.ask("PATCH", location, **{"content_type": FRAGMENT, **headers})


def in_adas_house(folder: Path, main: Any, *, picture: bool = True, **settings: float) -> None:
    """Rose house, Ada, the porch."""

    async def body() -> None:
        async with house(folder, **settings) as made:
            home, _ = await made.home("Rose house", "Alma")
            person, session = await made.member(home, "Ada")
            camera = await made.camera(home, "Porch")
            if picture:
                for part in made_parts(made.parts.clock.now()):
                    made.parts.views._cameras[camera].sealers[0].part(part)
            await main(Ada(made, home, session, await make_grant(made, home, camera, person)))

    asyncio.run(body())


def test_a_view_is_made_and_ended(tmp_path: Path) -> None:
    async def main(ada: Ada) -> None:
        made = await ada.post()
        assert made.status == 201, made.body
        assert made.header("content-type") == SDP
        assert made.header("cache-control") == "no-store"
        assert made.header("accept-patch") == FRAGMENT
        etag, location = made.header("etag"), made.header("location")
        assert etag is not None
        assert etag.startswith('"')
        assert location is not None
        assert location.startswith("/api/v1/whep/views/")
        assert b"a=sendonly" in made.body
        assert ada.house.parts.views.count_of(ada.grant) == 1, "it counts as watching"
        browser = ada.house.browser(ada.session)
        assert (await browser.ask("DELETE", location)).status == 204
        assert (await browser.ask("DELETE", location)).status == 404
        assert ada.house.parts.views.count_of(ada.grant) == 0

    in_adas_house(tmp_path, main)


def test_revoking_ends_it(tmp_path: Path) -> None:
    async def main(ada: Ada) -> None:
        location = (await ada.post()).header("location") or ""
        await ada.house.parts.grants.revoke(ada.home, ada.grant.id, None)
        assert ada.house.parts.whep.count() == 0
        assert (await ada.house.browser(ada.session).ask("DELETE", location)).status == 404
        assert (await ada.post()).status == 404

    in_adas_house(tmp_path, main)


def test_it_says_whether_the_view_is_there_still_and_when_its_newest_picture_came(tmp_path: Path) -> None:
    async def main(ada: Ada) -> None:
        location = (await ada.post()).header("location") or ""
        browser = ada.house.browser(ada.session)
        said = await browser.ask("GET", location)
        assert said.status == 200
        value = said.json()
        assert (value["rtp_timestamp"], value["time_ms"], value["until_ms"]) == (None, None, None), "nothing sent yet"
        assert value["now"] > 0
        assert (value["sound"], value["sound_trouble"]) == ("none", None)
        (view,) = ada.house.parts.whep._open.values()
        view.sound_trouble = SoundTrouble.NO_PLACE
        value = (await browser.ask("GET", location)).json()
        assert value["sound"] == "trouble"
        assert "transcoders_count_max" in value["sound_trouble"]
        await ada.house.parts.grants.revoke(ada.home, ada.grant.id, None)
        never = await browser.ask("GET", f"/api/v1/whep/views/{'A' * 43}")
        assert (await browser.ask("GET", location)).looks() == never.looks()

    in_adas_house(tmp_path, main)


def test_a_person_says_that_it_is_not_their_camera(tmp_path: Path) -> None:
    async def main(ada: Ada) -> None:
        location = (await ada.post()).header("location") or ""
        browser = ada.house.browser(ada.session)
        views = ada.house.parts.views
        assert (await browser.ask("POST", f"{location}/alarms", {"cause": "a word"})).status == 422
        assert views.alarms_count == 0
        assert (await browser.ask("POST", f"{location}/alarms", {"cause": "not_my_camera"})).status == 204
        assert (views.alarms_count, views.count_of(ada.grant), ada.house.parts.whep.count()) == (1, 0, 0)
        assert (await browser.ask("POST", f"{location}/alarms", {"cause": "not_my_camera"})).status == 404

    in_adas_house(tmp_path, main)


def test_a_display_has_its_own_view_until_it_is_unpaired(tmp_path: Path) -> None:
    async def main(ada: Ada) -> None:
        paired = await ada.house.paired(ada.home, "Tablet")
        grant = await make_grant(ada.house, ada.home, ada.grant.camera, paired.display)
        browser = replace(ada.house.display(paired), body=OFFER.encode())
        made = await browser.ask("POST", f"/api/v1/whep/{grant.handle}", content_type=SDP)
        assert made.status == 201, made.body
        location = made.header("location") or ""
        assert (await ada.house.display(paired).ask("GET", location)).status == 200
        assert (await ada.house.browser(ada.session).ask("GET", location)).status == 404, "it is the display's alone"
        assert (await browser.ask("POST", f"/api/v1/whep/{ada.grant.handle}", content_type=SDP)).status == 404
        assert await ada.house.parts.displays.unpair(ada.home, paired.display.id, None)
        assert ada.house.parts.whep.count() == 0

    in_adas_house(tmp_path, main)


BAD = {
    "JSON": (OFFER, "application/json", 415),
    "no type": (OFFER, "", 415),
    "nothing": ("", SDP, 400),
    "noise": ("\x00\x01\x02", SDP, 400),
    "no sections": (HEAD, SDP, 400),
    "sound alone": (HEAD + VIDEO.replace("m=video", "m=audio"), SDP, 406),
    "VP8 alone": (OFFER.replace("H264", "VP8"), SDP, 406),
    "a megabyte": (OFFER + "a=x\r\n" * 200_000, SDP, 413),
}


@pytest.mark.parametrize("case", list(BAD))
def test_what_cannot_be_answered_is_a_problem_with_words(tmp_path: Path, case: str) -> None:
    async def main(ada: Ada) -> None:
        offer, kind, status = BAD[case]
        answer = await ada.post(offer, kind)
        assert answer.status == status, answer.body
        assert answer.header("content-type") == "application/problem+json"
        assert answer.json()["do"]
        assert ada.house.parts.whep.count() == 0

    in_adas_house(tmp_path, main)


@pytest.mark.parametrize("case", list(BAD))
def test_a_bad_offer_to_a_strangers_handle_tells_nothing(tmp_path: Path, case: str) -> None:
    async def main(ada: Ada) -> None:
        offer, kind, _ = BAD[case]
        _, stranger = await ada.house.home("Birch flat", "Bo")
        bo = replace(ada, session=stranger)
        theirs, never = await bo.post(offer, kind), await bo.post(offer, kind, "A" * 43)
        assert theirs.looks() == never.looks()

    in_adas_house(tmp_path, main)


def test_a_camera_without_a_picture_is_said_to_have_none(tmp_path: Path) -> None:
    async def main(ada: Ada) -> None:
        answer = await ada.post()
        assert answer.status == 503
        assert "no picture" in answer.json()["detail"]
        assert ada.house.parts.views.count() == 0

    in_adas_house(tmp_path, main, picture=False)


def test_candidates_are_added_and_an_ice_restart_is_not_done(tmp_path: Path) -> None:
    async def main(ada: Ada) -> None:
        made = await ada.post()
        location, etag = made.header("location") or "", made.header("etag") or ""
        more = TRICKLE + "a=candidate:1 1 udp 5 127.0.0.1 9 typ host\r\n"
        assert (await ada.patch(location, more, if_match=etag)).status == 204
        assert (await ada.patch(location, more, if_match="*")).status == 204
        assert (await ada.patch(location, more)).status == 428
        assert (await ada.patch(location, more, if_match='"earlier"')).status == 412
        assert (await ada.patch(location, "noise", if_match=etag)).status == 400
        assert (await ada.patch(location, more, if_match=etag, content_type=SDP)).status == 415
        restart = TRICKLE.replace("abcd\r\n", "other\r\n")
        assert (await ada.patch(location, restart, if_match="*")).status == 422

    in_adas_house(tmp_path, main)


def test_options_say_what_may_be_posted_and_other_origins_are_told_nothing(tmp_path: Path) -> None:
    async def main(ada: Ada) -> None:
        path = f"/api/v1/whep/{ada.grant.handle}"
        said = await ada.house.browser(ada.session).ask("OPTIONS", path)
        assert (said.status, said.header("accept-post"), said.header("allow")) == (204, SDP, "OPTIONS, POST")
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            assert (await ada.house.browser(ada.session).ask(method, path)).status == 405
        crossing = {"origin": "http://elsewhere.example", "sec_fetch_site": "cross-site"}
        preflight = await ada.house.browser().ask("OPTIONS", path, access_control_request_method="POST", **crossing)
        signed_in = await ada.house.browser(ada.session).ask("OPTIONS", path, **crossing)
        assert (preflight.status, signed_in.status) == (401, 403)
        for answer in (said, preflight, signed_in):
            assert answer.header("access-control-allow-origin") is None

    in_adas_house(tmp_path, main)


def test_offers_are_counted_whether_or_not_they_are_answered(tmp_path: Path) -> None:
    async def main(ada: Ada) -> None:
        statuses = [(await ada.post("v=0")).status for _ in range(4)]
        assert statuses == [400, 400, 400, 429]

    in_adas_house(tmp_path, main, webrtc_offers_per_minute_max=3)


def test_the_operator_at_the_machine_gets_no_picture(tmp_path: Path) -> None:
    async def main(ada: Ada) -> None:
        browser = replace(ada.house.operator(), body=OFFER.encode())
        assert (await browser.ask("POST", f"/api/v1/whep/{ada.grant.handle}", content_type=SDP)).status == 404

    in_adas_house(tmp_path, main)
