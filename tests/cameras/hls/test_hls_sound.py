"""LL-HLS of a camera with sound: a track with keys of its own under the pictures' grant, gone when switched off."""

import itertools
import re
import secrets
from dataclasses import replace
from datetime import datetime

import pytest

from curtilage.cameras.hls.hls import Hls, HlsAddress
from curtilage.cameras.hls.hls_fragment import fragment_times, init_words
from curtilage.cameras.hls.hls_tap import Tap
from curtilage.cameras.media.audio_codec import AudioParameters
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.config import Config
from curtilage.consent.grant import Grant, GrantEnd
from curtilage.wire.identifier import AccountId, DeviceId
from curtilage.wire.sealed_part import Track
from tests.cameras.hls_reader import ReadPlaylist, ReadSegment, decrypted, read_playlist
from tests.cameras.hls_side import BEGIN_MS, label_of
from tests.cameras.sound_parts import AAC, OPUS, PCMA, SoundParts
from tests.cameras.views.test_views import LiveGrants
from tests.held_clock import HeldClock

PORCH = DeviceId("porch")


class Porch:
    """A camera whose sound is on; of its pictures there is a tap alone."""

    def __init__(self, parameters: AudioParameters = OPUS) -> None:
        self.config = Config()
        self.clock, self.grants = HeldClock(BEGIN_MS), LiveGrants()
        self.hls = Hls(lambda *_: None, self.clock, self.config, secrets.token_bytes)
        self.cache = Cache(self.config)
        self.tap(Track.MAIN)
        self.switch_on(parameters)

    def tap(self, track: Track) -> Tap:
        shelf = self.cache.shelf(PORCH, track)
        self.sealer = Sealer(track, shelf, self.clock, self.config, secrets.token_bytes)
        return self.hls.tap(PORCH, self.sealer, self.sealer, shelf, track)

    def switch_on(self, parameters: AudioParameters = OPUS) -> None:
        self.cache.shelf(PORCH, Track.AUDIO).clear()
        self.sound = self.tap(Track.AUDIO)
        self.parts = SoundParts(self.clock.now(), parameters)
        self.sound.part(self.parts.init)

    def push(self, length_ms: int) -> None:
        for part in self.parts.pass_ms(length_ms):
            self.clock.pass_s((part.time_ms - self.clock.now()) / 1000)
            self.sound.part(part)

    def open(self, grant: Grant | None = None) -> HlsAddress:
        """An address by that grant, or by a new one."""
        made = self.hls.open(grant or self.grants.make(PORCH), self.grants, AccountId("ada"), by_session=False)
        assert isinstance(made, HlsAddress)
        return made

    def listened_to(self, before_ms: int) -> HlsAddress:
        """An address whose playlist was asked for after so much sound: from now on it is packaged."""
        self.push(before_ms)
        address = self.open()
        self.playlist(address)
        return address

    def playlist(self, address: HlsAddress, *, skip: bool = False) -> ReadPlaylist:
        found = self.hls.packager(address.handle, Track.AUDIO)
        assert found is not None
        text = found[1].text(skip=skip, first_epoch=self.hls.first_epoch(address, Track.AUDIO))
        assert text is not None
        return read_playlist(text)

    def key(self, address: HlsAddress, uri: str) -> bytes | None:
        return self.hls.key(address.handle, uri.removeprefix("keys/"), frozenset())

    def clear(self, address: HlsAddress, segment: ReadSegment) -> list[bytes]:
        """A segment's parts, decrypted."""
        secret = self.key(address, segment.key_uri)
        assert secret is not None
        pieces = [self.hls.pieces.get(label_of(part.uri)) or b"" for part in segment.parts]
        return [decrypted(piece, secret, segment.iv) for piece in pieces]


@pytest.mark.parametrize("parameters", [OPUS, PCMA, AAC])
def test_parts_of_about_200_ms_each_of_several_sealed_parts_in_segments_of_two_seconds(
    parameters: AudioParameters,
) -> None:
    porch = Porch(parameters)
    porch.push(900)
    address = porch.open()
    assert porch.playlist(address).segments, "it begins with what the cache has"
    porch.push(12_000)
    read = porch.playlist(address)
    assert 0.15 < read.part_target_s < 0.25
    assert {round(segment.duration_s, 3) for segment in read.segments[1:]} == {1.98}
    assert all(part.independent for part in read.all_parts())
    for segment in read.segments[-3:]:
        octets = porch.clear(address, segment)
        assert {part.count(b"moof") for part in octets} == {3}
        assert segment.uri is not None
        whole = decrypted(
            porch.hls.pieces.get(label_of(segment.uri)) or b"",
            porch.key(address, segment.key_uri) or b"",
            segment.iv,
        )
        assert whole == b"".join(octets)
    map_uri = read.segments[0].map_uri
    assert map_uri is not None
    words = init_words(porch.hls.pieces.get(label_of(map_uri)) or b"")
    assert (words.sound, words.ticks_per_s) == (True, parameters.rate_hz)


def test_dates_are_those_at_which_the_sound_was_made() -> None:
    porch = Porch()
    address = porch.listened_to(900)
    porch.push(8_000)
    begins = []
    for segment in porch.playlist(address).segments[-3:]:
        decode = fragment_times(porch.clear(address, segment)[0]).decode / OPUS.rate_hz
        begins.append(datetime.fromisoformat(segment.date).timestamp() - decode)
    assert max(begins) - min(begins) < 0.002
    assert abs(begins[0] - (BEGIN_MS / 1000 - 60)) < 0.1, "as pictures are: from the camera's start, and a minute"


def test_after_a_hole_no_segment_is_longer_than_announced() -> None:
    porch = Porch()
    address = porch.listened_to(900)
    for hole_ms in (100, 400, 1_500, 1_900, 7_000):
        porch.push(1_000)
        porch.parts.skip_ms(hole_ms)
        porch.push(3_000)
        found = porch.hls.packager(address.handle, Track.AUDIO)
        assert found is not None
        durations = re.findall(rb"#EXTINF:([0-9.]+),", found[1].text(skip=False, first_epoch=0) or b"")
        assert len(durations) > 2
        assert all(round(float(duration)) <= 2 for duration in durations)


def test_a_delta_update_leaves_out_what_is_old() -> None:
    porch = Porch()
    address = porch.listened_to(900)
    porch.push(18_000)
    assert porch.playlist(address, skip=True).skipped >= 1


def test_its_key_is_its_own_turns_when_a_grant_ends_and_is_refused_to_who_had_it() -> None:
    porch = Porch()
    porch.push(900)
    grant, other = porch.grants.make(PORCH), porch.grants.make(PORCH, "bo")
    address, theirs = porch.open(grant), porch.open(other)
    porch.playlist(address)
    porch.push(1_000)
    before = porch.playlist(address).segments[-1].key_uri
    assert porch.key(address, before) == porch.key(theirs, before) is not None
    porch.grants.live.discard(grant.id)
    porch.hls.grant_ended(grant, GrantEnd.REVOKED)
    assert porch.key(address, before) is None
    assert porch.hls.packager(address.handle, Track.AUDIO) is None
    porch.push(600)
    growing = porch.playlist(theirs).growing
    assert growing is not None
    assert growing.key_uri != before, "the turn ended the segment"
    assert porch.playlist(theirs).segments[-1].key_uri == before
    assert porch.key(theirs, growing.key_uri) is not None


def test_a_later_grant_opens_nothing_of_before() -> None:
    porch = Porch()
    first = porch.listened_to(900)
    porch.push(3_000)
    before = porch.playlist(first).segments[0].key_uri
    late = replace(porch.grants.make(PORCH, "bo"), made_ms=porch.clock.now())
    address = porch.open(late)
    assert porch.key(address, before) is None
    porch.push(3_000)
    shown = {segment.key_uri for segment in porch.playlist(address).segments}
    assert shown.isdisjoint({before})
    assert all(porch.key(address, uri) for uri in shown)
    assert porch.key(address, before) is None


def test_switched_off_everything_of_it_is_gone_and_on_again_it_goes_on_counting() -> None:
    porch = Porch()
    address = porch.listened_to(900)
    porch.push(5_000)
    read = porch.playlist(address)
    uris = [part.uri for part in read.all_parts()]
    assert all(porch.hls.pieces.get(label_of(uri)) for uri in uris)
    porch.hls.forget_sound(PORCH)
    porch.hls.forget_sound(PORCH)
    assert porch.hls.packager(address.handle, Track.AUDIO) is None
    assert porch.hls.report(address.handle, Track.AUDIO) is None
    assert porch.key(address, read.segments[-1].key_uri) is None
    assert [porch.hls.pieces.get(label_of(uri)) for uri in uris] == [None] * len(uris)
    assert porch.hls.packager(address.handle) is not None, "the picture stays"
    porch.push(500)
    assert porch.sound.packager is None, "what still comes wakes nothing"
    porch.switch_on()
    porch.push(900)
    again = porch.playlist(address)
    assert again.first_number > read.segments[-1].number
    assert again.segments[0].key_uri != read.segments[-1].key_uri


def test_a_camera_that_describes_its_sound_no_longer_is_told_of_no_more() -> None:
    porch = Porch()
    porch.listened_to(900)
    assert porch.sound.words is not None
    porch.sound.forget()
    assert porch.sound.words is None


def test_who_comes_just_after_a_key_turn_meets_no_discontinuity() -> None:
    porch = Porch()
    porch.push(1_500)
    porch.sealer.turn()
    porch.push(300)
    assert sum(part.is_init for part in porch.cache.shelf(PORCH, Track.AUDIO).read(None).parts) == 2
    address = porch.open()
    porch.playlist(address)
    porch.push(3_000)
    read = porch.playlist(address)
    assert (read.discontinuity_sequence, [segment.discontinuity for segment in read.segments]) == (0, [False, False])


def test_another_codec_in_the_same_run_is_a_discontinuity_with_the_same_part_target() -> None:
    porch = Porch()
    address = porch.listened_to(900)
    porch.push(3_000)
    before = porch.playlist(address).part_target_s
    porch.parts = SoundParts(porch.clock.now(), PCMA)
    porch.sound.part(porch.parts.init)
    porch.push(5_000)
    read = porch.playlist(address)
    assert [segment.discontinuity for segment in read.segments].count(True) == 1
    assert read.part_target_s == pytest.approx(before, abs=0.001)
    assert len({segment.map_uri for segment in read.segments}) == 2
    numbers = [segment.number for segment in read.segments]
    assert all(after == earlier + 1 for earlier, after in itertools.pairwise(numbers))
