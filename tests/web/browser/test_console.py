"""What people do on the pages, from the printed code to a revoked grant, with a script and without."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from curtilage.web.asked import SESSION_COOKIE
from tests.web.browser.console import Console, browsing, running_console
from tests.web.browser.household import Household, make_household
from tests.web.house import PASSWORD, House

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One server for all."""
    with running_console(Path(tmp_path_factory.mktemp("console"))) as made:
        yield made


@pytest.fixture(scope="module")
def household(console: Console) -> Household:
    """One household for all; tests put back what they take away."""
    return make_household(console)


def _new_code(console: Console, name: str) -> str:
    async def make(house: House) -> str:
        made = await house.parts.homes.create(name)
        return str(getattr(made, "code", ""))

    return console.do(make)


def test_from_the_printed_code_to_the_first_picture(chromium: Browser, console: Console) -> None:
    code = _new_code(console, "To be named")
    with browsing(chromium, console, None) as (page, troubles):
        page.goto(console.base)
        page.get_by_role("link", name="Set up with a code").click()
        page.get_by_label("Code").fill(code.lower().replace("-", " "))
        page.get_by_text("Setting up a new home").click()
        page.get_by_role("button", name="Next").click()
        page.get_by_label("Name of the home").fill("Elm Street 4")
        page.get_by_role("button", name="Next").click()
        page.get_by_label("Your name").fill("Alma")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Make my account").click()
        expect(page.get_by_role("heading", name="Your first camera")).to_be_visible()
        expect(page.get_by_text("The camera itself gets the password.")).to_be_visible()
        page.get_by_label("What do you call it?").fill("Porch")
        page.get_by_label("Its address").fill("sim:porch")
        page.get_by_role("button", name="Give consent and add").click()
        expect(page.locator('[data-state="live"]')).to_be_attached(timeout=10_000)
        page.get_by_role("link", name="Yes, done").click()
        expect(page.locator(".home-name")).to_have_text("Elm Street 4")
        expect(page.locator(".sentence")).to_have_text("1 of 1 camera live. 1 person may see it.")
        assert troubles.none(), troubles


def test_a_used_code_says_so_and_loses_nothing(chromium: Browser, console: Console) -> None:
    with browsing(chromium, console, None) as (page, troubles):
        page.goto(f"{console.base}/set-up")
        page.get_by_label("Code").fill("BCDF-GHJK-LMNP")
        page.get_by_text("Joining a home I was invited to").click()
        page.get_by_role("button", name="Next").click()
        page.get_by_label("Your name").fill("Bo")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Make my account").click()
        expect(page.get_by_role("alert")).to_contain_text("This code is not valid")
        expect(page.get_by_label("Code")).to_have_value("BCDF-GHJK-LMNP")
        assert troubles.none(), troubles


def _sign_in(page: Page, console: Console, name: str) -> None:
    page.goto(f"{console.base}/sign-in")
    page.get_by_label("Your name here").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_account_signs_in_sees_live_and_signs_out(chromium: Browser, console: Console, household: Household) -> None:
    with browsing(chromium, console, None) as (page, troubles):
        _sign_in(page, console, "Ada of Rose house")
        expect(page.locator('[data-state="live"]').first).to_be_attached()
        expect(page.get_by_role("link", name="Activity")).to_have_count(0)
        page.get_by_text("More", exact=True).click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Welcome home")).to_be_visible()
        page.goto(console.base + household.page)
        expect(page.get_by_role("heading", name="Welcome home")).to_be_visible()
        assert troubles.none(), troubles


def test_a_wrong_password_is_one_answer(chromium: Browser, console: Console, household: Household) -> None:
    assert household.home
    said = set()
    with browsing(chromium, console, None) as (page, _):
        for name in ("Ada of Rose house", "Nobody at all"):
            page.goto(f"{console.base}/sign-in")
            page.get_by_label("Your name here").fill(name)
            page.get_by_label("Password", exact=True).fill("not the password")
            page.get_by_role("button", name="Sign in", exact=True).click()
            said.add(page.get_by_role("alert").inner_text())
            expect(page.get_by_label("Your name here")).to_have_value(name)
    assert len(said) == 1


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without a script"])
def test_a_grant_is_made_as_a_sentence_and_revoked_with_one_press(
    chromium: Browser, console: Console, household: Household, script: bool
) -> None:
    with browsing(chromium, console, household.owner, java_script_enabled=script) as (page, _):
        page.goto(f"{console.base}/homes/{household.home}/grants")
        rows = page.locator(".row").count()
        page.get_by_label("Let").select_option(label="Ada of Rose house")
        assert page.locator('input[name="camera"]:checked').count() == 0
        page.get_by_text("Yard", exact=True).last.click()
        page.get_by_text("this date").click()
        ends = datetime.now().astimezone() + timedelta(days=2, hours=1)
        page.get_by_label("Date and time").fill(f"{ends:%Y-%m-%dT%H:%M}")
        page.get_by_role("button", name="Make the grant").click()
        row = page.locator(".row", has_text="(in 2 days)")
        expect(row).to_contain_text("Ada of Rose house may see Yard, until")
        expect(row).to_contain_text(f"{ends:%a} {ends.day} {ends:%b}, {ends:%H:%M}")
        row.get_by_role("button", name="Revoke").click()
        expect(page.get_by_role("status").first).to_contain_text("Revoked. The picture stopped after")
        expect(page.locator(".row")).to_have_count(rows)


def test_a_grant_without_an_end_is_not_made_and_keeps_what_was_chosen(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.owner) as (page, _):
        page.goto(f"{console.base}/homes/{household.home}/grants")
        page.get_by_label("Let").select_option(label="Ada of Rose house")
        page.get_by_text("Yard", exact=True).last.click()
        page.get_by_text("this date").click()
        page.get_by_label("Date and time").evaluate("(field) => field.removeAttribute('min')")
        page.get_by_label("Date and time").fill("2020-01-01T00:00")
        page.get_by_role("button", name="Make the grant").click()
        expect(page.get_by_role("alert")).to_contain_text("That end has passed")
        expect(page.get_by_label("Let")).to_have_value(household.member_person)
        assert page.locator('input[name="camera"]:checked').count() == 1


def test_a_person_is_invited_joins_and_sees_only_what_is_granted(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.owner) as (page, _):
        page.goto(f"{console.base}/homes/{household.home}/grants")
        page.get_by_label("Invite a person").fill("Carla")
        page.get_by_role("button", name="Make a joining code").click()
        code = page.locator(".big-code").inner_text()
    with browsing(chromium, console, None) as (page, troubles):
        page.goto(f"{console.base}/set-up")
        page.get_by_label("Code").fill(code)
        page.get_by_text("Joining a home I was invited to").click()
        page.get_by_role("button", name="Next").click()
        page.get_by_label("Your name").fill("Carla C")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Make my account").click()
        expect(page.get_by_role("heading", name="No camera is shown to you.")).to_be_visible()
        assert troubles.none(), troubles


def test_a_camera_is_added_and_removed_without_a_script(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.owner, java_script_enabled=False) as (page, _):
        page.goto(f"{console.base}/homes/{household.home}/cameras/add")
        page.get_by_label("What do you call it?").fill("Shed")
        page.get_by_label("Its address").fill("gopher://shed")
        page.get_by_role("button", name="Give consent and add").click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("What do you call it?")).to_have_value("Shed")
        expect(page.get_by_label("Its address")).to_have_value("")
        page.get_by_label("Its address").fill("sim:shed")
        page.get_by_role("button", name="Give consent and add").click()
        tile = page.locator('[data-name="Shed"]')
        tile.get_by_text("Remove Shed", exact=True).click()
        tile.get_by_role("button", name="Remove Shed now").click()
        expect(page.locator('[data-name="Shed"]')).to_have_count(0)


def test_a_camera_that_does_not_answer_says_so_on_its_tile(
    chromium: Browser, console: Console, household: Household
) -> None:
    async def add(house: House) -> str:
        return await house.camera(household.home, "Gate")

    camera = console.do(add)
    console.grant(household.home, camera, household.owner_person)  # type: ignore[arg-type] # the house says str
    with browsing(chromium, console, household.owner) as (page, troubles):
        page.goto(console.base + household.page)
        tile = page.locator('[data-name="Gate"]')
        expect(tile).to_have_attribute("data-state", "error", timeout=10_000)
        expect(tile.locator(".what")).to_have_text("Gate does not answer.")
        expect(tile.locator(".do")).to_have_text("Check its power and Wi-Fi.")
        assert troubles.none(), troubles


def test_another_homes_pages_do_not_exist(chromium: Browser, console: Console, household: Household) -> None:
    other = make_household(console, "Birch flat")
    with browsing(chromium, console, other.owner) as (page, _):
        answers = []
        for address in (household.page, f"/homes/{'a' * 26}/cameras"):
            answer = page.goto(console.base + address)
            assert answer is not None
            answers.append((answer.status, answer.text()))
        assert answers[0] == answers[1]
        expect(page.get_by_role("heading", name="There is nothing here for you.")).to_be_visible()


@pytest.mark.alone
def test_a_picture_is_on_the_screen_within_a_second_of_the_click(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.member) as (page, _):
        page.goto(console.base + household.page)
        page.locator('[data-state="live"]').first.wait_for(state="attached")
        page.get_by_role("button", name="Pause pictures").click()
        page.evaluate("addEventListener('curtilage:first-frame', (event) => { window.since = event.detail.sinceMs; })")
        page.locator('[data-name="Porch"] .open').click()
        page.locator('[data-name="Porch"][data-state="live"]').wait_for(state="attached")
        assert page.evaluate("window.since") < 1000


def test_the_api_is_described_without_anybody_elses_code(
    chromium: Browser, console: Console, household: Household
) -> None:
    with browsing(chromium, console, household.owner) as (page, troubles):
        page.goto(f"{console.base}/api/docs")
        operation = page.locator(".operation", has_text="/api/v1/homes/{home}/grants").first
        operation.locator("summary").click()
        expect(operation).to_contain_text("home (path)")
        assert page.evaluate("document.scripts.length") == 1
        assert troubles.none(), troubles
        cookies = [cookie for cookie in page.context.cookies() if cookie["name"].startswith(SESSION_COOKIE)]
        assert len(cookies) == 1
