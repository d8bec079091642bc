"""Nobody is refused an address for what others took, and nobody loses one to who takes all they can."""

import secrets
from dataclasses import dataclass, replace

from hypothesis import example, given
from hypothesis import strategies as st

from curtilage.cameras.views.address_share import AddressBounds, giving_way
from curtilage.consent.grant import Grant
from curtilage.wire.identifier import AccountId, HomeId
from tests.cameras.views.test_views import LiveGrants

BOUNDS = AddressBounds(per_grant=4, per_account=8, per_home=16, in_all=24)


@dataclass(frozen=True)
class One:
    grant: Grant
    account: AccountId


class Addresses:
    """As a delivery keeps them."""

    def __init__(self, bounds: AddressBounds = BOUNDS) -> None:
        self.bounds = bounds
        self.held: dict[bytes, One] = {}

    def open(self, grant: Grant, account: str) -> bytes:
        for over in giving_way(self.held, grant, AccountId(account), self.bounds):
            del self.held[over]
        key = secrets.token_bytes(8)
        self.held[key] = One(grant, AccountId(account))
        return key


def grant_of(home: str, camera: str = "porch") -> Grant:
    return replace(LiveGrants().make(camera), home=HomeId(home))


def test_one_account_with_many_cameras_ends_its_own_and_no_others() -> None:
    addresses = Addresses()
    household, elsewhere = addresses.open(grant_of("rose"), "bea"), addresses.open(grant_of("birch"), "bo")
    for number in range(8):
        camera = grant_of("rose", f"camera {number}")
        for _ in range(20):
            addresses.open(camera, "ada")
    assert household in addresses.held
    assert elsewhere in addresses.held
    assert len(addresses.held) == 2 + 8


def test_one_home_with_many_accounts_ends_its_own_and_no_others() -> None:
    addresses = Addresses()
    elsewhere = [addresses.open(grant_of("birch", f"camera {number}"), "bo") for number in range(8)]
    for number in range(200):
        addresses.open(grant_of("rose", f"camera {number}"), f"account {number % 40}")
    assert all(key in addresses.held for key in elsewhere)
    assert len(addresses.held) == 8 + 16


def test_at_the_bound_of_all_the_home_with_most_gives_way() -> None:
    addresses = Addresses()
    for home, count in (("rose", 16), ("birch", 6), ("elm", 2)):
        for number in range(count):
            addresses.open(grant_of(home, f"camera {number}"), f"{home} {number}")
    addresses.open(grant_of("new"), "nia")
    homes = [one.grant.home for one in addresses.held.values()]
    assert [homes.count(HomeId(home)) for home in ("rose", "birch", "elm", "new")] == [15, 6, 2, 1]


def test_of_a_grant_the_oldest_ends_first() -> None:
    addresses, grant = Addresses(), grant_of("rose")
    opened = [addresses.open(grant, "ada") for _ in range(6)]
    assert [key in addresses.held for key in opened] == [False] * 2 + [True] * 4


@example([(1, 0, 1), (1, 0, 1), (1, 1, 0), (1, 1, 1), (1, 1, 1)])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=80))
def test_every_bound_holds_and_everybody_gets_one(asked: list[tuple[int, int, int]]) -> None:
    addresses = Addresses(AddressBounds(per_grant=2, per_account=3, per_home=5, in_all=7))
    grants = {(home, camera): grant_of(f"{home}", f"{camera}") for home in range(4) for camera in range(4)}
    for home, camera, account in asked:
        assert addresses.open(grants[home, camera], f"{home} {account}") in addresses.held
        held = list(addresses.held.values())
        assert len(held) <= 7
        assert all(sum(one.grant.home == other.grant.home for other in held) <= 5 for one in held)
        assert all(sum(one.account == other.account for other in held) <= 3 for one in held)
        assert all(sum(one.grant.id == other.grant.id for other in held) <= 2 for one in held)
