"""LL-HLS of a camera with a sub stream: both under one grant, each with keys of its own, over together."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.cameras.hls.hls import Hls, HlsAddress
from curtilage.cameras.media.part import Part
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.config import Config
from curtilage.consent.grant import Grant, GrantEnd
from curtilage.wire.identifier import AccountId, DeviceId
from curtilage.wire.sealed_part import Kind, Track
from tests.cameras.hls_reader import ReadPlaylist, read_playlist
from tests.cameras.hls_side import BEGIN_MS, muxed
from tests.cameras.pictures import film
from tests.cameras.views.test_views import LiveGrants
from tests.held_clock import HeldClock
from tests.origin.clip import OTHER_SIZE, SMALL

PORCH = DeviceId("porch")
BOTH = (Track.MAIN, Track.SUB)


class Porch:
    """A camera of two streams, at rest."""

    def __init__(self, clips: Path) -> None:
        config = Config()
        self.clock, self.grants, self.wanted = HeldClock(BEGIN_MS), LiveGrants(), 0
        self.hls = Hls(lambda *_: None, self.clock, config, secrets.token_bytes)
        self.parts = {
            Track.MAIN: muxed(film(clips, OTHER_SIZE), rounds=4),
            Track.SUB: muxed(film(clips, SMALL), rounds=4),
        }
        cache = Cache(config)
        self.taps = {}
        for track in BOTH:
            shelf = cache.shelf(PORCH, track)
            sealer = Sealer(track, shelf, self.clock, config, secrets.token_bytes)
            self.taps[track] = self.hls.tap(PORCH, sealer, sealer, shelf, track, self._want)
        self.at = dict.fromkeys(BOTH, 0)

    def _want(self) -> None:
        self.wanted += 1

    def push(self, count: int, *tracks: Track) -> None:
        for _ in range(count):
            self.clock.pass_s(0.04)
            for track in tracks or BOTH:
                part = self.parts[track][self.at[track]]
                self.at[track] += 1
                self.taps[track].part(replace(part, time_ms=self.clock.now()))

    def init_again(self, track: Track) -> None:
        """As after a new connection to the camera."""
        self.taps[track].part(replace(self.parts[track][0], time_ms=self.clock.now()))

    def open(self, grant: Grant) -> HlsAddress:
        made = self.hls.open(grant, self.grants, AccountId("ada"), by_session=False)
        assert isinstance(made, HlsAddress)
        return made

    def playlist(self, address: HlsAddress, track: Track) -> ReadPlaylist:
        found = self.hls.packager(address.handle, track)
        assert found is not None
        text = found[1].text(skip=False, first_epoch=address.first_epoch_of(track))
        assert text is not None
        return read_playlist(text)

    def key(self, address: HlsAddress, uri: str) -> bytes | None:
        return self.hls.key(address.handle, uri.removeprefix("keys/"), frozenset())

    def end(self, grant: Grant) -> None:
        self.grants.live.discard(grant.id)
        self.hls.grant_ended(grant, GrantEnd.REVOKED)


@pytest.fixture(name="porch")
def _porch(clips: Path) -> Porch:
    return Porch(clips)


def test_the_sub_stream_is_packaged_only_for_who_asks_for_it_and_rests_by_itself(porch: Porch) -> None:
    porch.push(81)
    address = porch.open(porch.grants.make(PORCH))
    porch.wanted = 0
    assert porch.playlist(address, Track.MAIN).segments
    porch.push(40)
    assert porch.taps[Track.SUB].packager is None
    assert not porch.hls.asks_for(PORCH, Track.SUB)
    assert porch.playlist(address, Track.SUB).segments
    assert porch.hls.asks_for(PORCH, Track.SUB)
    porch.clock.pass_s(61)
    porch.playlist(address, Track.MAIN)
    porch.hls.rest()
    assert not porch.hls.asks_for(PORCH, Track.SUB)
    assert porch.taps[Track.SUB].words is not None, "what it is stays known"
    assert porch.hls.asks_for(PORCH, Track.MAIN)


def test_each_track_has_its_own_key_and_the_grant_ends_both(porch: Porch) -> None:
    porch.push(81)
    grant, other = porch.grants.make(PORCH), porch.grants.make(PORCH, "bo")
    address, theirs = porch.open(grant), porch.open(other)
    uris = [porch.playlist(address, track).segments[0].key_uri for track in BOTH]
    secrets_given = [porch.key(address, uri) for uri in uris]
    assert all(secrets_given)
    assert secrets_given[0] != secrets_given[1]
    porch.end(grant)
    assert [porch.key(address, uri) for uri in uris] == [None, None]
    assert all(porch.hls.packager(address.handle, track) is None for track in BOTH)
    porch.push(60)
    for track, before in zip(BOTH, uris, strict=True):
        named = [segment.key_uri for segment in porch.playlist(theirs, track).segments]
        assert named[0] == before
        assert named[-1] != before, "what came after is under another key"


def test_a_later_grant_opens_nothing_of_before_on_either(porch: Porch) -> None:
    porch.push(81)
    first = porch.open(porch.grants.make(PORCH))
    before = [porch.playlist(first, track).segments[0].key_uri for track in BOTH]
    porch.push(60)
    late = replace(porch.grants.make(PORCH, "bo"), made_ms=porch.clock.now())
    address = porch.open(late)
    porch.push(60)
    assert [porch.key(address, uri) for uri in before] == [None, None]
    for track in BOTH:
        assert porch.key(address, porch.playlist(address, track).segments[0].key_uri)


def test_both_name_what_came_at_one_time_by_one_date_and_one_discontinuity(porch: Porch) -> None:
    porch.push(81)
    address = porch.open(porch.grants.make(PORCH))
    porch.playlist(address, Track.MAIN)
    porch.push(20)
    porch.playlist(address, Track.SUB)
    porch.push(110)
    main, sub = (porch.playlist(address, track) for track in BOTH)
    assert {item.date for item in sub.segments} <= {item.date for item in main.segments}
    assert main.discontinuity_sequence == sub.discontinuity_sequence


@pytest.mark.parametrize("reconnects", [Track.MAIN, Track.SUB])
def test_a_discontinuity_of_one_is_one_of_the_other(porch: Porch, reconnects: Track) -> None:
    porch.push(81)
    address = porch.open(porch.grants.make(PORCH))
    for track in BOTH:
        porch.playlist(address, track)
    porch.push(40)
    porch.init_again(reconnects)
    porch.push(90)
    told = [[item.discontinuity for item in porch.playlist(address, track).segments] for track in BOTH]
    assert [sum(items) for items in told] == [1, 1]
    porch.init_again(Track.MAIN)
    porch.init_again(Track.SUB)
    porch.push(110)
    read = [porch.playlist(address, track) for track in BOTH]
    counts = [item.discontinuity_sequence + sum(seg.discontinuity for seg in item.segments) for item in read]
    assert counts == [2, 2], "both at once are one"


def test_the_sub_stream_begins_with_the_main_streams_number(porch: Porch) -> None:
    porch.push(81)
    address = porch.open(porch.grants.make(PORCH))
    porch.clock.pass_s(61)
    porch.hls.rest()
    porch.push(10)
    assert porch.playlist(address, Track.MAIN).discontinuity_sequence == 1
    assert porch.playlist(address, Track.SUB).discontinuity_sequence == 1


def test_each_reports_how_far_the_other_is(porch: Porch) -> None:
    porch.push(81)
    address = porch.open(porch.grants.make(PORCH))
    assert porch.hls.report(address.handle, Track.SUB) is None, "it is at rest"
    for track in BOTH:
        porch.playlist(address, track)
    porch.push(12)
    for track in BOTH:
        read = porch.playlist(address, track)
        last = read.growing or read.segments[-1]
        assert porch.hls.report(address.handle, track) == (last.number, len(last.parts) - 1)
    assert porch.hls.report("unknown", Track.MAIN) is None


def test_a_camera_without_one_has_none(porch: Porch) -> None:
    porch.push(81, Track.MAIN)
    address = porch.open(porch.grants.make(PORCH))
    porch.taps[Track.MAIN].part(
        Part(Kind.INIT, keyframe=True, time_ms=BEGIN_MS, octets=porch.parts[Track.MAIN][0].octets)
    )
    porch.hls.forget_camera(PORCH)
    assert porch.hls.packager(address.handle, Track.SUB) is None
    assert porch.hls.tap_of(address.handle, Track.SUB) is None
