"""Templates escape, miss nothing silently, and problems are pages."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from curtilage.web.pages.pages_frame import make_environment, problem_page
from curtilage.web.problem import NOT_FOUND, Kind, Problem
from tests.web.house import House, in_house
from tests.web.page_reader import PageReader

pytestmark = pytest.mark.slow


def test_templates_escape_and_an_undefined_name_is_an_error() -> None:
    environment = make_environment()
    assert environment.from_string("{{ name }}").render(name="<b>") == "&lt;b&gt;"
    assert (
        environment.from_string("{% trans name=name %}Hello {{ name }}{% endtrans %}").render(name="<b>")
        == "Hello &lt;b&gt;"
    )
    with pytest.raises(UndefinedError):
        environment.from_string("{{ nothing }}").render()


def test_every_template_can_be_read() -> None:
    environment = make_environment()
    for name in environment.list_templates():
        assert environment.get_template(name).name == name


def test_every_icon_has_its_own_shape() -> None:
    icon = make_environment().globals["icon"]
    shapes = {str(icon(name)) for name in ("camera", "key", "activity", "live", "clock", "dark", "warning", "lock")}  # type: ignore[operator] # a macro
    assert len(shapes) == 8


@pytest.mark.parametrize("kind", Kind)
def test_every_problem_is_a_page_with_what_to_do(kind: Kind) -> None:
    page = problem_page(make_environment(), Problem(kind))
    read = PageReader.of(bytes(page.body))
    assert page.status_code == kind.status
    assert " ".join(kind.do.split()) in read.words


def test_what_is_not_yours_is_the_same_page_as_what_is_not_there(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose", "Alma")
        _, stranger = await house.home("Birch", "Bo")
        browser = house.browser(stranger)
        for page in ("cameras", "cameras/add", "grants", "activity", "first-camera"):
            theirs = await browser.ask("GET", f"/homes/{home}/{page}")
            nobodys = await browser.ask("GET", f"/homes/{'a' * 26}/{page}")
            assert theirs.looks() == nobodys.looks()
            assert theirs.body == problem_page(make_environment(), NOT_FOUND).body

    in_house(tmp_path, main)


def test_the_rail_shows_owners_more_than_members_and_every_home(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, owner = await house.home("Rose", "Alma")
        _, member = await house.member(home, "Ada")
        other = await house.parts.homes.create("Birch")
        await house.parts.accounts.join(owner.account, getattr(other, "code", ""))
        seen = PageReader.of((await house.browser(owner).ask("GET", f"/homes/{home}/cameras")).body)
        assert f"/homes/{home}/activity" in seen.links
        assert len([link for link in seen.links if link.endswith("/cameras")]) == 4
        seen = PageReader.of((await house.browser(member).ask("GET", f"/homes/{home}/cameras")).body)
        assert f"/homes/{home}/activity" not in seen.links
        assert "Your homes" not in seen.words

    in_house(tmp_path, main)
