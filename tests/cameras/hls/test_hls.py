"""LL-HLS addresses: made by a live grant, over with it; keys for nobody else."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.cameras.hls.hls import Hls, HlsAddress
from curtilage.cameras.hls.hls_packager import Packager
from curtilage.cameras.media.part import Part
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.view import AlarmCause
from curtilage.config import Config
from curtilage.consent.grant import Grant, GrantEnd
from curtilage.errors import RefusalReason, Refused
from curtilage.wire.identifier import AccountId, DeviceId, PersonId
from curtilage.wire.sealed_part import Track
from tests.cameras.hls_reader import ReadPlaylist, read_playlist
from tests.cameras.hls_side import BEGIN_MS, muxed
from tests.cameras.pictures import Film, film
from tests.cameras.views.test_views import LiveGrants
from tests.held_clock import HeldClock
from tests.origin.clip import SMALL

ADA, BO = AccountId("ada"), AccountId("bo")
PORCH, HALL = DeviceId("porch"), DeviceId("hall")
PERSON = frozenset({PersonId("ada")})


class House:
    """Two cameras, and everybody's addresses."""

    def __init__(self, taken: Film, **settings: float) -> None:
        config = Config(**settings)  # type: ignore[arg-type] # every setting named here is a number
        self.clock, self.grants = HeldClock(BEGIN_MS), LiveGrants()
        self.alarms: list[tuple[Grant, AlarmCause]] = []
        self.hls = Hls(lambda grant, cause: self.alarms.append((grant, cause)), self.clock, config, secrets.token_bytes)
        self.parts, self.at = muxed(taken, rounds=3), 0
        self.shelves = {}
        self.taps = {}
        cache = Cache(config)
        for camera in (PORCH, HALL):
            shelf = self.shelves[camera] = cache.shelf(camera, Track.MAIN)
            sealer = Sealer(Track.MAIN, shelf, self.clock, config, secrets.token_bytes)
            self.taps[camera] = self.hls.tap(camera, sealer, sealer, shelf)
        self.push(81)

    def push(self, count: int) -> None:
        """So many parts of both cameras; time passes with them."""
        for part in self.parts[self.at : self.at + count]:
            self.clock.pass_s(0.04)
            for tap in self.taps.values():
                tap.part(Part(part.kind, part.keyframe, self.clock.now(), part.octets))
        self.at += count

    def open(self, grant: Grant, account: AccountId = ADA, *, by_session: bool = False) -> HlsAddress:
        made = self.hls.open(grant, self.grants, account, by_session=by_session)
        assert isinstance(made, HlsAddress)
        return made

    def end(self, grant: Grant) -> None:
        """As Grants does: memory first, then the listeners, in one turn."""
        self.grants.live.discard(grant.id)
        self.hls.grant_ended(grant, GrantEnd.REVOKED)

    def playlist(self, address: HlsAddress) -> ReadPlaylist:
        found = self.hls.packager(address.handle)
        assert found is not None
        text = found[1].text(skip=False, first_epoch=found[0].first_epoch)
        assert text is not None
        return read_playlist(text)

    def labels(self, address: HlsAddress) -> list[str]:
        """The keys that the playlist names, oldest first."""
        named = [segment.key_uri.removeprefix("keys/") for segment in self.playlist(address).segments]
        return list(dict.fromkeys(named))


@pytest.fixture(name="rose")
def _rose(clips: Path) -> House:
    return House(film(clips, SMALL))


def test_a_grant_gives_an_address_that_plays_at_once(rose: House) -> None:
    grant = rose.grants.make(PORCH)
    address = rose.open(grant)
    assert rose.playlist(address).segments
    (label,) = rose.labels(address)
    assert len(rose.hls.key(address.handle, label, frozenset()) or b"") == 16
    assert address.until_ms == rose.clock.now() + 3_600_000
    assert address.handle not in repr(address)
    assert grant.handle not in repr(address)


def test_a_browsers_address_needs_the_persons_session_for_the_key(rose: House) -> None:
    address = rose.open(rose.grants.make(PORCH), by_session=True)
    (label,) = rose.labels(address)
    assert rose.hls.key(address.handle, label, PERSON)
    for strangers in (frozenset[PersonId](), frozenset({PersonId("bo")})):
        assert rose.hls.key(address.handle, label, strangers) is None
    assert address.until_ms is None


def test_a_persons_pages_share_an_address_and_players_do_not(rose: House) -> None:
    grant = rose.grants.make(PORCH)
    assert rose.open(grant, by_session=True) is rose.open(grant, by_session=True)
    assert rose.open(grant).handle != rose.open(grant).handle
    assert rose.open(grant, BO, by_session=True) is not rose.open(grant, by_session=True)


def test_when_the_grant_ends_its_addresses_are_over_and_the_key_turns(rose: House) -> None:
    mine, other = rose.grants.make(PORCH), rose.grants.make(PORCH, "bo")
    address, theirs = rose.open(mine), rose.open(other, BO)
    (before,) = rose.labels(address)
    woken: list[int] = []
    found = rose.hls.packager(address.handle)
    assert found is not None
    found[1].wakes.add(lambda: woken.append(1))
    rose.end(mine)
    assert woken, "whoever waits by the address finds out at once"
    assert rose.hls.packager(address.handle) is None
    assert rose.hls.key(address.handle, before, PERSON) is None
    rose.push(60)
    assert rose.labels(theirs)[0] == before
    assert len(rose.labels(theirs)) == 2, "what came after is under another key"
    assert rose.hls.key(theirs.handle, rose.labels(theirs)[1], frozenset())


def test_were_the_listener_never_told_the_grant_check_still_ends_it(rose: House) -> None:
    grant = rose.grants.make(PORCH)
    address = rose.open(grant)
    (label,) = rose.labels(address)
    rose.grants.live.clear()
    assert rose.hls.address(address.handle) is None
    assert rose.hls.key(address.handle, label, PERSON) is None


def test_a_later_grant_opens_nothing_of_before(rose: House) -> None:
    first = rose.open(rose.grants.make(PORCH))
    rose.push(60)
    (old,) = rose.labels(first)
    late = replace(rose.grants.make(PORCH, "bo"), made_ms=rose.clock.now())
    address = rose.open(late, BO)
    rose.push(60)
    assert old not in rose.labels(address)
    assert rose.hls.key(address.handle, old, frozenset()) is None
    assert rose.hls.key(address.handle, rose.labels(address)[0], frozenset())
    assert rose.labels(first)[0] == old


def test_a_key_of_another_camera_is_none(rose: House) -> None:
    porch, hall = rose.open(rose.grants.make(PORCH)), rose.open(rose.grants.make(HALL))
    (label,) = rose.labels(hall)
    assert rose.hls.key(porch.handle, label, PERSON) is None


def test_an_address_for_a_player_ends_by_itself(rose: House) -> None:
    short = rose.grants.make(PORCH)
    address = rose.open(short)
    rose.clock.pass_s(3599)
    assert rose.hls.address(address.handle) is not None
    rose.clock.pass_s(1)
    assert rose.hls.address(address.handle) is None
    grant = replace(rose.grants.make(PORCH), until_ms=rose.clock.now() + 5000)
    assert rose.open(grant).until_ms == grant.until_ms
    assert rose.open(grant, by_session=True).until_ms == grant.until_ms


def test_what_nobody_asks_for_comes_to_rest_and_begins_again(clips: Path) -> None:
    house = House(film(clips, SMALL), hls_idle_s=5)
    address = house.open(house.grants.make(PORCH))
    house.clock.pass_s(4)
    house.hls.rest()
    assert house.hls.pieces.bytes
    house.clock.pass_s(2)
    house.hls.rest()
    assert house.hls.pieces.bytes == 0
    assert house.hls.count() == 1
    assert house.playlist(address).discontinuity_sequence == 1
    house.clock.pass_s(3600)
    house.hls.rest()
    assert house.hls.count() == 0


def test_addresses_are_bounded(clips: Path) -> None:
    house = House(film(clips, SMALL), hls_addresses_per_grant_count_max=2, hls_addresses_count_max=3)
    grant = house.grants.make(PORCH)
    opened = [house.open(grant) for _ in range(4)]
    assert [house.hls.address(item.handle) is not None for item in opened] == [False, False, True, True]
    house.open(house.grants.make(HALL))
    last = house.open(house.grants.make(HALL))
    assert house.hls.count() == 3
    assert house.hls.address(opened[2].handle) is None
    assert house.hls.address(last.handle) is not None


def test_signing_out_ends_the_accounts_addresses(rose: House) -> None:
    ada, bo = rose.open(rose.grants.make(PORCH)), rose.open(rose.grants.make(PORCH, "bo"), BO)
    rose.hls.close_addresses_of(ADA)
    assert rose.hls.address(ada.handle) is None
    assert rose.hls.address(bo.handle) is not None


@pytest.mark.parametrize("how", ["removed", "locked", "begun anew"])
def test_a_camera_that_is_gone_is_no_longer_shown(rose: House, how: str) -> None:
    address = rose.open(rose.grants.make(PORCH))
    if how == "removed":
        rose.hls.forget_camera(PORCH)
    elif how == "locked":
        rose.hls.camera_locked(PORCH)
    else:
        shelf = rose.shelves[PORCH]
        sealer = Sealer(Track.MAIN, shelf, rose.clock, Config(), secrets.token_bytes)
        rose.hls.tap(PORCH, sealer, sealer, shelf)
    assert rose.hls.pieces.bytes == 0
    if how == "removed":
        unknown = rose.hls.open(rose.grants.make(PORCH), rose.grants, ADA, by_session=False)
        assert isinstance(unknown, Refused)
        assert unknown.reason is RefusalReason.UNKNOWN
    if how != "begun anew":
        assert rose.hls.address(address.handle) is None


def test_a_strangers_part_in_the_cache_is_told_with_the_grant_that_met_it(rose: House) -> None:
    for part in rose.shelves[HALL].read(None).parts:
        rose.shelves[PORCH].put(part)
    grant = rose.grants.make(PORCH)
    address = rose.open(grant)
    assert rose.alarms == [(grant, AlarmCause.DOES_NOT_OPEN)]
    found = rose.hls.packager(address.handle)
    assert found is not None
    assert isinstance(found[1], Packager)
    assert rose.hls.pieces.bytes == 0
