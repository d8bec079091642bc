"""Displays in the console: the way from a scanned code to the form, pairing, waking, unpairing."""

from pathlib import Path

import pytest

from curtilage.web.pages.pages_displays import code_of_path, is_pairing_page
from tests.web.house import PASSWORD, House, in_house
from tests.web.page_reader import PageReader
from tests.web.world import waiting_code

pytestmark = pytest.mark.slow


def test_a_display_is_paired_shown_and_unpaired_on_the_pages(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        camera = await house.camera(home, "Porch")
        alma, page = house.browser(owner), f"/homes/{home}/displays"
        assert "No displays yet." in PageReader.of((await alma.ask("GET", page)).body).words
        code = waiting_code(house, "a")
        read = PageReader.of((await alma.ask("GET", f"{page}/pair?code={code}")).body)
        fields = read.form(f"{page}/pair").fields
        assert fields["code"] == [f"{code[:4]}-{code[4:]}"]
        assert not [attributes for tag, attributes in read.tags if tag == "input" and "checked" in attributes]
        form = f"code={code}&name=Kitchen&camera={camera}&until=tonight"
        answer = await alma.ask("POST", f"{page}/pair", form=form)
        assert (answer.status, answer.header("location")) == (303, f"{page}?said=paired")
        words = PageReader.of((await alma.ask("GET", f"{page}?said=paired")).body).words
        assert "Kitchen not here shows Porch until" in words
        (display,) = house.parts.displays.of_home(home)
        woken = await alma.ask("POST", f"{page}/{display.id}/wake", form="")
        assert woken.header("location") == f"{page}?said=away"
        grants = PageReader.of((await alma.ask("GET", f"/homes/{home}/grants")).body)
        assert "Kitchen may see Porch" in grants.words
        assert display.id in grants.attributes("option", "value")
        removed = await alma.ask("POST", f"{page}/{display.id}/remove", form="")
        assert removed.header("location") == f"{page}?said=unpaired"
        activity = PageReader.of((await alma.ask("GET", f"/homes/{home}/activity")).body).words
        assert "Alma paired the display Kitchen." in activity
        assert "Alma unpaired the display Kitchen." in activity
        assert "Alma let Kitchen see Porch until" in activity

    in_house(tmp_path, main)


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ("code={code}&name=Hall&until=revoked", 400, "A display needs a camera to show"),
        ("code={code}&name=Hall&camera={camera}", 400, "needs a person, a camera and an end"),
        ("code={code}&name=Hall&camera={camera}&until=date&at=2001-01-01T00:00", 400, "That end has passed"),
        ("code={code}&name=&camera={camera}&until=revoked", 400, "The name is empty."),
        ("code=BBBB-BBBB&name=Hall&camera={camera}&until=revoked", 404, "No display waits with this code."),
    ],
)
def test_what_is_missing_is_said_and_what_was_chosen_stays(tmp_path: Path, form: str, status: int, words: str) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        camera, code = await house.camera(home, "Porch"), waiting_code(house, "a")
        path = f"/homes/{home}/displays/pair"
        answer = await house.browser(owner).ask("POST", path, form=form.format(code=code, camera=camera))
        assert answer.status == status
        read = PageReader.of(answer.body)
        assert words in read.words
        ticked = [
            given["value"]
            for tag, given in read.tags
            if tag == "input" and given.get("type") == "checkbox" and "checked" in given
        ]
        assert ticked == ([camera] if "{camera}" in form else [])
        assert house.parts.displays.of_home(home) == []

    in_house(tmp_path, main)


def test_a_scanned_code_leads_through_signing_in_to_the_form(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose house", "Alma")
        form = f"account=Alma&password={PASSWORD.replace(' ', '+')}&to="
        for path in ("/p/BCDFGHJK", "/P/BCDFGHJK", "/p/bcdfghjk"):
            read = PageReader.of((await house.browser().ask("GET", path)).body)
            assert read.form("/sign-in").fields["to"] == ["/p/BCDFGHJK"]
            answer = await house.browser(owner).ask("GET", path)
            assert answer.header("location") == f"/homes/{home}/displays/pair?code=BCDFGHJK"
        signed_in = await house.browser().ask("POST", "/sign-in", form=f"{form}/p/BCDFGHJK")
        assert signed_in.header("location") == "/p/BCDFGHJK"
        wrong = await house.browser().ask("POST", "/sign-in", form="account=Alma&password=wrong+wrong+wrong&to=/p")
        assert PageReader.of(wrong.body).form("/sign-in").fields["to"] == ["/p"]
        for elsewhere in ("//evil.example", "http://evil.example/p", "/p//evil.example", "/activity", "/p/B%0aSet"):
            answer = await house.browser().ask("POST", "/sign-in", form=form + elsewhere)
            assert answer.header("location") == "/"
        typed = await house.browser(owner).ask("GET", "/p")
        assert typed.header("location") == f"/homes/{home}/displays/pair"
        for path in ("/p/BCDFGHJ", "/P/AAAAAAAA", "/p/BCDF-GHJK"):
            assert (await house.browser(owner).ask("GET", path)).status == 404
            assert (await house.browser().ask("GET", path)).status == 404

    in_house(tmp_path, main)


def test_a_member_is_told_to_ask_an_owner(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        _, member = await house.member(home, "Ada")
        await house.paired(home, "Kitchen")
        ada = house.browser(member)
        assert (await ada.ask("GET", "/p/BCDFGHJK")).status == 403
        read = PageReader.of((await ada.ask("GET", f"/homes/{home}/displays")).body)
        assert "Kitchen" in read.words
        assert [form.action for form in read.forms if "remove" in form.action] == []

    in_house(tmp_path, main)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/p", True),
        ("/P", True),
        ("/p/BCDFGHJK", True),
        ("", False),
        ("/", False),
        ("/p/", False),
        ("/p/../x", False),
        ("/p/BCDF/x", False),
        ("//p", False),
        ("/p\n", False),
    ],
)
def test_signing_in_goes_on_to_a_pairing_page_and_nowhere_else(path: str, is_one: bool) -> None:
    assert is_pairing_page(path) is is_one


def test_an_address_has_one_spelling_of_a_code_but_for_capitals() -> None:
    assert code_of_path("bcdfghjk") == code_of_path("BCDFGHJK") == "BCDFGHJK"
    assert code_of_path("BCDF-GHJK") is code_of_path("BCDFGHJK.css") is code_of_path("") is None
