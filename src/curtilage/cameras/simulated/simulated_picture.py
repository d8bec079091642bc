"""A simulated camera's pictures: the scene, what moves in it, the home's name, a running clock and the mark.

The picture is kept as the three planes an encoder takes, and with each frame only what moved is drawn again: the ground
under it restored, its new place painted. Turning a whole picture from RGB into planes costs more than encoding it, so
that happens only when the light of the day changes.

It knows no encoder and no pipe; time arrives as an argument.
"""

from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageDraw, ImageFont

from curtilage.cameras.simulated.simulated_scene import HEIGHT, WIDTH, Light, Mover, Scene, draw_scene, light_at, movers
from curtilage.wire.mark import ROWS, STRIP_ROWS_PER_PICTURE, paint_mark

_LUMA_LIMITED = tuple(round(16 + value * 219 / 255) for value in range(256))
_CHROMA_LIMITED = tuple(round(128 + (value - 128) * 224 / 255) for value in range(256))
"""From Pillow's full range to the 16..235 that video players expect (ITU-R BT.601)."""
_NEUTRAL = 128
_STRIP_HEIGHT = ROWS * HEIGHT // STRIP_ROWS_PER_PICTURE
_PLATE = (32, 604, 480, 92)
"""Where the words stand: x, y, width, height; even, because chroma has half the lines."""
_PLATE_LUMA = 30
_NAME_SIZE, _CLOCK_SIZE = 34, 28
_NAME_AT, _CLOCK_AT = (22, 8), (22, 50)
_CLOCK_LETTERS = "0123456789:.- "
_WORDS_LUMA, _SCENE_LUMA = 228, 160


@dataclass(frozen=True, slots=True)
class _Patch:
    """Something to paint: three planes and where they cover what is below."""

    planes: tuple[Image.Image, Image.Image, Image.Image]
    covers: Image.Image
    covers_half: Image.Image


class _Canvas:
    """Three planes, and the ground to restore them from."""

    def __init__(self, ground: Image.Image) -> None:
        self._ground = _to_planes(ground)
        self.planes = tuple(plane.copy() for plane in self._ground)

    def restore(self, x: int, y: int, width: int, height: int) -> None:
        """Put the ground back. All numbers even."""
        for plane, ground, by in zip(self.planes, self._ground, (1, 2, 2), strict=True):
            box = (x // by, y // by, (x + width) // by, (y + height) // by)
            plane.paste(ground.crop(box), box[:2])

    def paint(self, patch: _Patch, x: int, y: int) -> None:
        """Paint a patch with its left upper corner at an even place; what lies outside is cut off."""
        masks = (patch.covers, patch.covers_half, patch.covers_half)
        for plane, source, mask, by in zip(self.planes, patch.planes, masks, (1, 2, 2), strict=True):
            plane.paste(source, (x // by, y // by), mask)


class SimulatedPicture:
    """Draws one camera's pictures, one after the other."""

    def __init__(self, name: str, scene: Scene, seed: int) -> None:
        self._name = name
        self._scene = scene
        self._seed = seed
        self._light: Light | None = None
        self._glyphs = _Glyphs()
        self._clock_text = ""

    def draw(self, seconds: float, wall: datetime, octets: bytes) -> tuple[bytes, bytes, bytes]:
        """The planes Y, U, V of the picture at ``seconds`` since the start, carrying the encoded mark ``octets``."""
        light = light_at(wall.hour)
        if light is not self._light:
            self._build(light)
        self._move(seconds)
        self._show_clock(f"{wall:%Y-%m-%d  %H:%M:%S}.{wall.microsecond // 100_000}")
        luma, u, v = self._canvas.planes
        pixels = bytearray(luma.tobytes())
        paint_mark(pixels, WIDTH, HEIGHT, WIDTH, octets)
        return bytes(pixels), u.tobytes(), v.tobytes()

    def _build(self, light: Light) -> None:
        """Everything that depends on the light."""
        self._light = light
        ground = draw_scene(self._scene, light, self._seed)
        ImageDraw.Draw(ground).rectangle((0, 0, WIDTH, _STRIP_HEIGHT - 1), fill=(0, 0, 0))
        _plate(ground, self._name, self._scene.value)
        self._canvas = _Canvas(ground)
        self._movers = movers(self._scene, light, self._seed)
        self._patches = [tuple(_to_patch(picture) for picture in mover.pictures) for mover in self._movers]
        self._painted: list[tuple[int, int, int, int]] = []
        self._clock_text = ""

    def _move(self, seconds: float) -> None:
        """Take every mover from its old place and paint it at its new one; behind the plate, not over it."""
        left = self._painted
        for box in left:
            self._canvas.restore(*box)
        self._painted = []
        for mover, patches in zip(self._movers, self._patches, strict=True):
            self._place(mover, patches, seconds)
        if any(_overlaps(box, _PLATE) for box in left + self._painted):
            self._canvas.restore(*_PLATE)
            self._clock_text = ""

    def _place(self, mover: Mover, patches: tuple[_Patch, ...], seconds: float) -> None:
        x, y, number = mover.place(seconds)
        x, y, patch = x & ~1, y & ~1, patches[number]
        width, height = patch.covers.size
        left, right = max(x, 0), min(x + width, WIDTH)
        if left < right:
            self._canvas.paint(patch, x, y)
            self._painted.append((left, y, right - left, height))

    def _show_clock(self, text: str) -> None:
        """Paint the letters that changed. Luma only: the plate and the letters are grey."""
        luma = self._canvas.planes[0]
        left, top = _PLATE[0] + _CLOCK_AT[0], _PLATE[1] + _CLOCK_AT[1]
        for place, letter in enumerate(text):
            if place >= len(self._clock_text) or self._clock_text[place] != letter:
                luma.paste(self._glyphs.of(letter), (left + place * self._glyphs.width, top))
        self._clock_text = text


class _Glyphs:
    """The clock's letters, drawn once, all of one width so that nothing jumps."""

    def __init__(self) -> None:
        font = ImageFont.load_default(size=_CLOCK_SIZE)
        self.width = max(round(font.getlength(letter)) for letter in _CLOCK_LETTERS)
        self._cells = {letter: self._cell(letter, font) for letter in _CLOCK_LETTERS}

    def of(self, letter: str) -> Image.Image:
        """A grey cell with the letter on the plate's ground."""
        return self._cells[letter]

    def _cell(self, letter: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> Image.Image:
        cell = Image.new("L", (self.width, _CLOCK_SIZE + 6), _PLATE_LUMA)
        at = ((self.width - font.getlength(letter)) / 2, 0)
        ImageDraw.Draw(cell).text(at, letter, fill=_WORDS_LUMA, font=font)
        return cell


def _overlaps(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))


def _plate(ground: Image.Image, name: str, scene: str) -> None:
    """The plate with the home's name and the scene; grey, so that the clock need not touch chroma."""
    x, y, width, height = _PLATE
    draw = ImageDraw.Draw(ground)
    grey = _full_range(_PLATE_LUMA)
    draw.rectangle((x, y, x + width - 1, y + height - 1), fill=(grey,) * 3)
    font = ImageFont.load_default(size=_NAME_SIZE)
    space = width - 2 * _NAME_AT[0] - draw.textlength(f"  {scene}", font)
    shown = name
    while len(shown) > 1 and draw.textlength(shown, font) > space:
        shown = shown[:-2] + "…"
    at = (x + _NAME_AT[0], y + _NAME_AT[1])
    draw.text(at, shown, fill=(_full_range(_WORDS_LUMA),) * 3, font=font)
    draw.text(
        (at[0] + draw.textlength(f"{shown}  ", font), at[1]), scene, fill=(_full_range(_SCENE_LUMA),) * 3, font=font
    )


def _full_range(luma: int) -> int:
    return round((luma - 16) * 255 / 219)


def _to_planes(picture: Image.Image) -> tuple[Image.Image, Image.Image, Image.Image]:
    """RGB to Y, U, V in limited range, chroma at half the size."""
    y, u, v = picture.convert("RGB").convert("YCbCr").split()
    half = (picture.width // 2, picture.height // 2)
    u, v = (chroma.resize(half, Image.Resampling.BOX).point(_CHROMA_LIMITED) for chroma in (u, v))
    return y.point(_LUMA_LIMITED), u, v


def _to_patch(picture: Image.Image) -> _Patch:
    covers = picture.getchannel("A")
    half = (picture.width // 2, picture.height // 2)
    return _Patch(_to_planes(picture), covers, covers.resize(half, Image.Resampling.BOX))
