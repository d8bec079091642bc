"""The picture: its mark, its clock, and that painting only what moves leaves nothing behind."""

from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image, ImageChops

from curtilage.cameras.simulated.simulated_picture import SimulatedPicture
from curtilage.cameras.simulated.simulated_scene import HEIGHT, WIDTH, Scene
from curtilage.wire.mark import Mark, encode_mark, read_mark

pytestmark = pytest.mark.slow

KEY = b"k" * 32
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PLATE = (32, 604, 512, 696)
Planes = tuple[bytes, bytes, bytes]


def draw(picture: SimulatedPicture, seconds: float, wall: datetime = NOON, frame: int = 0) -> Planes:
    return picture.draw(seconds, wall, encode_mark(Mark(1, 2, frame), KEY))


def plate(planes: Planes) -> Image.Image:
    return Image.frombytes("L", (WIDTH, HEIGHT), planes[0]).crop(PLATE)


@pytest.mark.parametrize("scene", list(Scene))
def test_each_picture_has_its_planes_and_its_mark(scene: Scene) -> None:
    picture = SimulatedPicture("Rose house", scene, 1)
    for frame in range(3):
        planes = draw(picture, frame / 25, frame=frame)
        assert [len(plane) for plane in planes] == [WIDTH * HEIGHT, WIDTH * HEIGHT // 4, WIDTH * HEIGHT // 4]
        assert read_mark(planes[0], WIDTH, HEIGHT, WIDTH, KEY) == Mark(1, 2, frame)
        assert 16 <= min(planes[0]) <= max(planes[0]) <= 235


@pytest.mark.parametrize("scene", list(Scene))
def test_what_moved_leaves_no_trace(scene: Scene) -> None:
    long_running, fresh = SimulatedPicture("Rose house", scene, 1), SimulatedPicture("Rose house", scene, 1)
    for tenth in range(0, 900, 7):
        draw(long_running, tenth / 10, NOON + timedelta(seconds=tenth / 10))
    later = NOON + timedelta(seconds=100)
    assert draw(long_running, 100.0, later) == draw(fresh, 100.0, later)


def test_the_clock_runs_in_tenths() -> None:
    picture = SimulatedPicture("Rose house", Scene.PORCH, 1)
    first = plate(draw(picture, 0))
    assert plate(draw(picture, 0, NOON + timedelta(milliseconds=90))).tobytes() == first.tobytes()
    changed = ImageChops.difference(first, plate(draw(picture, 0, NOON + timedelta(milliseconds=100)))).getbbox()
    assert changed is not None
    assert changed[2] - changed[0] < 24, "only the last figure changes"


def test_the_name_is_on_the_plate_and_a_long_one_stays_within() -> None:
    names = ["Rose house", "Oak house", "W" * 64, "x"]
    plates = [plate(draw(SimulatedPicture(name, Scene.HALL, 1), 0)) for name in names]
    assert len({picture.tobytes() for picture in plates}) == len(names)
    for picture in plates:
        edge = picture.crop((picture.width - 16, 0, picture.width, picture.height))
        assert edge.getextrema() == (30, 30)


def test_at_nightfall_the_picture_is_drawn_anew() -> None:
    picture = SimulatedPicture("Rose house", Scene.GARDEN, 1)
    by_day = draw(picture, 1.0, NOON)
    by_night = draw(picture, 1.0, NOON + timedelta(hours=11))
    assert sum(by_night[0]) < sum(by_day[0])
    assert by_night == draw(SimulatedPicture("Rose house", Scene.GARDEN, 1), 1.0, NOON + timedelta(hours=11))
