"""A view that is turned between its camera's tracks: told before, at keyframes, and never to another camera's."""

from curtilage.cameras.views.quality import Level
from curtilage.cameras.views.view import AlarmCause
from curtilage.wire.sealed_part import Track
from curtilage.wire.stream_record import RecordType
from tests.cameras.two_tracks import EASY, POOR, TwoTracks, all_said
from tests.cameras.views.test_views import due


def test_a_fall_is_told_then_keyed_then_begins_with_the_sub_streams_newest_group() -> None:
    house = TwoTracks()
    stream, _ = house.page()
    house.view(stream, house.grants.make("porch"))
    due(stream)
    house.look(stream, POOR)
    assert all_said(stream) == ["track sub sub", "key", "sub init", "sub keyframe", "sub picture"]
    house.picture("porch")
    assert all_said(stream) == []


def test_a_rise_waits_for_the_main_streams_next_keyframe_and_the_sub_stream_goes_on() -> None:
    house = TwoTracks()
    stream, _ = house.page()
    house.view(stream, house.grants.make("porch"))
    due(stream)
    house.look(stream, POOR)
    due(stream)
    house.look(stream, EASY, 11)
    assert all_said(stream) == ["sub picture"]
    house.picture("porch", keyframe=True)
    house.sub_picture()
    assert all_said(stream) == ["track main main", "main keyframe"], "its key and init part are known"
    house.picture("porch")
    assert all_said(stream) == ["main picture"]


def test_few_is_keyframes_alone_and_last_is_nothing_but_the_word() -> None:
    house = TwoTracks()
    stream, _ = house.page()
    view = house.view(stream, house.grants.make("porch"))
    house.look(stream, POOR, 3)
    all_said(stream)
    house.sub_picture()
    house.sub_picture(keyframe=True)
    house.sub_picture()
    assert all_said(stream) == ["sub keyframe"]
    house.look(stream, POOR, 3)
    assert stream.carried()[0].quality.level is Level.LAST
    house.sub_picture(keyframe=True)
    assert all_said(stream) == ["track sub last"]
    house.look(stream, EASY, 0.6)
    assert all_said(stream)[:2] == ["track sub sub", "sub keyframe"]
    assert not view.ended


def test_a_camera_without_a_sub_stream_falls_to_its_own_keyframes() -> None:
    house = TwoTracks()
    stream, _ = house.page()
    house.view(stream, house.grants.make("hall"))
    due(stream)
    for _ in range(10):
        house.now_ms += 200
        stream.look(POOR, house.now_ms)
    house.picture("hall")
    house.picture("hall", keyframe=True)
    assert all_said(stream) == ["main keyframe"]


def test_a_part_of_the_track_it_left_is_an_alarm() -> None:
    house = TwoTracks()
    stream, _ = house.page()
    view = house.view(stream, house.grants.make("porch"))
    house.look(stream, POOR)
    due(stream)
    house.shelf(Track.SUB).put(house.shelf(Track.MAIN).read(None).parts[-1])
    assert [record.type for record in due(stream)] == [RecordType.END]
    assert view.alarm is AlarmCause.WRONG_STREAM


def test_another_cameras_sub_stream_on_the_shelf_is_an_alarm_and_is_not_sent() -> None:
    house, other = TwoTracks(), TwoTracks()
    stream, _ = house.page()
    view = house.view(stream, house.grants.make("porch"))
    due(stream)
    house.shelf(Track.SUB).clear()
    for part in other.shelf(Track.SUB).read(None).parts:
        house.shelf(Track.SUB).put(part)
    house.look(stream, POOR)
    assert [record.type for record in due(stream)] == [RecordType.TRACK, RecordType.END]
    assert view.alarm is AlarmCause.WRONG_STREAM


def test_a_revoked_grant_cuts_a_turned_view_and_turns_both_epochs() -> None:
    house = TwoTracks()
    stream, told = house.page()
    grant = house.grants.make("porch")
    house.view(stream, grant)
    house.look(stream, POOR)
    due(stream)
    epochs = [house.shelf(track).read(None).parts[-1].header.epoch_id for track in (Track.MAIN, Track.SUB)]
    house.clock.pass_s(1)
    house.grants.live.discard(grant.id)
    house.views.cut(grant.camera)
    house.picture("porch", keyframe=True)
    house.sub_picture(keyframe=True)
    assert "abort" in told
    assert stream.cut
    after = [house.shelf(track).read(None).parts[-1].header.epoch_id for track in (Track.MAIN, Track.SUB)]
    assert all(one != other for one, other in zip(epochs, after, strict=True))


def test_views_of_one_page_rise_one_after_another() -> None:
    house = TwoTracks()
    stream, _ = house.page()
    for _ in range(2):
        house.view(stream, house.grants.make("porch"))
    house.look(stream, POOR)
    assert [carried.quality.level for carried in stream.carried()] == [Level.SUB, Level.SUB]
    house.look(stream, EASY, 10.2)
    assert sorted(carried.quality.level for carried in stream.carried()) == [Level.MAIN, Level.SUB]


def test_a_stream_listens_to_the_shelves_it_needs_and_to_none_afterwards() -> None:
    house = TwoTracks()
    stream, told = house.page()
    view = house.view(stream, house.grants.make("porch"))
    house.look(stream, POOR)
    due(stream)
    assert [len(house.shelf(track).wakes) for track in (Track.MAIN, Track.SUB)] == [0, 1]
    stream.remove(view.number)
    told.clear()
    house.sub_picture()
    assert told == []
