"""Views and their sealed streams: made by grants, cut with them, alarmed by strangers' parts."""

import asyncio
import secrets
from dataclasses import replace

import pytest

from curtilage.cameras.input.camera_state import CameraState, Condition
from curtilage.cameras.media.part import Part
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.cameras.views.view import AlarmCause, View
from curtilage.cameras.views.views import Views
from curtilage.config import Config
from curtilage.consent.grant import Grant, GranteeKind, GrantEnd
from curtilage.errors import RefusalReason, Refused
from curtilage.wire.identifier import AccountId, ConsentId, DeviceId, GrantId, HomeId, PersonId
from curtilage.wire.sealed_part import Kind, SealedPart, Track
from curtilage.wire.stream_record import RecordType, StreamRecord
from tests.cameras.view_side import ViewSide
from tests.held_clock import HeldClock

ADA, BO = AccountId("ada"), AccountId("bo")


class LiveGrants:
    """Implements the half of GrantCheck that views use: a set of live grants."""

    def __init__(self) -> None:
        self.live: set[GrantId] = set()

    def check(self, handle: str, grantee: PersonId | DeviceId) -> Grant | Refused:  # noqa: ARG002 -- refuses all
        return Refused(RefusalReason.UNKNOWN)

    def still(self, grant: Grant) -> bool:
        return grant.id in self.live

    def make(self, camera: str, person: str = "ada") -> Grant:
        grant = Grant(
            GrantId(secrets.token_hex(4)),
            HomeId("rose"),
            DeviceId(camera),
            GranteeKind.PERSON,
            PersonId(person),
            None,
            0,
            None,
            ConsentId("c"),
            secrets.token_urlsafe(32),
        )
        self.live.add(grant.id)
        return grant


class House:
    """Two cameras, their shelves, and everybody's views."""

    def __init__(self, config: Config = Config()) -> None:  # noqa: B008 frozen, so one default for all is right
        self.clock = HeldClock()
        self.cache = Cache(config)
        self.views = Views(self.cache, config, secrets.token_bytes)
        self.grants = LiveGrants()
        self.sealers: dict[str, Sealer] = {}
        for name in ("porch", "hall"):
            shelf = self.cache.shelf(DeviceId(name), Track.MAIN)
            sealer = Sealer(Track.MAIN, shelf, self.clock, config, secrets.token_bytes)
            self.sealers[name] = sealer
            self.views.show(DeviceId(name), name.title(), "", sealer, CameraState(Condition.LIVE, 0))
            sealer.part(Part(Kind.INIT, keyframe=True, time_ms=1, octets=b"init"))
            self.picture(name, keyframe=True)

    def picture(self, camera: str, keyframe: bool = False) -> None:
        self.sealers[camera].part(Part(Kind.MEDIA, keyframe=keyframe, time_ms=2, octets=camera.encode()))

    def page(self, account: AccountId = ADA) -> tuple[SealedStream, list[str]]:
        told: list[str] = []
        stream = self.views.open_stream(account, self.grants, lambda: told.append("wake"), lambda: told.append("abort"))
        assert isinstance(stream, SealedStream)
        return stream, told

    def view(self, stream: SealedStream, grant: Grant) -> View:
        side = ViewSide(self.sealers[grant.camera])
        opened = self.views.open_view(stream, grant, side.public_key, None)
        assert not isinstance(opened, Refused)
        return opened[0]


def due(stream: SealedStream) -> list[StreamRecord]:
    records = []
    for octets in stream.due():
        parsed = StreamRecord.decode(octets, 1_000_000)
        assert parsed is not None
        records.append(parsed[0])
    return records


def kinds(stream: SealedStream) -> list[RecordType]:
    return [record.type for record in due(stream)]


FIRST = [RecordType.STATE, RecordType.KEY, RecordType.PART, RecordType.PART]


def test_a_view_starts_at_once_with_state_key_init_and_keyframe_then_each_picture_once() -> None:
    house = House()
    stream, told = house.page()
    house.view(stream, house.grants.make("porch"))
    assert kinds(stream) == FIRST
    assert kinds(stream) == []
    told.clear()
    house.picture("porch")
    assert told == ["wake"]
    assert kinds(stream) == [RecordType.PART]


def test_one_stream_carries_many_views_and_wakes_once_for_a_part() -> None:
    house = House()
    stream, told = house.page()
    for _ in range(3):
        house.view(stream, house.grants.make("porch"))
    house.view(stream, house.grants.make("hall"))
    assert len(due(stream)) == 16
    told.clear()
    house.picture("porch")
    assert told == ["wake"]
    assert [record.view for record in due(stream)] == [1, 2, 3]


def test_revoking_resets_every_connection_that_carried_the_view_and_turns_the_epoch() -> None:
    house = House()
    grant, other = house.grants.make("porch"), house.grants.make("porch", "bo")
    (stream, told), (others, others_told) = house.page(), house.page(BO)
    house.view(stream, grant)
    house.view(others, other)
    due(stream), due(others)
    house.clock.pass_s(1)
    house.grants.live.discard(grant.id)
    house.views.grant_ended(grant, GrantEnd.REVOKED)
    assert "abort" in told
    assert "abort" not in others_told
    assert stream.cut
    house.picture("porch", keyframe=True)
    assert kinds(stream) == []
    assert kinds(others) == [RecordType.KEY, RecordType.PART, RecordType.PART]
    assert house.views.stream(stream.handle, ADA) is None


def test_pages_are_reset_before_deliveries_whose_end_takes_longer() -> None:
    house, cut = House(), []
    grant = house.grants.make("porch")

    def delivery(name: str, *, page: bool) -> SealedStream:
        return house.views.open_delivery(
            lambda alarmed: SealedStream(
                name, ADA, house.grants, lambda: None, lambda: cut.append(name), alarmed, page=page
            )
        )

    for name, page in (("webrtc 1", False), ("page 1", True), ("webrtc 2", False), ("page 2", True)):
        house.view(delivery(name, page=page), grant)
    house.views.grant_ended(grant, GrantEnd.REVOKED)
    assert cut == ["page 1", "page 2", "webrtc 1", "webrtc 2"]


def test_were_the_cut_lost_the_next_frame_would_still_not_go_out() -> None:
    house = House()
    grant = house.grants.make("porch")
    stream, told = house.page()
    house.view(stream, grant)
    due(stream)
    house.grants.live.discard(grant.id)  # nobody told the views
    house.picture("porch")
    assert kinds(stream) == []
    assert "abort" in told


def test_revoking_in_the_middle_of_a_burst_stops_the_burst() -> None:
    house = House()
    for _ in range(20):
        house.picture("porch")
    grant = house.grants.make("porch")
    stream, _ = house.page()
    house.view(stream, grant)
    records = stream.due()
    for _ in range(5):
        next(records)
    house.grants.live.discard(grant.id)
    house.views.grant_ended(grant, GrantEnd.REVOKED)
    assert list(records) == []


def test_a_view_that_stops_reading_in_the_middle_goes_on_where_it_was() -> None:
    house = House()
    for _ in range(20):
        house.picture("porch")
    stream, _ = house.page()
    house.view(stream, house.grants.make("porch"))
    records = stream.due()
    first = [next(records) for _ in range(5)]
    rest = due(stream)
    sequences = [SealedPart.decode(record.payload).header.sequence for record in rest if record.type is RecordType.PART]
    assert len(first) == 5
    assert sequences == list(range(4, 23))


@pytest.mark.parametrize("whole", [True, False], ids=["a stranger's part", "a buffer half overwritten"])
def test_a_strangers_part_on_the_shelf_ends_the_view_with_one_alarm_and_sends_nothing_of_it(whole: bool) -> None:
    async def scenario() -> None:
        house = House()
        stream, _ = house.page()
        view = house.view(stream, house.grants.make("porch"))
        due(stream)
        stranger = house.cache.shelf(DeviceId("hall"), Track.MAIN).read(None).parts[-1]
        own = house.cache.shelf(DeviceId("porch"), Track.MAIN).read(None).parts[-1]
        swapped = stranger if whole else SealedPart(own.octets[:4] + stranger.octets[4:])
        house.cache.shelf(DeviceId("porch"), Track.MAIN).put(swapped)
        house.picture("porch")
        records = due(stream)
        assert [record.type for record in records] == [RecordType.END]
        assert b"wrong_stream" in records[0].payload
        alarm = await asyncio.wait_for(house.views.next_alarm(), 1)
        assert (alarm.camera, alarm.cause) == (DeviceId("porch"), AlarmCause.WRONG_STREAM)
        assert house.views.alarms_count == 1
        assert not house.views.alarm(stream, view.number, AlarmCause.DOES_NOT_OPEN)
        assert house.views.alarms_count == 1

    asyncio.run(scenario())


def test_a_page_reports_what_did_not_open_once() -> None:
    house = House()
    stream, _ = house.page()
    view = house.view(stream, house.grants.make("porch"))
    assert house.views.alarm(stream, view.number, AlarmCause.DOES_NOT_OPEN)
    assert not house.views.alarm(stream, view.number, AlarmCause.DOES_NOT_OPEN)
    assert house.views.alarms_count == 1
    assert due(stream)[0].type is RecordType.STATE
    assert kinds(stream) == []


def test_a_state_is_told_when_it_changes_and_only_then() -> None:
    house = House()
    stream, _ = house.page()
    house.view(stream, house.grants.make("porch"))
    due(stream)
    state = CameraState(Condition.LIVE, 0)
    house.views.state_changed(DeviceId("porch"), state)
    assert kinds(stream) == []
    house.views.state_changed(DeviceId("porch"), replace(state, condition=Condition.LOCKED))
    assert kinds(stream) == [RecordType.STATE]


def test_a_removed_camera_is_shown_to_nobody() -> None:
    house = House()
    stream, told = house.page()
    grant = house.grants.make("porch")
    house.view(stream, grant)
    house.views.hide(DeviceId("porch"))
    assert "abort" in told
    fresh, _ = house.page()
    refused = house.views.open_view(fresh, grant, ViewSide(house.sealers["porch"]).public_key, None)
    assert refused == Refused(RefusalReason.UNKNOWN)


def test_no_view_without_a_live_grant() -> None:
    house = House()
    stream, _ = house.page()
    grant = house.grants.make("porch")
    house.grants.live.discard(grant.id)
    refused = house.views.open_view(stream, grant, ViewSide(house.sealers["porch"]).public_key, None)
    assert refused == Refused(RefusalReason.UNKNOWN)


def test_a_stream_belongs_to_its_account() -> None:
    house = House()
    stream, _ = house.page()
    assert house.views.stream(stream.handle, ADA) is stream
    assert house.views.stream(stream.handle, BO) is None


def test_streams_and_views_are_bounded() -> None:
    house = House(replace(Config(), streams_per_account_count_max=2, views_per_stream_count_max=3))
    stream, _ = house.page()
    house.page()
    busy = house.views.open_stream(ADA, house.grants, lambda: None, lambda: None)
    assert isinstance(busy, Refused)
    assert busy.reason is RefusalReason.BUSY
    house.page(BO)
    grant = house.grants.make("porch")
    for _ in range(3):
        house.view(stream, grant)
    full = house.views.open_view(stream, grant, ViewSide(house.sealers["porch"]).public_key, None)
    assert isinstance(full, Refused)
    assert house.views.count() == 3


def test_signing_out_cuts_the_accounts_streams_only() -> None:
    house = House()
    (ada, _), (bo, _) = house.page(), house.page(BO)
    house.views.close_streams_of(ADA)
    assert ada.cut
    assert not bo.cut


def test_nothing_is_left_listening_when_pages_go() -> None:
    house = House()
    stream, _ = house.page()
    house.view(stream, house.grants.make("porch"))
    house.views.close_stream(stream)
    assert house.cache.shelf(DeviceId("porch"), Track.MAIN).wakes == set()


def test_an_alarm_of_another_delivery_is_recorded_like_a_views() -> None:
    house = House()
    house.views.alarm_by(house.grants.make("porch", "bo"), AlarmCause.DOES_NOT_OPEN)
    alarm = asyncio.run(house.views.next_alarm())
    assert (alarm.camera, alarm.grantee, alarm.cause) == ("porch", "bo", AlarmCause.DOES_NOT_OPEN)
    assert house.views.alarms_count == 1
