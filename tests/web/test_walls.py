"""Every route of the application, tried by everybody who may not: nobody can tell what exists in a home not theirs.

The list of routes comes from the application itself; one without a case in cases.py fails here.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from curtilage.web.route_list import every_route
from tests.web.cases import CASES, VIEWS, Case, Who
from tests.web.house import Answer, house
from tests.web.world import NEVER, World, ask_case, make_grant, make_world, world

pytestmark = pytest.mark.slow

IN_A_HOME = [case for case in CASES if "{home}" in case.path]
ON_A_STREAM = [case for case in CASES if "{stream}" in case.path or "{whep}" in case.path]
BY_A_HANDLE = [case for case in CASES if case.method == "POST" and "{handle}" in f"{case.path} {case.value}"]
OF_A_THING = [case for case in IN_A_HOME if re.search(r"\{(?!home|pass)\w+\}", f"{case.path} {case.value} {case.form}")]
WITHOUT_PLACES = [case for case in CASES if "{" not in case.path and case.method == "GET"]
NEED_A_CONNECTION = {"/api/v1/streams", "/api/v1/stills/{handle}", "/api/v1/stills/{handle}/moving"}
"""They are cut by a reset, so they exist on a real connection only: test_sealed_stream.py, test_stills.py."""
NEEDS_SESSION = [case for case in CASES if case.who not in (Who.ANYBODY, Who.WAITING)]


def in_world(folder: Path, main: Callable[[World], Awaitable[None]]) -> None:
    async def body() -> None:
        async with world(folder) as made:
            await main(made)

    asyncio.run(body())


def in_two_worlds(folder: Path, main: Callable[[World, World], Awaitable[None]]) -> None:
    """The second is the stranger's: a home of the same making, where the first one's names mean nothing."""

    async def body() -> None:
        async with house(folder) as made:
            rose = await make_world(made, "Rose house", "Alma", "Ada")
            birch = await make_world(made, "Birch flat", "Bo", "Ben")
            before = await rose.state()
            await main(rose, birch)
            assert await rose.state() == before

    asyncio.run(body())


def test_every_route_has_a_case(tmp_path: Path) -> None:
    async def main(made: World) -> None:
        routes = {(route.method, route.path) for route in every_route(made.house.app.routes)}
        assert routes == {case.key for case in CASES}

    in_world(tmp_path, main)


@pytest.mark.slow  # all together
@pytest.mark.parametrize("case", [case for case in CASES if case.path not in NEED_A_CONNECTION], ids=str)
def test_the_case_works_for_the_one_who_may(tmp_path: Path, case: Case) -> None:
    """Otherwise the tests below would try the walls with requests that could not get through anyway."""

    async def main(made: World) -> None:
        answer = await ask_case(made.browser(case.who), case, made.names)
        assert answer.status == case.status, answer.body

    in_world(tmp_path, main)


def same(answers: Mapping[str, Answer], status: int) -> None:
    """All look the same from outside, to the last byte."""
    first = next(iter(answers.values()))
    assert first.status == status, first.body
    for what, answer in answers.items():
        assert answer.looks() == first.looks(), what
        assert answer.header("cache-control") == "no-store"


def test_a_stranger_cannot_tell_a_home_from_none(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        for session in (birch.owner, birch.member):
            stranger = rose.house.browser(session)
            for case in IN_A_HOME:
                answers = {
                    "their own things": await ask_case(stranger, case, rose.names),
                    "things that are over": await ask_case(stranger, case, rose.over),
                    "things that never were": await ask_case(stranger, case, rose.never(home=rose.home)),
                    "a home that never was": await ask_case(stranger, case, rose.never()),
                    "my things in their home": await ask_case(stranger, case, {**birch.names, "home": rose.home}),
                    "a home's name that is none": await ask_case(stranger, case, rose.never(home="x")),
                    "another kind of name": await ask_case(stranger, case, rose.never(home=rose.names["camera"])),
                }
                same(answers, 404)

    in_two_worlds(tmp_path, main)


def test_in_ones_own_home_a_strangers_thing_is_none(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        owner = rose.house.browser(birch.owner)
        for case in OF_A_THING:
            answers = {
                "a stranger's": await ask_case(owner, case, {**rose.names, "home": birch.home}),
                "never was": await ask_case(owner, case, rose.never(home=birch.home)),
            }
            if "{consent}" not in case.path and "{position}" not in case.path:
                answers["a stranger's, over"] = await ask_case(owner, case, {**rose.over, "home": birch.home})
                answers["mine, over"] = await ask_case(owner, case, birch.over)
            if "{position}" not in case.path:  # a position is a number: everybody's ledger has a first entry
                same(answers, 404)

    in_two_worlds(tmp_path, main)


def test_a_strangers_stream_and_view_are_none(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        for session in (birch.owner, birch.member, rose.owner):
            stranger = rose.house.browser(session)
            for case in ON_A_STREAM:
                answers = {
                    "theirs": await ask_case(stranger, case, rose.names),
                    "over": await ask_case(stranger, case, rose.over),
                    "never was": await ask_case(stranger, case, rose.never()),
                }
                same(answers, 404)

    in_two_worlds(tmp_path, main)


@pytest.mark.parametrize("opening", BY_A_HANDLE, ids=str)
def test_a_grant_opens_nothing_for_whom_it_was_not_made(tmp_path: Path, opening: Case) -> None:
    async def main(rose: World, birch: World) -> None:
        member = rose.house.browser(birch.member)
        expired = await _expired_handle(birch)
        own = {**birch.names}
        answers = {
            "a stranger's grant": await ask_case(member, opening, {**own, "handle": rose.names["handle"]}),
            "a stranger's, revoked": await ask_case(member, opening, {**own, "handle": rose.over["handle"]}),
            "my home's, revoked": await ask_case(member, opening, {**own, "handle": birch.over["handle"]}),
            "mine, expired": await ask_case(member, opening, {**own, "handle": expired}),
            "never was": await ask_case(member, opening, {**own, "handle": "A" * 43}),
            "no handle": await ask_case(member, opening, {**own, "handle": "x"}),
        }
        same(answers, 404)
        owner = rose.house.browser(birch.owner)
        stream = rose.house.parts.views.open_stream(
            birch.owner.account, rose.house.parts.grants, lambda: None, lambda: None
        )
        theirs = await ask_case(owner, opening, {**own, "stream": stream.handle})  # type: ignore[union-attr] # not refused
        assert theirs.looks() == answers["never was"].looks(), "an owner needs a grant as everybody does"

    in_two_worlds(tmp_path, main)


async def _expired_handle(made: World) -> str:
    """A grant of the member's own that ended by itself."""
    parts = made.house.parts
    (person,) = parts.persons.of_account(made.member.account)
    camera = await made.house.camera(made.home, "Attic")
    grant = await make_grant(made.house, made.home, camera, person, parts.clock.now() + 50)
    await asyncio.sleep(0.2)
    assert not parts.grants.still(grant)
    return grant.handle


def test_without_a_session_every_route_is_one_answer(tmp_path: Path) -> None:
    async def main(rose: World) -> None:
        nobody = rose.house.browser()
        api: dict[str, Answer] = {}
        pages: dict[str, Answer] = {}
        for case in NEEDS_SESSION:
            for what, names in (("there", rose.names), ("over", rose.over), ("never", rose.never())):
                answers = api if case.path.startswith("/api/v1") else pages
                answers[f"{case} {what}"] = await ask_case(nobody, case, names)
        same(api, 401)
        same(pages, 303)

    in_world(tmp_path, main)


def test_a_display_is_a_stranger_everywhere_but_at_its_own(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        display, nobody = rose.browser(Who.DISPLAY), rose.house.browser()
        own = ("/display", "/api/v1/display", "/api/v1/stills/", "/api/v1/whep", "/api/v1/hls", VIEWS)
        for case in (case for case in CASES if not case.path.startswith(own)):
            if case.path == "/api/v1/streams" or case.who is Who.ANYBODY:
                continue
            for names in (rose.names, birch.names, rose.never()):
                answers = {
                    "display": await ask_case(display, case, names),
                    "nobody": await ask_case(nobody, case, names),
                }
                same(answers, 401 if case.path.startswith("/api/v1") else 303)

    in_two_worlds(tmp_path, main)


def test_a_display_opens_its_own_grants_on_its_own_stream_and_nothing_else(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        parts, display = rose.house.parts, rose.display
        grants = parts.grants.of_grantee(rose.home, display.display.id)
        opening = next(case for case in ON_A_STREAM if "{handle}" in f"{case.value}")
        stream = parts.views.open_stream(display.account, parts.grants, lambda: None, lambda: None)
        own = {**rose.names, "stream": stream.handle}  # type: ignore[union-attr] # not refused
        browser, handle = rose.browser(Who.DISPLAY), {"handle": grants[0].handle}
        opened = await ask_case(browser, opening, {**own, **handle})
        assert opened.status == 201
        answers = {
            "a person's grant": await ask_case(browser, opening, own),
            "a stranger's": await ask_case(browser, opening, {**own, "handle": birch.names["handle"]}),
            "on a person's stream": await ask_case(browser, opening, {**rose.names, **handle}),
            "another display": await ask_case(birch.browser(Who.DISPLAY), opening, {**own, **handle}),
            "a person of the home": await ask_case(rose.browser(Who.MEMBER), opening, {**rose.names, **handle}),
            "an owner of the home": await ask_case(rose.browser(Who.OWNER), opening, {**own, **handle}),
            "revoked": await ask_case(browser, opening, {**own, "handle": rose.over["handle"]}),
            "never was": await ask_case(browser, opening, {**own, "handle": "A" * 43}),
        }
        for still in (case for case in CASES if case.path.startswith("/api/v1/stills/")):
            answers |= {
                f"{still}, a person's": await ask_case(browser, still, rose.names),
                f"{still}, a stranger's": await ask_case(browser, still, birch.names),
                f"{still}, revoked": await ask_case(browser, still, rose.over),
                f"{still}, another display": await ask_case(birch.browser(Who.DISPLAY), still, {**own, **handle}),
            }
            # Its own is let through to where a real connection is needed (tests/web/test_stills.py).
            assert (await ask_case(browser, still, {**own, **handle})).status == 503
        foreign = {"a person's": rose.names, "a stranger's": birch.names, "over": rose.over, "never was": rose.never()}
        for other in (case for case in BY_A_HANDLE if case is not opening):
            answers |= {f"{other}, {what}": await ask_case(browser, other, names) for what, names in foreign.items()}
            for name, who in (("another display", birch.browser(Who.DISPLAY)), ("an owner", rose.browser(Who.OWNER))):
                answers[f"{other}, {name}"] = await ask_case(who, other, {**own, **handle})
            opened = await ask_case(browser, other, {**own, **handle})
            assert opened.status == 201
            if place := opened.header("location"):
                assert (await rose.browser(Who.OWNER).ask("DELETE", place)).looks() == answers["never was"].looks()
                assert (await browser.ask("DELETE", place)).status == 204
        for case in (case for case in CASES if "{whep}" in case.path):
            answers[f"{case}, a person's view"] = await ask_case(browser, case, rose.names)
        same(answers, 404)
        forged = await ask_case(browser, opening, {**own, **handle}, x_csrf_token=rose.member.csrf)
        assert forged.status == 403
        parts.views.close_stream(stream)  # type: ignore[arg-type] # as above

    in_two_worlds(tmp_path, main)


def test_a_member_sees_what_is_granted_and_no_more(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        hall = await rose.house.camera(rose.home, "Rose hall")
        guest, session = await rose.house.member(rose.home, "Abe")
        grant = await make_grant(rose.house, rose.home, hall, guest)
        abe = rose.house.browser(session)
        showing = next(case for case in IN_A_HOME if case.key == ("GET", "/api/v1/homes/{home}/cameras/{camera}"))
        assert (await ask_case(abe, showing, {**rose.names, "camera": hall})).status == 200
        await rose.house.parts.grants.revoke(rose.home, grant.id, None)
        answers = {
            "granted to another": await ask_case(abe, showing, rose.names),
            "revoked": await ask_case(abe, showing, {**rose.names, "camera": hall}),
            "removed": await ask_case(abe, showing, rose.over),
            "another home's": await ask_case(abe, showing, {**rose.names, "camera": birch.names["camera"]}),
            "never was": await ask_case(abe, showing, {**rose.names, "camera": NEVER}),
        }
        same(answers, 404)
        assert (await abe.ask("GET", f"/api/v1/homes/{rose.home}/cameras")).json() == []
        assert (await abe.ask("GET", f"/api/v1/homes/{rose.home}/grants")).json() == []
        await rose.house.parts.cameras.remove(rose.house.by_operator(rose.home), hall)
        await rose.house.parts.persons.remove(rose.home, guest.id, rose.house.by_operator(rose.home))

    async def body() -> None:
        async with house(tmp_path) as made:
            rose = await make_world(made, "Rose house", "Alma", "Ada")
            await main(rose, await make_world(made, "Birch flat", "Bo", "Ben"))

    asyncio.run(body())


def test_a_member_is_told_what_only_owners_do_whether_or_not_the_thing_exists(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        member = rose.house.browser(rose.member)
        for case in (case for case in IN_A_HOME if case.owners_only):
            # A member may leave; so another person stands where "person" is the thing.
            names = {**rose.names, "person": rose.names["waiting"]}
            answers = {
                "there": await ask_case(member, case, names),
                "over": await ask_case(member, case, rose.over),
                "another home's": await ask_case(member, case, {**birch.names, "home": rose.home}),
                "never was": await ask_case(member, case, rose.never(home=rose.home)),
            }
            same(answers, 403)

    in_two_worlds(tmp_path, main)


def test_lists_hold_nothing_of_another_home(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        known = {name: text for name, text in rose.names.items() if len(text) >= 26 and name != "key"}
        marks = [text.encode() for text in known.values()] + [b"Rose", b"Alma", b"Ada"]
        own = [case for case in IN_A_HOME if case.method == "GET"]
        for session in (birch.owner, birch.member):
            stranger = rose.house.browser(session)
            for case in (*WITHOUT_PLACES, *own):
                answer = await ask_case(stranger, case, birch.names)
                for mark in marks:
                    assert mark not in answer.body, (str(case), mark)
                    assert all(mark not in value for _, value in answer.headers), (str(case), mark)

    in_two_worlds(tmp_path, main)


def disguises(path: str) -> list[str]:
    """Ways to write a path that another reader could take for this one, or this one for another."""
    head, _, last = path.rpartition("/")
    return [
        f"{path}/",
        f"{path}//",
        f"/{path}",
        f"{head}//{last}",
        f"{head}/./{last}",
        f"{head}/x/../{last}",
        f"{head}/%2e/{last}",
        f"{head}/x/%2e%2e/{last}",
        f"{head}%2f{last}",
        f"{head}%2F{last}",
        f"{head}%5c{last}",
        f"{head}/%{ord(last[0]):02x}{last[1:]}" if last else "/%2f",
        f"{path};a.css",
        f"{path};v=1",
        f"{path}%3b.css",
        f"{path}%00",
        f"{path}%00.css",
        f"{path}%20",
        f"{path}/.css",
        f"{path}%0d%0aX-Injected:%201",
        f"/static/..{path}",
        f"/static/%2e%2e{path}",
        f"/%252e%252e{path}",
    ]


def test_a_path_in_disguise_reaches_nothing(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        plain = await rose.house.browser(rose.owner).ask("GET", "/api/v1/none")
        assert plain.status == 404
        for case in CASES:
            browser = rose.house.browser(rose.member if case.who is Who.MEMBER else rose.owner)
            for path in disguises(case.path):
                answer = await ask_case(browser, _at(case, path), rose.names)
                assert answer.looks() == plain.looks(), path
        assert birch.home != rose.home

    in_two_worlds(tmp_path, main)


def test_a_path_in_disguise_is_401_without_a_session(tmp_path: Path) -> None:
    async def main(rose: World) -> None:
        plain = await rose.house.browser().ask("GET", "/api/v1/none")
        for case in CASES:
            for path in disguises(case.path):
                answer = await ask_case(rose.house.browser(), _at(case, path), rose.names)
                assert answer.looks() == plain.looks(), path

    in_world(tmp_path, main)


@pytest.mark.parametrize("ending", [".css", ".js", ".json", ".m3u8", "~", ".."])
def test_an_ending_that_caches_like_makes_another_thing(tmp_path: Path, ending: str) -> None:
    """``/cameras/x.css`` is no file: it is not there, and no cache may keep the answer (web cache deception)."""

    async def main(rose: World) -> None:
        for case in CASES:
            if case.method == "GET" and "{path" not in case.path:
                owner = rose.house.browser(rose.owner)
                answer = await ask_case(owner, _at(case, case.path + ending), rose.names)
                assert answer.status in (404, 422), case
                assert answer.header("cache-control") == "no-store"

    in_world(tmp_path, main)


def _at(case: Case, path: str) -> Case:
    return Case(case.method, path, case.who, case.value, case.form)


def test_the_right_method_elsewhere_is_no_way_in(tmp_path: Path) -> None:
    async def main(rose: World, birch: World) -> None:
        stranger = rose.house.browser(birch.owner)
        for case in IN_A_HOME:
            for method in ("PUT", "PATCH", "TRACE", "PROPFIND"):
                there = await ask_case(stranger, Case(method, case.path), rose.names)
                never = await ask_case(stranger, Case(method, case.path), rose.never())
                same({"there": there, "never": never}, there.status)
                assert there.status in (404, 405)
            overridden = await ask_case(
                stranger, Case("GET", case.path), rose.names, x_http_method_override=case.method, x_method=case.method
            )
            assert overridden.status in (404, 405)

    in_two_worlds(tmp_path, main)
