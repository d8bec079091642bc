"""A token ends with its grant, its session and its time, is found under nothing but itself, and there are not many."""

import itertools

import pytest

from curtilage.cameras.webrtc.whep_address import GivenToken, WhepAddresses
from curtilage.config import Config
from curtilage.consent.grant import Grant, GrantEnd
from curtilage.wire.identifier import AccountId, DeviceId
from tests.cameras.views.test_views import LiveGrants
from tests.held_clock import HeldClock

ADA = AccountId("ada")


class House:
    """Grants, and tokens by them; Ada is signed in until she is not."""

    def __init__(self, **settings: int) -> None:
        drawn = itertools.count(1)
        self.clock, self.grants, self.signed_in = HeldClock(), LiveGrants(), True
        config = Config(**settings)  # type: ignore[arg-type] # every setting named here is a number
        self.addresses = WhepAddresses(self.clock, config, lambda count: next(drawn).to_bytes(count))

    def open(self, grant: Grant) -> GivenToken:
        return self.addresses.open(grant, self.grants, ADA, lambda: self.signed_in)

    def token(self, grant: Grant) -> str:
        return self.open(grant).token


def test_it_stands_for_its_grant_and_is_not_shown() -> None:
    house = House()
    grant = house.grants.make("porch")
    given = house.open(grant)
    assert house.addresses.find(given.token) is given.address
    assert house.addresses.stands(given.address)
    assert (given.address.grant, given.address.account) == (grant, ADA)
    shown = repr(given) + repr(given.address) + repr(vars(house.addresses))
    assert given.token not in shown
    assert grant.handle not in repr(given)
    for other in ("", given.token[:-1], given.token + "A", grant.handle):
        assert house.addresses.find(other) is None


@pytest.mark.parametrize("end", ["revoked", "locked", "not live", "signed out", "time"])
def test_it_ends(end: str) -> None:
    house = House(whep_address_s=60)
    mine, other = house.grants.make("porch"), house.grants.make("hall")
    kept = house.token(other)
    given = house.open(mine)
    assert isinstance(given, GivenToken)
    if end == "revoked":
        house.addresses.grant_ended(mine, GrantEnd.REVOKED)
    elif end == "locked":
        house.addresses.camera_locked(DeviceId("porch"))
    elif end == "not live":
        house.grants.live.discard(mine.id)
    elif end == "signed out":
        house.signed_in = False
    else:
        house.clock.pass_s(60)
    assert house.addresses.find(given.token) is None
    if end in ("revoked", "locked", "signed out", "time"):
        assert not house.addresses.stands(given.address), "nor does a view by it go on"
    if end in ("revoked", "locked", "not live"):
        assert house.addresses.find(kept) is not None, "the other camera's goes on"


def test_of_too_many_by_one_grant_the_oldest_ends_and_all_are_bounded() -> None:
    house = House(whep_addresses_per_grant_count_max=2, whep_addresses_count_max=3, whep_address_s=60)
    porch, hall, shed = (house.grants.make(name) for name in ("porch", "hall", "shed"))
    tokens = [house.token(porch) for _ in range(3)]
    assert [house.addresses.find(token) is not None for token in tokens] == [False, True, True]
    house.token(hall)
    last = house.token(shed)
    assert house.addresses.find(tokens[1]) is None
    assert house.addresses.find(last) is not None
    assert house.addresses.count() == 3
    house.clock.pass_s(60)
    assert house.open(shed), "what is over makes room"
    assert house.addresses.count() == 1
