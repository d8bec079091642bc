"""Displays: let in once, known again after a restart, gone from either side, and never by a changed row."""

import asyncio
from pathlib import Path

import apsw
import pytest

from curtilage.consent.grant import Grant, GranteeKind, GrantEnd
from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.errors import PersonError, RefusalReason, Refused
from curtilage.home.display import NO_SUCH_CODE, Display
from curtilage.home.name import BadName, NameTaken
from curtilage.home.pairing import Pairing
from curtilage.store.store import StoreFull
from curtilage.wire.identifier import DeviceId
from tests.consent.parts import (
    SMALL_DISK,
    Family,
    HandClock,
    House,
    agreed,
    fill_disk,
    free_disk,
    in_house,
    settle_in,
)


async def paired(house: House, family: Family, name: str = "Kitchen tablet") -> tuple[Display, str]:
    """The display and its secret."""
    pairing = agreed(house.pairings.start(None, name))
    return agreed(await house.displays.pair(family.home, pairing.code, name, family.owner)), pairing.secret


async def shown(house: House, family: Family, display: Display, until_ms: int | None = None) -> Grant:
    consent = await house.consents.give(family.home, family.ana.id, CAMERA_VIEW)
    kind, porch = GranteeKind.DISPLAY, family.porch.id
    return agreed(await house.grants.make(family.ana.id, family.home, porch, kind, display.id, until_ms, consent))


def test_a_display_is_let_in_and_known_by_its_secret_alone(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        display, secret = await paired(house, family)
        found = house.displays.find(secret)
        assert found is not None
        assert found.display == display
        assert found.csrf not in (secret, "")
        assert house.displays.of_home(family.home) == [display]
        assert house.displays.find(None) is house.displays.find("A" * 43) is house.displays.find("ä") is None
        assert house.devices.of_home(family.home) == [family.porch]
        assert "Ana paired the display Kitchen tablet." in await house.sentences(family.home)
        assert secret not in f"{found} {display}"
        assert "Kitchen" not in f"{found} {display}"

    in_house(tmp_path, test)


def test_it_keeps_its_place_and_its_grants_after_a_restart(tmp_path: Path) -> None:
    async def before(house: House) -> tuple[Family, Display, str, str]:
        family = await settle_in(house)
        display, secret = await paired(house, family)
        grant = await shown(house, family, display)
        return family, display, secret, grant.handle

    async def after(house: House) -> None:
        found = house.displays.find(secret)
        assert found is not None
        assert found.display == display
        checked = house.grants.check(handle, display.id)
        assert isinstance(checked, Grant)
        assert checked.grantee_kind is GranteeKind.DISPLAY
        assert isinstance(house.grants.check(handle, family.ben.id), Refused)

    family, display, secret, handle = in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


def test_a_used_an_expired_and_a_made_up_code_are_one_answer(tmp_path: Path) -> None:
    hands = HandClock()

    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        pairing = agreed(house.pairings.start(None, "a"))
        agreed(await house.displays.pair(others.home, pairing.code, "Theirs", others.owner))
        old = agreed(house.pairings.start(None, "a"))
        hands.pass_s(house.config.pairing_age_s)
        codes = {
            "used elsewhere": pairing.code,
            "expired": old.code,
            "made up": "BBBB-BBBB",
            "no code": "x",
            "none": "",
        }
        answers = {
            what: await house.displays.pair(family.home, code, "Mine", family.owner) for what, code in codes.items()
        }
        assert set(answers.values()) == {NO_SUCH_CODE}
        assert house.displays.of_home(family.home) == []

    in_house(tmp_path, test, hands=hands)


def test_of_many_who_hurry_with_one_code_one_gets_the_display(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        pairing = agreed(house.pairings.start(None, "a"))
        tries = [
            house.displays.pair(each.home, pairing.code, f"Number {number}", each.owner)
            for number, each in enumerate((family, others) * 4)
        ]
        results = await asyncio.gather(*tries)
        assert sum(isinstance(item, Display) for item in results) == 1
        assert [item for item in results if isinstance(item, Refused)] == [NO_SUCH_CODE] * 7
        assert len(house.displays.of_home(family.home) + house.displays.of_home(others.home)) == 1

    in_house(tmp_path, test)


def test_wrong_codes_begin_a_pause_for_whoever_types_them(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        for _ in range(3):
            assert await house.displays.pair(family.home, "BBBB-BBBB", "Mine", family.owner) == NO_SUCH_CODE
        pairing = agreed(house.pairings.start(None, "a"))
        paused = await house.displays.pair(family.home, pairing.code, "Mine", family.owner)
        assert isinstance(paused, Refused)
        assert paused.reason is RefusalReason.BUSY
        assert isinstance(await house.displays.pair(others.home, pairing.code, "Theirs", others.owner), Display)

    in_house(tmp_path, test, sign_in_failures_count_max=3)


@pytest.mark.parametrize(("name", "error"), [("", BadName), ("x" * 500, BadName), ("kitchen TABLET", NameTaken)])
def test_what_is_wrong_with_a_name_does_not_use_up_the_code(
    tmp_path: Path, name: str, error: type[PersonError]
) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        await paired(house, family)
        pairing = agreed(house.pairings.start(None, "a"))
        with pytest.raises(error):
            await house.displays.pair(family.home, pairing.code, name, family.owner)
        assert isinstance(await house.displays.pair(family.home, pairing.code, "Hall", family.owner), Display)

    in_house(tmp_path, test)


def test_a_cameras_name_is_taken_and_the_code_is_good_again(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        pairing = agreed(house.pairings.start(None, "a"))
        with pytest.raises(NameTaken):
            await house.displays.pair(family.home, pairing.code, "Porch", family.owner)
        assert isinstance(await house.displays.pair(family.home, pairing.code, "Hall", family.owner), Display)

    in_house(tmp_path, test)


def test_displays_of_a_home_are_bounded(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        await paired(house, family, "One")
        await paired(house, family, "Two")
        pairing = agreed(house.pairings.start(None, "a"))
        refused = await house.displays.pair(family.home, pairing.code, "Three", family.owner)
        assert isinstance(refused, Refused)
        assert refused.reason is RefusalReason.BUSY
        assert house.pairings.waiting(pairing.secret) == pairing

    in_house(tmp_path, test, displays_per_home_count_max=2)


@pytest.mark.parametrize("by_owner", [True, False], ids=["by an owner", "at the display"])
def test_unpairing_ends_its_grants_at_once_and_says_by_whom(tmp_path: Path, by_owner: bool) -> None:
    async def before(house: House) -> tuple[Family, str]:
        family = await settle_in(house)
        display, secret = await paired(house, family)
        grant = await shown(house, family, display)
        known_when_told: list[object] = []
        house.listener.when_told = lambda: known_when_told.append(house.displays.find(secret))
        assert await house.displays.unpair(family.home, display.id, family.owner if by_owner else None)
        assert known_when_told == [None]
        assert house.listener.told == [(GrantEnd.DISPLAY_UNPAIRED.value, grant.id)]
        assert not house.grants.still(grant)
        assert not await house.displays.unpair(family.home, display.id, family.owner)
        sentences = (await house.sentences(family.home))[-2:]
        assert sentences == [
            "The grant of Kitchen tablet for Porch ended because the display was unpaired.",
            "Ana unpaired the display Kitchen tablet."
            if by_owner
            else "Somebody at the display Kitchen tablet unpaired it.",
        ]
        return family, secret

    async def after(house: House) -> None:
        assert house.displays.find(secret) is None
        assert house.displays.of_home(family.home) == []
        assert house.displays.refused_count == 0
        assert "Ana paired the display Kitchen tablet." in await house.sentences(family.home)
        display, _ = await paired(house, family)
        assert display.name == "Kitchen tablet", "the name is free again"

    family, secret = in_house(tmp_path, before)
    in_house(tmp_path, after, seed="after")


def test_a_stranger_unpairs_nothing(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        display, secret = await paired(house, family)
        assert not await house.displays.unpair(others.home, display.id, others.owner)
        assert not await house.displays.unpair(family.home, DeviceId("x"), family.owner)
        assert house.displays.find(secret) is not None
        assert house.displays.name_of(others.home, display.id) is None

    in_house(tmp_path, test)


def test_on_a_full_disk_it_sees_nothing_any_more_and_can_be_unpaired_again(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        display, secret = await paired(house, family)
        grant = await shown(house, family, display)
        await fill_disk(house, lambda: house.homes.rename(family.home, "Mill Lane 2", family.owner))
        with pytest.raises(StoreFull):
            await house.displays.unpair(family.home, display.id, family.owner)
        assert house.displays.find(secret) is None
        assert not house.grants.still(grant)
        assert house.grants.locked(family.porch.id), "a restart would bring the grant back"
        assert house.displays.of_home(family.home) == [display]
        await free_disk(house)
        assert await house.displays.unpair(family.home, display.id, family.owner)
        assert house.displays.of_home(family.home) == []

    in_house(tmp_path, test, **SMALL_DISK)


@pytest.mark.parametrize(
    "change",
    [
        "inside_displays SET sealed = x'00'",
        "inside_displays SET sealed = (SELECT max(sealed) FROM inside_displays)",
        "inside_displays SET device = (SELECT max(id) FROM inside_devices WHERE kind = 'camera'), sealed = x'00'",
        "inside_devices SET name = x'00' WHERE kind = 'display'",
    ],
)
def test_a_row_changed_from_outside_lets_nobody_else_in(tmp_path: Path, change: str) -> None:
    async def before(house: House) -> list[str]:
        family = await settle_in(house)
        return [(await paired(house, family, name))[1] for name in ("One", "Two")]

    async def after(house: House) -> tuple[list[bool], int]:
        return [house.displays.find(secret) is not None for secret in secrets], house.displays.refused_count

    secrets = in_house(tmp_path, before)
    connection = apsw.Connection(str(tmp_path / "data" / "curtilage.sqlite"))
    if "SET device" in change:
        connection.execute("DELETE FROM inside_displays WHERE device = (SELECT max(device) FROM inside_displays)")
    connection.execute(f"UPDATE {change}")
    connection.close()
    known, refused_count = in_house(tmp_path, after, seed="after")
    # One of the two keeps its own seal in the second case.
    assert sum(known) == ("max(sealed)" in change)
    assert refused_count >= 1


def test_a_thief_of_the_database_finds_neither_code_nor_secret_nor_name(tmp_path: Path) -> None:
    async def test(house: House) -> list[bytes]:
        family = await settle_in(house)
        pairing = agreed(house.pairings.start(None, "a"))
        display = agreed(await house.displays.pair(family.home, pairing.code, "Kitchen tablet", family.owner))
        waiting = house.pairings.start(None, "b")
        assert isinstance(waiting, Pairing)
        found = house.displays.find(pairing.secret)
        assert found is not None
        texts = (pairing.code, pairing.code.replace("-", ""), pairing.secret, waiting.code, waiting.secret, found.csrf)
        return [*(text.encode() for text in texts), b"Kitchen", display.digest, display.digest.hex().encode()]

    kept = in_house(tmp_path, test)
    octets = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert not [text for text in kept if text in octets]
