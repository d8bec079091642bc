"""The places: each drawn, each its own, each under its own light."""

from itertools import product

import pytest
from PIL import ImageStat

from curtilage.cameras.simulated.simulated import SCENES
from curtilage.cameras.simulated.simulated_scene import (
    DAY,
    DUSK,
    HEIGHT,
    NIGHT,
    WIDTH,
    Light,
    Scene,
    draw_scene,
    light_at,
    movers,
)

pytestmark = pytest.mark.slow


def brightness(scene: Scene, light: Light) -> float:
    return float(ImageStat.Stat(draw_scene(scene, light, 1).convert("L")).mean[0])


def test_addresses_name_just_the_scenes_there_are() -> None:
    assert tuple(scene.value for scene in Scene) == SCENES


@pytest.mark.parametrize("scene", list(Scene))
def test_a_place_is_the_same_for_the_same_seed_and_differs_for_another(scene: Scene) -> None:
    first = draw_scene(scene, DAY, 1)
    assert first.size == (WIDTH, HEIGHT)
    assert first.tobytes() == draw_scene(scene, DAY, 1).tobytes()
    assert first.tobytes() != draw_scene(scene, DAY, 2).tobytes()


@pytest.mark.parametrize("scene", list(Scene))
def test_night_is_darker_than_dusk_and_dusk_than_day(scene: Scene) -> None:
    assert brightness(scene, NIGHT) < brightness(scene, DUSK) < brightness(scene, DAY)


@pytest.mark.parametrize(
    ("hour", "light"), [(0, NIGHT), (5, NIGHT), (6, DUSK), (8, DAY), (16, DAY), (18, DUSK), (19, NIGHT)]
)
def test_each_hour_has_its_light(hour: int, light: Light) -> None:
    assert light_at(hour) is light


@pytest.mark.parametrize(("scene", "seed"), list(product(Scene, (1, 2, 3))))
def test_what_moves_always_has_a_picture_and_stays_below_the_strip(scene: Scene, seed: int) -> None:
    for mover in movers(scene, NIGHT, seed):
        places = [mover.place(tenth / 10) for tenth in range(3000)]
        assert {0} <= {number for _, _, number in places} <= set(range(len(mover.pictures)))
        assert len({(x, y, number) for x, y, number in places}) > 8
        assert all(y >= 60 and y + mover.pictures[number].height <= HEIGHT for _, y, number in places)
        assert all(picture.width % 2 == picture.height % 2 == 0 for picture in mover.pictures)
