"""A page's sealed stream by itself: fair, lazy, and deaf once it is cut. With its views: test_views.py."""

from curtilage.wire.stream_record import RecordType
from tests.cameras.views.test_views import House, due, kinds


def test_a_cut_stream_says_nothing_more_and_is_cut_once() -> None:
    house = House()
    stream, told = house.page()
    house.view(stream, house.grants.make("porch"))
    stream.cut_now()
    stream.cut_now()
    house.picture("porch")
    assert kinds(stream) == []
    assert stream.views() == []
    assert told.count("abort") == 2  # asking the connection twice is harmless; sending once more would not be


def test_numbers_are_never_used_twice() -> None:
    house = House()
    stream, _ = house.page()
    numbers = []
    for _ in range(3):
        view = house.view(stream, house.grants.make("porch"))
        numbers.append(view.number)
        stream.remove(view.number)
    assert numbers == [1, 2, 3]


def test_one_view_may_go_while_the_others_stay() -> None:
    house = House()
    stream, _ = house.page()
    first, second = (house.view(stream, house.grants.make("porch")) for _ in range(2))
    due(stream)
    assert stream.remove(first.number) is first
    assert stream.remove(first.number) is None
    house.picture("porch")
    assert [record.view for record in due(stream)] == [second.number]


def test_the_state_comes_before_the_first_part() -> None:
    house = House()
    stream, _ = house.page()
    house.view(stream, house.grants.make("porch"))
    assert kinds(stream)[0] is RecordType.STATE


def test_a_view_that_has_nothing_to_start_from_waits_without_a_record() -> None:
    house = House()
    stream, _ = house.page()
    house.view(stream, house.grants.make("porch"))
    due(stream)
    house.cache.drop(next(iter(stream.views())).grant.camera)
    assert kinds(stream) == []
