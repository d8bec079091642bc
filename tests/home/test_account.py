"""Accounts: setting up, signing in, and what guessing gets."""

import asyncio
from pathlib import Path

import apsw
import pytest

from curtilage.consent.event import EventKind
from curtilage.errors import RefusalReason, Refused
from curtilage.home.actor import Role
from curtilage.home.code import CodeKind
from curtilage.home.name import BadName, NameTaken
from curtilage.home.password import BadPassword
from curtilage.home.session import Session
from tests.consent.parts import PASSWORD, House, agreed, in_house, settle_in

DAY_S = 24 * 3600
WRONG = "a lamp in another window"


def reason(result: object) -> RefusalReason:
    assert isinstance(result, Refused), result
    return result.reason


def test_an_account_signs_in_with_its_name_and_password(tmp_path: Path) -> None:
    async def before(house: House) -> None:
        await settle_in(house)

    async def after(house: House) -> None:
        for name in ("Ana", " ana ", "ANA"):
            session = agreed(await house.accounts.sign_in(name, PASSWORD, "192.0.2.1"))
            assert await house.accounts.name_of(session.account) == "Ana"
        for name, password in (("Ana", WRONG), ("Ben", WRONG), ("Cleo", PASSWORD), ("", PASSWORD), ("Ana", "")):
            refused = await house.accounts.sign_in(name, password, "192.0.2.1")
            assert refused == Refused(RefusalReason.UNKNOWN, "The name or the password is wrong.")

    in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


def test_there_is_no_way_in_before_a_code(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        await house.homes.create("Mill Lane")
        for name in ("", "root", "curtilage", "operator"):
            for password in ("", "root", "password", "curtilage"):
                assert isinstance(await house.accounts.sign_in(name, password, f"{name}{password}"), Refused)

    in_house(tmp_path, test)


@pytest.mark.parametrize(
    ("name", "password", "home_name", "error"),
    [
        ("", PASSWORD, None, BadName),
        ("a\nb", PASSWORD, None, BadName),
        ("Ana", "short", None, BadPassword),
        ("Ana Ana Ana", "ana ana ana", None, BadPassword),
        ("Ana", PASSWORD, "\u202e", BadName),
    ],
)
def test_what_cannot_be_used_uses_up_no_code(
    tmp_path: Path, name: str, password: str, home_name: str | None, error: type[Exception]
) -> None:
    async def test(house: House) -> None:
        made = agreed(await house.homes.create("Mill Lane"))
        with pytest.raises(error):
            await house.accounts.set_up(made.code, name, password, home_name)
        assert isinstance(await house.accounts.set_up(made.code, "Ana", PASSWORD, None), Session)

    in_house(tmp_path, test)


def test_one_name_for_one_account_on_the_whole_server(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        await settle_in(house)
        made = agreed(await house.homes.create("Oak Hill"))
        with pytest.raises(NameTaken):
            await house.accounts.set_up(made.code, "ANA", PASSWORD, None)
        assert house.persons.of_home(made.home.id) == []
        assert isinstance(await house.accounts.set_up(made.code, "Dora", PASSWORD, None), Session)
        # Without a good code nobody learns which names there are.
        assert reason(await house.accounts.set_up("BCDF-GHJK-LMNP", "Ana", PASSWORD, None)) is RefusalReason.UNKNOWN

    in_house(tmp_path, test)


def test_setting_up_is_one_write(tmp_path: Path) -> None:
    """A code used, an account made, a home joined and consents given: all, or none (here: the name is taken)."""

    async def test(house: House) -> None:
        await settle_in(house)
        made = agreed(await house.homes.create("Oak Hill"))
        note = house.ledger.checkpoint(made.home.id)
        with pytest.raises(NameTaken):
            await house.accounts.set_up(made.code, "Ana", PASSWORD, "Renamed")
        assert house.ledger.checkpoint(made.home.id) == note
        assert await house.store.read(made.home.id, "SELECT count(id) FROM persons") == [(0,)]
        assert await house.store.read_server("SELECT count(id) FROM accounts") == [(2,)]
        home = house.homes.get(made.home.id)
        assert home is not None
        assert home.name == "Oak Hill"

    in_house(tmp_path, test)


def test_wrong_codes_are_told_to_wait_and_the_right_one_never(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        made = agreed(await house.homes.create("Mill Lane"))
        wrong = [await house.accounts.set_up("BCDF-GHJK-LMNP", "Ana", PASSWORD, None, "192.0.2.1") for _ in range(10)]
        assert {reason(item) for item in wrong} == {RefusalReason.UNKNOWN}
        assert reason(await house.accounts.sign_in_by_code("BCDF-GHJK-LMNP", "192.0.2.1")) is RefusalReason.BUSY
        assert isinstance(await house.accounts.set_up(made.code, "Ana", PASSWORD, None, "192.0.2.1"), Session)

    in_house(tmp_path, test)


def test_wrong_passwords_pause_the_account_from_anywhere(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        for number in range(10):
            assert reason(await house.accounts.sign_in("Ana", WRONG, f"192.0.2.{number}")) is RefusalReason.UNKNOWN
        paused = await house.accounts.sign_in("ana", PASSWORD, "198.51.100.1")
        assert reason(paused) is RefusalReason.BUSY
        assert isinstance(paused, Refused)
        assert "60 seconds" in paused.words
        assert house.sessions.find(family.session.token) is not None  # who is signed in stays so
        assert isinstance(await house.accounts.sign_in("Ben", PASSWORD, "198.51.100.1"), Session)
        house.hands.pass_s(60)
        assert isinstance(await house.accounts.sign_in("Ana", PASSWORD, "198.51.100.1"), Session)
        kinds = [entry.event.kind for entry in await house.ledger.entries(None, None, 50)]
        assert kinds.count(EventKind.SIGN_IN_PAUSED) == 1

    in_house(tmp_path, test)


def test_many_guesses_at_once_learn_no_more_than_one_by_one(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        await settle_in(house)
        guesses = [*(f"{WRONG} {number}" for number in range(12)), PASSWORD]
        answers = await asyncio.gather(
            *(house.accounts.sign_in("Ana", guess, f"192.0.2.{number}") for number, guess in enumerate(guesses))
        )
        reasons = [reason(answer) for answer in answers]
        assert reasons.count(RefusalReason.UNKNOWN) == 3
        assert reasons[-1] is RefusalReason.BUSY

    in_house(tmp_path, test, sign_in_failures_count_max=3, argon2_parallel_count_max=1)


def test_wrong_guesses_at_other_names_lock_nobody_out_and_buy_few_at_ones_own(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        home, ana = family.home, family.ana.id
        for number in range(10):
            await house.accounts.sign_in(f"guess {number}", WRONG, "192.0.2.1")
        assert isinstance(await house.accounts.sign_in("Ana", PASSWORD, "192.0.2.1"), Session)
        wrong = [reason(await house.accounts.sign_in("Ana", WRONG, "192.0.2.1")) for _ in range(4)]
        assert wrong == [RefusalReason.UNKNOWN] * 3 + [RefusalReason.BUSY]
        assert reason(await house.accounts.sign_in("Ana", PASSWORD, "192.0.2.1")) is RefusalReason.BUSY
        assert isinstance(await house.accounts.sign_in("Ana", PASSWORD, "192.0.2.2"), Session)
        code = await house.codes.make(CodeKind.SIGN_IN, home, ana, 1, DAY_S)
        assert isinstance(await house.accounts.sign_in_by_code(code, "192.0.2.1"), Session)

    in_house(tmp_path, test)


def test_ones_own_account_buys_no_guesses_at_anothers(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        await settle_in(house)
        for _ in range(9):
            await house.accounts.sign_in("Ana", WRONG, "192.0.2.1")
        assert isinstance(await house.accounts.sign_in("Ben", PASSWORD, "192.0.2.1"), Session)
        await house.accounts.sign_in("guess", WRONG, "192.0.2.1")
        assert reason(await house.accounts.sign_in("Ana", PASSWORD, "192.0.2.1")) is RefusalReason.BUSY

    in_house(tmp_path, test)


def test_a_sign_in_code_signs_in_and_only_that(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        code = await house.codes.make(CodeKind.SIGN_IN, family.home, family.ben.id, 1, DAY_S)
        assert reason(await house.accounts.set_up(code, "Cleo", PASSWORD, None)) is RefusalReason.UNKNOWN
        session = agreed(await house.accounts.sign_in_by_code(code.lower(), ""))
        assert session.account == family.ben.account
        assert reason(await house.accounts.sign_in_by_code(code, "")) is RefusalReason.UNKNOWN
        added = agreed(await house.persons.add(family.home, "Cleo", Role.MEMBER, family.owner))
        assert reason(await house.accounts.sign_in_by_code(added.code, "")) is RefusalReason.UNKNOWN

    in_house(tmp_path, test)


def test_a_joining_code_is_for_whom_it_was_made(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        added = agreed(await house.persons.add(family.home, "Cleo", Role.MEMBER, family.owner))
        results = await asyncio.gather(
            house.accounts.set_up(added.code, "Cleo", PASSWORD, None),
            house.accounts.join(others.session.account, added.code),
        )
        assert sum(isinstance(item, Refused) for item in results) == 1
        assert len(house.persons.of_home(family.home)) == 3

    in_house(tmp_path, test)


def test_a_hash_of_older_costs_is_made_anew_at_sign_in(tmp_path: Path) -> None:
    async def encoded(house: House) -> str:
        await house.accounts.sign_in("Ana", PASSWORD, "")
        lookup = house.accounts._lookup("Ana")
        stored = await house.accounts._find("Ana", lookup)
        assert stored is not None
        return stored.password

    async def before(house: House) -> str:
        await settle_in(house)
        return await encoded(house)

    assert ",t=1," in in_house(tmp_path, before)
    assert ",t=2," in in_house(tmp_path, encoded, seed="after", argon2_time_cost=2)
    assert ",t=2," in in_house(tmp_path, encoded, seed="later", argon2_time_cost=2)


def test_a_password_or_name_moved_from_outside_signs_nobody_in(tmp_path: Path) -> None:
    async def before(house: House) -> None:
        await settle_in(house)

    async def after(house: House) -> None:
        for name in ("Ana", "Ben"):
            assert reason(await house.accounts.sign_in(name, PASSWORD, "")) is RefusalReason.UNKNOWN

    in_house(tmp_path, before)
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    rows = connection.execute("SELECT id, name_lookup FROM outside_accounts").fetchall()
    connection.execute("UPDATE outside_accounts SET name_lookup = CAST(id AS BLOB)")
    for (account, _), (_, lookup) in zip(rows, reversed(rows), strict=True):
        connection.execute("UPDATE outside_accounts SET name_lookup = $1 WHERE id = $2", (lookup, account))
    connection.close()
    in_house(tmp_path, after, seed="after")


def test_nothing_personal_is_readable_in_the_file(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        await settle_in(house, "Zanzibar")
        await house.accounts.sign_in("ZanzibarAna", PASSWORD, "192.0.2.77")

    in_house(tmp_path, test)
    octets = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    for secret in (b"Zanzibar", b"zanzibar", PASSWORD.encode(), b"argon2", b"192.0.2.77"):
        assert secret not in octets
