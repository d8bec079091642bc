"""Consents: off until given, kept, and back to off."""

import asyncio
from pathlib import Path

from curtilage.consent.consent import Consent, Consents
from curtilage.consent.purpose import ACCOUNT, CAMERA_INPUT, CAMERA_VIEW, HOME_MEMBERSHIP, PURPOSES, Basis
from curtilage.wire.identifier import ConsentId
from tests.consent.parts import House, agreed, in_house, let_see, settle_in


def test_everything_is_off_until_given(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        home = agreed(await house.homes.create("Mill Lane")).home.id
        standing = {consent.purpose for consent in house.consents.of_home(home)}
        assert standing == {HOME_MEMBERSHIP}  # the operator's, for the home's own name
        for purpose in PURPOSES:
            if purpose.basis is Basis.CONSENT and purpose.id != HOME_MEMBERSHIP:
                assert house.consents.stands(home, purpose.id) is None

    in_house(tmp_path, test)


def test_setting_up_gives_the_two_personal_ones_and_nothing_else(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        made = agreed(await house.homes.create("Mill Lane"))
        session = agreed(await house.accounts.set_up(made.code, "Ana", "a lamp in the window", None))
        (ana,) = house.persons.of_account(session.account)
        mine = {consent.purpose for consent in house.consents.of_person(made.home.id, ana.id)}
        assert mine == {ACCOUNT, HOME_MEMBERSHIP}
        assert house.consents.stands(made.home.id, CAMERA_INPUT) is None
        assert house.consents.stands(made.home.id, CAMERA_VIEW) is None

    in_house(tmp_path, test)


def test_adding_a_camera_gives_the_one_for_its_input(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        assert house.consents.stands(family.home, CAMERA_INPUT) is not None
        assert house.consents.stands(family.home, CAMERA_VIEW) is None

    in_house(tmp_path, test)


def test_giving_what_stands_gives_the_same(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        given = await asyncio.gather(*(house.consents.give(family.home, family.ana.id, CAMERA_VIEW) for _ in range(9)))
        assert len(set(given)) == 1
        assert await house.consents.give(family.home, None, CAMERA_VIEW) == given[0]  # one for the home
        assert sum("Showing a camera" in said for said in await house.sentences(family.home)) == 1

    in_house(tmp_path, test)


def test_a_persons_own_consent_is_nobody_elses(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        ana = house.consents.stands(family.home, ACCOUNT, family.ana.id)
        ben = house.consents.stands(family.home, ACCOUNT, family.ben.id)
        assert ana != ben
        assert house.consents.stands(family.home, ACCOUNT) is None

    in_house(tmp_path, test)


def test_withdrawing_is_back_to_off_for_good(tmp_path: Path) -> None:
    async def before(house: House) -> tuple[str, ConsentId]:
        family = await settle_in(house)
        grant = await let_see(house, family)
        assert await house.consents.withdraw(family.home, grant.consent, family.ana.id)
        assert not await house.consents.withdraw(family.home, grant.consent, family.ana.id)
        assert house.consents.stands(family.home, CAMERA_VIEW) is None
        assert not house.grants.still(grant)
        again = await house.consents.give(family.home, family.ana.id, CAMERA_VIEW)
        assert again != grant.consent
        await house.consents.withdraw(family.home, again, family.ana.id)
        return (await house.sentences(family.home))[-1], grant.consent

    async def after(house: House) -> None:
        home = house.homes.all()[0].id
        assert house.consents.stands(home, CAMERA_VIEW) is None
        assert house.consents.stands(home, CAMERA_INPUT) is not None
        assert not await house.consents.withdraw(home, old, None)

    said, old = in_house(tmp_path, before)
    assert said == "Ana withdrew consent: Showing a camera to somebody."
    in_house(tmp_path, after, seed="after")


def test_another_homes_consent_cannot_be_withdrawn(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        theirs = house.consents.stands(others.home, CAMERA_INPUT)
        assert theirs is not None
        assert not await house.consents.withdraw(family.home, theirs, family.ana.id)
        assert house.consents.stands(others.home, CAMERA_INPUT) == theirs

    in_house(tmp_path, test)


def test_a_persons_own_consent_ends_only_with_what_it_is_for(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        own = house.consents.stands(family.home, ACCOUNT, family.ben.id)
        assert own is not None
        assert not await house.consents.withdraw(family.home, own, family.ben.id)
        await house.persons.remove(family.home, family.ben.id, family.owner)
        assert house.consents.stands(family.home, ACCOUNT, family.ben.id) is None
        rows = await house.store.read(family.home, "SELECT id FROM consents WHERE withdrawn_ms IS NOT NULL")
        assert len(rows) == 2

    in_house(tmp_path, test)


def test_listeners_hear_of_a_withdrawal_before_it_is_written(tmp_path: Path) -> None:
    class Input:
        told: tuple[Consent, ...] = ()

        def consent_withdrawn(self, consent: Consent) -> None:
            self.told = (*self.told, consent)

    async def test(house: House) -> None:
        listener = Input()
        consents = Consents(house.store, house.ledger, house.grants, house.clock, house.entropy, [listener])
        family = await settle_in(house)
        await consents.load([family.home])
        given = consents.stands(family.home, CAMERA_INPUT)
        assert given is not None
        note = house.ledger.checkpoint(family.home)
        withdrawing = asyncio.create_task(consents.withdraw(family.home, given, family.ana.id))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert [consent.id for consent in listener.told] == [given]
        assert house.ledger.checkpoint(family.home) == note
        assert await withdrawing

    in_house(tmp_path, test)


def test_which_words_were_shown_is_kept(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        rows = await house.store.read(family.home, "SELECT purpose, words_version FROM consents")
        versions = {purpose.id: purpose.words_version() for purpose in PURPOSES}
        assert rows
        assert all(versions[str(purpose)] == version for purpose, version in rows)

    in_house(tmp_path, test)
