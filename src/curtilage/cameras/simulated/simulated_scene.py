"""What a simulated camera looks at: a porch, a garden or a hall, drawn once per light; and what moves in it.

Pure drawing with Pillow: a seed and a light in, pictures out. The same seed gives the same place. Drawn at twice the
size and scaled down, so that edges are smooth. Costs about a third of a second, which is why only ``Mover`` is drawn
with every picture (simulated/simulated_picture.py).
"""

import enum
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

WIDTH = 1280
HEIGHT = 720
HORIZON = 400
_FINE = 2
"""Drawn this much larger, then scaled down."""

Colour = tuple[int, int, int]
_HAZE: Colour = (252, 252, 250)
"""Colour of what is transparent: it shows in soft edges."""


class Scene(enum.Enum):
    """Where the camera hangs."""

    PORCH = "porch"
    GARDEN = "garden"
    HALL = "hall"


@dataclass(frozen=True, slots=True)
class Light:
    """How a time of day colours the place."""

    name: str
    sky_top: Colour
    sky_bottom: Colour
    tint: tuple[float, float, float]
    lamps: bool


DAY = Light("day", (126, 182, 224), (222, 238, 243), (1.0, 1.0, 1.0), lamps=False)
DUSK = Light("dusk", (84, 88, 148), (247, 176, 128), (0.80, 0.68, 0.70), lamps=True)
NIGHT = Light("night", (13, 19, 42), (44, 54, 90), (0.34, 0.40, 0.58), lamps=True)


def light_at(hour: int) -> Light:
    """The light of an hour of the day, 0 to 23."""
    if 8 <= hour < 17:
        return DAY
    return DUSK if hour in {6, 7, 17, 18} else NIGHT


@dataclass(frozen=True, slots=True)
class Mover:
    """Something that moves: its pictures (RGBA) and where, at a time in seconds, which of them stands."""

    pictures: tuple[Image.Image, ...]
    place: Callable[[float], tuple[int, int, int]]
    """x, y, number of the picture."""


class _Brush:
    """Draws in the picture's own coordinates and in the light's colours."""

    def __init__(self, light: Light, size: tuple[int, int] = (WIDTH, HEIGHT), ground: Colour | None = None) -> None:
        self.light = light
        mode, fill = ("RGBA", (*self._tinted(_HAZE), 0)) if ground is None else ("RGB", ground)
        self.image = Image.new(mode, (size[0] * _FINE, size[1] * _FINE), fill)
        self._draw = ImageDraw.Draw(self.image)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour, round_by: float = 0) -> None:
        """A rectangle, its corners rounded."""
        corners = [x * _FINE, y * _FINE, (x + width) * _FINE - 1, (y + height) * _FINE - 1]
        self._draw.rounded_rectangle(corners, round_by * _FINE, fill=self._tinted(colour))

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        """An ellipse about its middle."""
        corners = [(x - across) * _FINE, (y - down) * _FINE, (x + across) * _FINE, (y + down) * _FINE]
        self._draw.ellipse(corners, fill=self._tinted(colour))

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """A polygon."""
        self._draw.polygon([(x * _FINE, y * _FINE) for x, y in points], fill=self._tinted(colour))

    def line(self, points: list[tuple[float, float]], colour: Colour, width: float) -> None:
        """A stroke."""
        scaled = [(x * _FINE, y * _FINE) for x, y in points]
        self._draw.line(scaled, fill=self._tinted(colour), width=round(width * _FINE), joint="curve")

    def glass(self, x: float, y: float, width: float, height: float, *, from_inside: bool = False) -> None:
        """A window with its bars: the sky in it, or seen from outside lamp light when lamps burn."""
        self.box(x - 8, y - 8, width + 16, height + 16, (240, 236, 226), 3)
        lit = self.light.lamps and not from_inside
        pane = (255, 214, 140) if lit else self.light.sky_bottom if from_inside else (176, 206, 220)
        corners = [x * _FINE, y * _FINE, (x + width) * _FINE, (y + height) * _FINE]
        self._draw.rectangle(corners, fill=pane)
        self.box(x + width / 2 - 3, y, 6, height, (240, 236, 226))
        self.box(x, y + height / 2 - 3, width, 6, (240, 236, 226))

    def lamp(self, points: list[tuple[float, float]]) -> None:
        """What shines when lamps burn."""
        lit = (255, 226, 150) if self.light.lamps else self._tinted((238, 228, 200))
        self._draw.polygon([(x * _FINE, y * _FINE) for x, y in points], fill=lit)

    def glow(self, x: float, y: float, reach: float) -> None:
        """Lamp light around a point, when lamps burn."""
        if not self.light.lamps:
            return
        side = round(2 * reach * _FINE)
        spot = Image.radial_gradient("L").resize((side, side)).point([max(0, 150 - value * 2) for value in range(256)])
        warm = Image.new("RGB", (side, side), (255, 206, 120))
        self.image.paste(warm, (round((x - reach) * _FINE), round((y - reach) * _FINE)), spot)

    def done(self) -> Image.Image:
        """The picture in its own size."""
        width, height = self.image.size
        return self.image.resize((width // _FINE, height // _FINE), Image.Resampling.LANCZOS)

    def _tinted(self, colour: Colour) -> Colour:
        red, green, blue = (round(value * by) for value, by in zip(colour, self.light.tint, strict=True))
        return red, green, blue


def draw_scene(scene: Scene, light: Light, seed: int) -> Image.Image:
    """The place without what moves, RGB."""
    chance = random.Random(seed)  # noqa: S311 a drawing, not a secret
    brush = _Brush(light, ground=(0, 0, 0))
    _DRAWINGS[scene](brush, chance)
    return brush.done()


def movers(scene: Scene, light: Light, seed: int) -> tuple[Mover, ...]:
    """What moves in the place."""
    chance = random.Random(seed + 7)  # noqa: S311 as above
    if scene is Scene.HALL:
        return (_pendulum(light), _cat(light, 610, chance))
    if scene is Scene.GARDEN:
        return (*(_cloud(light, 66 + 44 * place, 1060, chance) for place in range(2)),
                *(_butterfly(light, place, chance) for place in range(3)))  # fmt: skip
    return (*(_cloud(light, 64 + 48 * place, 290, chance) for place in range(2)), _cat(light, 574, chance))


def _sky(brush: _Brush, chance: random.Random) -> None:
    light, (width, _) = brush.light, brush.image.size
    shade = Image.linear_gradient("L").resize((width, (HORIZON + 40) * _FINE))
    size = shade.size
    brush.image.paste(Image.new("RGB", size, light.sky_top))
    brush.image.paste(Image.new("RGB", size, light.sky_bottom), (0, 0), shade)
    for ridge, colour in ((330, (150, 178, 160)), (362, (120, 158, 124))):
        waves = [(chance.uniform(0.004, 0.010), chance.uniform(0, 6), chance.uniform(8, 22)) for _ in range(3)]
        tops: list[tuple[float, float]] = [
            (x, ridge + sum(math.sin(x * f + p) * a for f, p, a in waves)) for x in range(0, WIDTH + 16, 16)
        ]
        brush.shape([(0, HORIZON + 40), *tops, (WIDTH, HORIZON + 40)], colour)


def _lawn(brush: _Brush, top: float) -> None:
    brush.box(0, top, WIDTH, HEIGHT - top, (112, 160, 84))
    for number in range(6):
        edge = top + (HEIGHT - top) * (number / 6) ** 1.6
        brush.box(
            0, edge, WIDTH, (HEIGHT - top) / 14 * (1 + number / 3), (120, 170, 90) if number % 2 else (106, 152, 80)
        )


def _tree(brush: _Brush, x: float, foot: float, size: float, chance: random.Random) -> None:
    brush.shape([(x - size * 0.07, foot), (x - size * 0.04, foot - size), (x + size * 0.04, foot - size),
                 (x + size * 0.08, foot)], (104, 78, 56))  # fmt: skip
    for colour in ((58, 110, 62), (72, 128, 70), (92, 148, 80)):
        for _ in range(9):
            across, up = chance.triangular(-0.62, 0.62) * size, chance.triangular(-0.42, 0.42) * size
            reach = size * chance.uniform(0.12, 0.24)
            brush.oval(x + across, foot - size * 1.15 + up, reach, reach * 0.9, colour)


def _flowers(brush: _Brush, left: float, right: float, foot: float, chance: random.Random) -> None:
    for _ in range(46):
        x, y = chance.uniform(left, right), foot + chance.uniform(-16, 16)
        colour = chance.choice([(226, 84, 100), (244, 190, 70), (238, 236, 228), (170, 110, 200)])
        brush.line([(x, y + 26), (x, y)], (66, 120, 60), 3)
        for turn in range(5):
            angle = turn * 2 * math.pi / 5
            brush.oval(x + 6 * math.cos(angle), y + 6 * math.sin(angle), 5, 5, colour)
        brush.oval(x, y, 3.5, 3.5, (250, 220, 120))


def _porch(brush: _Brush, chance: random.Random) -> None:
    wall = chance.choice([(206, 190, 164), (164, 186, 190), (196, 170, 160), (214, 208, 196)])
    door = chance.choice([(150, 52, 48), (38, 92, 112), (60, 96, 66)])
    _sky(brush, chance)
    _lawn(brush, HORIZON)
    _tree(brush, 170, 480, 170, chance)
    brush.shape([(330, HEIGHT), (560, 600), (640, 600), (620, HEIGHT)], (186, 178, 164))
    brush.box(520, 150, WIDTH - 520, 460, wall)
    for y in range(170, 600, 22):
        brush.box(520, y, WIDTH - 520, 2, (wall[0] - 22, wall[1] - 22, wall[2] - 22))
    brush.shape([(470, 170), (560, 84), (WIDTH, 84), (WIDTH, 170)], (98, 84, 82))
    brush.box(470, 164, WIDTH - 470, 16, (232, 226, 214))
    brush.glass(1010, 270, 180, 190)
    brush.box(724, 246, 172, 354, (240, 236, 226), 4)
    brush.box(738, 260, 144, 340, door, 3)
    for top in (280, 440):
        brush.box(758, top, 104, 130, (door[0] - 18, door[1] - 18, door[2] - 18), 4)
    brush.oval(866, 436, 8, 8, (226, 190, 92))
    brush.glow(950, 300, 190)
    brush.box(938, 270, 24, 44, (70, 66, 62), 5)
    brush.lamp([(943, 278), (957, 278), (957, 304), (943, 304)])
    brush.box(480, 600, WIDTH - 480, 40, (168, 142, 112))
    for x in range(480, WIDTH, 54):
        brush.box(x, 600, 3, 40, (140, 116, 90))
    for x in (500, 984, 1236):
        brush.box(x, 176, 20, 428, (238, 233, 222), 3)
    brush.box(450, 640, WIDTH - 450, 22, (148, 124, 98))
    for x in (668, 926):
        brush.shape([(x - 24, 556), (x + 24, 556), (x + 17, 602), (x - 17, 602)], (190, 104, 74))
        _flowers(brush, x - 18, x + 18, 536, chance)


def _garden(brush: _Brush, chance: random.Random) -> None:
    _sky(brush, chance)
    _lawn(brush, HORIZON)
    for x in range(0, WIDTH, 34):
        brush.shape([(x + 4, 452), (x + 4, 366), (x + 15, 352), (x + 26, 366), (x + 26, 452)], (236, 232, 222))
    for y in (378, 424):
        brush.box(0, y, WIDTH, 10, (222, 217, 206))
    _tree(brush, chance.randint(180, 320), 520, 210, chance)
    _tree(brush, chance.randint(980, 1120), 470, 170, chance)
    brush.shape([(520, HEIGHT), (600, 460), (660, 460), (800, HEIGHT)], (206, 192, 164))
    brush.oval(900, 640, 74, 16, (150, 146, 140))
    brush.shape([(888, 640), (892, 560), (908, 560), (914, 640)], (188, 184, 176))
    brush.oval(900, 556, 70, 20, (200, 196, 188))
    brush.oval(900, 552, 58, 13, (140, 180, 200))
    _flowers(brush, 20, 480, 640, chance)
    _flowers(brush, 1000, 1260, 600, chance)
    for x in (556, 720):
        brush.glow(x, 610, 90)
        brush.box(x - 3, 606, 6, 50, (70, 66, 62))
        brush.lamp([(x - 8, 614), (x - 6, 596), (x + 6, 596), (x + 8, 614)])


def _hall(brush: _Brush, chance: random.Random) -> None:
    wall = chance.choice([(222, 210, 188), (188, 202, 196), (214, 196, 190)])
    brush.box(0, 0, WIDTH, 560, wall)
    for x in range(0, WIDTH, 64):
        brush.box(x, 60, 24, 500, (wall[0] - 8, wall[1] - 8, wall[2] - 8))
    brush.box(0, 440, WIDTH, 120, (236, 231, 220))
    brush.box(0, 436, WIDTH, 10, (214, 206, 190))
    brush.box(0, 548, WIDTH, 14, (214, 206, 190))
    for row in range(6):
        top = 562 + 28 * row
        brush.box(0, top, WIDTH, 28, (166, 122, 84) if row % 2 else (156, 112, 76))
        for x in range(-60 * (row % 3), WIDTH, 260):
            brush.box(x, top, 3, 28, (134, 94, 62))
    brush.shape([(380, 690), (470, 590), (860, 590), (950, 690)], chance.choice([(140, 60, 62), (62, 88, 120)]))
    brush.shape([(420, 680), (490, 600), (840, 600), (910, 680)], (206, 186, 150))
    brush.box(556, 190, 208, 372, (240, 236, 226), 4)
    brush.box(572, 206, 176, 356, (92, 70, 56), 3)
    brush.glass(604, 236, 112, 130, from_inside=True)
    brush.oval(730, 410, 8, 8, (226, 190, 92))
    brush.box(180, 470, 250, 16, (120, 84, 58), 3)
    for x in (192, 404):
        brush.box(x, 484, 14, 112, (108, 74, 50))
    brush.glow(250, 380, 260)
    brush.lamp([(216, 400), (232, 346), (272, 346), (288, 400)])
    brush.box(246, 400, 12, 70, (180, 150, 100))
    brush.shape([(350, 470), (338, 424), (386, 424), (374, 470)], (84, 128, 150))
    _flowers(brush, 346, 378, 400, chance)
    _clock_case(brush, 950)
    brush.box(1130, 160, 110, 150, (196, 160, 92), 4)
    brush.box(1142, 172, 86, 126, (170, 204, 214))
    brush.shape([(1142, 298), (1142, 256), (1180, 226), (1228, 270), (1228, 298)], (96, 136, 96))


def _clock_case(brush: _Brush, x: float) -> None:
    wood, dark = (112, 72, 46), (84, 52, 34)
    brush.box(x, 176, 130, 410, wood, 8)
    brush.box(x + 16, 330, 98, 200, dark, 6)
    brush.oval(x + 65, 250, 52, 52, (242, 234, 214))
    for hour in range(12):
        angle = hour * math.pi / 6
        brush.oval(x + 65 + 42 * math.sin(angle), 250 - 42 * math.cos(angle), 3, 3, dark)
    brush.line([(x + 65, 250), (x + 88, 232)], dark, 5)
    brush.line([(x + 65, 250), (x + 58, 214)], dark, 4)


_DRAWINGS: Mapping[Scene, Callable[[_Brush, random.Random], None]] = {
    Scene.PORCH: _porch,
    Scene.GARDEN: _garden,
    Scene.HALL: _hall,
}


def _cloud(light: Light, y: int, reach: int, chance: random.Random) -> Mover:
    """A cloud that drifts from the left edge ``reach`` pixels to the right, and back."""
    brush = _Brush(light, (220, 70))
    for across, down, size in ((60, 44, 22), (96, 32, 30), (136, 36, 27), (166, 46, 20)):
        brush.oval(across, down, size * 1.4, size * 0.8, _HAZE)
    picture = brush.done().filter(ImageFilter.GaussianBlur(2))
    start, pace = chance.uniform(0, 2 * reach), chance.uniform(5, 9)
    return Mover((picture,), lambda t: (round(abs((start + t * pace) % (2 * reach) - reach)) - 70, y, 0))


def _cat(light: Light, y: int, chance: random.Random) -> Mover:
    """A cat that walks across now and then."""
    coat = chance.choice([(66, 62, 60), (196, 130, 72), (150, 146, 142)])
    right = [_cat_picture(light, coat, step * math.pi / 4) for step in range(8)]
    pictures = (*right, *(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for picture in right))
    lap_s, pace, away = 48.0, 62.0, chance.uniform(0, 20)

    def place(t: float) -> tuple[int, int, int]:
        lap, at = divmod(t + away + 20, lap_s)
        step = int(t * 10) % 8
        if lap % 2:
            return WIDTH - round(at * pace), y, 8 + step
        return round(at * pace) - 110, y, step

    return Mover(pictures, place)


def _cat_picture(light: Light, coat: Colour, phase: float) -> Image.Image:
    brush = _Brush(light, (110, 60))
    for x, turn in ((34, 0.0), (42, 3.1), (70, 1.6), (78, 4.7)):
        brush.line([(x, 36), (x + 7 * math.sin(phase + turn), 57)], coat, 6)
    brush.line([(24, 32), (10, 22), (8, 8 + 3 * math.sin(phase))], coat, 5)
    brush.oval(54, 32, 32, 12, coat)
    brush.oval(88, 22, 12, 10, coat)
    brush.shape([(79, 16), (80, 3), (88, 13)], coat)
    brush.shape([(89, 13), (96, 3), (98, 16)], coat)
    brush.oval(93, 21, 1.6, 1.6, (230, 220, 120))
    return brush.done()


def _butterfly(light: Light, number: int, chance: random.Random) -> Mover:
    colour = ((244, 166, 60), (236, 236, 250), (120, 160, 232))[number % 3]
    pictures = []
    for step in range(6):
        brush, open_by = _Brush(light, (32, 28)), abs(math.cos(step * math.pi / 6))
        for side in (-1, 1):
            brush.oval(16 + side * 7 * open_by, 11, 7 * open_by + 0.5, 9, colour)
            brush.oval(16 + side * 5 * open_by, 20, 5 * open_by + 0.5, 6, colour)
        brush.line([(16, 5), (16, 24)], (50, 44, 40), 2.5)
        pictures.append(brush.done())
    x, y, phase = chance.uniform(200, 1050), chance.uniform(470, 580), chance.uniform(0, 6)

    def place(t: float) -> tuple[int, int, int]:
        across = x + 90 * math.sin(t * 0.5 + phase) + 18 * math.sin(t * 1.9)
        return round(across), round(y + 34 * math.sin(t * 0.9 + phase) + 8 * math.sin(t * 3.1)), int(t * 14) % 6

    return Mover(tuple(pictures), place)


def _pendulum(light: Light) -> Mover:
    pictures = []
    for step in range(17):
        brush, angle = _Brush(light, (98, 180)), (step - 8) / 8 * 0.20
        x, y = 49 + 140 * math.sin(angle), 140 * math.cos(angle)
        brush.line([(49, 0), (x, y)], (200, 164, 84), 4)
        brush.oval(x, y + 12, 17, 17, (226, 190, 92))
        pictures.append(brush.done())
    return Mover(tuple(pictures), lambda t: (966, 336, 8 + round(8 * math.sin(t * math.pi))))
