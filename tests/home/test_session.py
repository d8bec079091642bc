"""Sessions: how they begin, end, and stay ended."""

import asyncio
import hashlib
from pathlib import Path

import apsw
import pytest

from curtilage.consent.event import EventKind
from curtilage.home.session import Session
from tests.consent.parts import PASSWORD, HandClock, House, agreed, in_house, settle_in

HOUR_S = 3600
DAY_S = 24 * HOUR_S


async def signed_in(house: House) -> Session:
    return (await settle_in(house)).session


def test_a_session_is_found_by_its_token_alone(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        session = await signed_in(house)
        assert house.sessions.find(session.token) == session
        for wrong in ("", session.token[:-1], session.token + "A", session.token.swapcase(), "\udc80", session.csrf):
            assert house.sessions.find(wrong) is None

    in_house(tmp_path, test)


def test_a_session_survives_a_restart_with_its_csrf_token(tmp_path: Path) -> None:
    session = in_house(tmp_path, signed_in)

    async def after(house: House) -> None:
        found = house.sessions.find(session.token)
        assert found is not None
        assert (found.account, found.csrf, found.made_ms) == (session.account, session.csrf, session.made_ms)

    in_house(tmp_path, after, seed="after")


@pytest.mark.parametrize(
    ("uses_after_s", "ended_after_s"),
    [
        ([], 14 * DAY_S),
        ([13 * DAY_S], 27 * DAY_S),
        ([10 * DAY_S * number for number in range(1, 9)], 90 * DAY_S),
    ],
)
def test_a_session_ends_when_unused_and_at_its_age(tmp_path: Path, uses_after_s: list[int], ended_after_s: int) -> None:
    async def test(house: House) -> None:
        session = await signed_in(house)
        passed = 0
        for moment in uses_after_s:
            house.hands.pass_s(moment - passed)
            passed = moment
            assert house.sessions.find(session.token) is not None
        house.hands.pass_s(ended_after_s - passed)
        assert house.sessions.find(session.token) is None
        await house.sessions.settle()
        assert await house.store.read_server("SELECT count(token_hash) FROM sessions") in ([(0,)], [(1,)])

    in_house(tmp_path, test)


def test_a_clock_set_back_revives_no_session_not_even_by_a_restart(tmp_path: Path) -> None:
    hands = HandClock()

    async def before(house: House) -> Session:
        session = await signed_in(house)
        house.hands.pass_s(15 * DAY_S)
        await house.homes.create("Oak Hill")  # anything is recorded
        hands.wall_ms -= 15 * DAY_S * 1000
        assert house.sessions.find(session.token) is None
        return session

    async def after(house: House) -> None:
        assert house.sessions.find(session.token) is None
        await house.sessions.settle()
        assert await house.store.read_server("SELECT count(token_hash) FROM sessions") == [(0,)]

    session = in_house(tmp_path, before, hands=hands)
    in_house(tmp_path, after, hands=hands, seed="after")


def test_use_is_stored_now_and_then(tmp_path: Path) -> None:
    hands = HandClock()

    async def before(house: House) -> Session:
        session = await signed_in(house)
        house.hands.pass_s(13 * DAY_S)
        house.sessions.find(session.token)
        await house.sessions.settle()
        return session

    async def after(house: House) -> None:
        house.hands.pass_s(13 * DAY_S)
        assert house.sessions.find(session.token) is not None

    session = in_house(tmp_path, before, hands=hands)
    in_house(tmp_path, after, hands=hands, seed="after")


def test_signing_out_is_at_once_and_for_good(tmp_path: Path) -> None:
    async def before(house: House) -> tuple[Session, Session]:
        family = await settle_in(house)
        other = agreed(await house.accounts.sign_in("Ana", PASSWORD, ""))
        ending = asyncio.create_task(house.sessions.end(family.session.token))
        await asyncio.sleep(0)
        assert house.sessions.find(family.session.token) is None
        await ending
        assert house.sessions.find(other.token) is not None
        await house.sessions.end("no such token")
        return family.session, other

    async def after(house: House) -> None:
        assert house.sessions.find(ended.token) is None
        found = house.sessions.find(other.token)
        assert found is not None
        await house.sessions.end_all(found.account)
        await house.sessions.end_all(found.account)
        assert house.sessions.find(other.token) is None
        kinds = [entry.event.kind for entry in await house.ledger.entries(None, None, 9)]
        assert kinds[:2] == [EventKind.SIGNED_OUT, EventKind.SIGNED_OUT]

    ended, other = in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


def test_an_accounts_oldest_session_makes_room(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        sessions = [family.session]
        for _ in range(4):
            house.hands.pass_s(1)
            sessions.append(agreed(await house.accounts.sign_in("Ana", PASSWORD, "")))
        alive = [house.sessions.find(session.token) is not None for session in sessions]
        assert alive == [False, False, True, True, True]
        assert await house.store.read_server("SELECT count(token_hash) FROM sessions") == [(3 + 1,)]  # and Ben's

    in_house(tmp_path, test, sessions_per_account_count_max=3)


def test_a_row_moved_to_another_account_opens_no_door(tmp_path: Path) -> None:
    async def before(house: House) -> Session:
        return (await settle_in(house)).session

    async def after(house: House) -> None:
        assert house.sessions.find(session.token) is None

    session = in_house(tmp_path, before)
    digest = hashlib.sha256(session.token.encode()).digest()
    bens = "SELECT sealed FROM outside_sessions WHERE token_hash <> $1"
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    connection.execute(f"UPDATE outside_sessions SET sealed = ({bens}) WHERE token_hash = $1", (digest,))  # noqa: S608  a constant
    assert connection.changes() == 1
    connection.close()
    in_house(tmp_path, after, seed="after")


def test_a_session_made_younger_from_outside_is_none(tmp_path: Path) -> None:
    async def before(house: House) -> Session:
        return (await settle_in(house)).session

    async def after(house: House) -> None:
        assert house.sessions.find(session.token) is None

    session = in_house(tmp_path, before)
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    connection.execute("UPDATE outside_sessions SET made_ms = made_ms + 1")
    connection.close()
    in_house(tmp_path, after, seed="after")


def test_neither_repr_nor_file_shows_a_token(tmp_path: Path) -> None:
    session = in_house(tmp_path, signed_in)
    assert session.token not in repr(session)
    assert session.csrf not in repr(session)
    octets = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert session.token.encode() not in octets
    assert session.csrf.encode() not in octets
