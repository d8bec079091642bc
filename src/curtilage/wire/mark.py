"""The mark: the machine-readable sign in a picture that says whose it is.

A simulated camera paints it into every picture; whoever looks at a screen, a cache or a capture afterwards can tell
from the pixels alone which home, camera and frame they show. It guards nothing by itself: it is what proves (or
disproves) that the walls hold, so an accidental or forged mark must not count. Hence the MAC.

What is written, 96 bits, big-endian, most significant bit first::

    home    u16   number of the home (of the test or demo, not its identifier)
    camera  u16   number of the camera
    frame   u32   rises by one with every picture
    mac     u32   first 4 bytes of HMAC-SHA256(mark key, "curtilage mark v1" | home | camera | frame)

Where, in a picture of W x H pixels of any size (all divisions round down)::

    column c = 0..49 covers x from c*W/50 to (c+1)*W/50
    row    r = 0..1  covers y from r*H/24 to (r+1)*H/24        (the strip is the top twelfth of the picture)
    bit    i = 0..95 stands in row i/48, column 1 + i%48; bright is 1, dark is 0
    references: (row 0, column 0) and (row 1, column 49) are bright, (row 0, column 49) and (row 1, column 0) are dark

Painting: luma 36 for dark, 210 for bright (of 16..235), chroma neutral. Reading: the value of a cell is the mean over
its middle half in both directions. The threshold is half way between the mean of the bright and of the dark references.
Nothing is read when those differ by less than 40, or when a cell lies within an eighth of that difference of the
threshold: an unreadable mark is *unread*, never guessed. ``tests/origin/mark_reader.js`` reads the same from a canvas.

It does not search: the picture must be whole, neither cropped nor letterboxed. Scaling and heavy compression are fine.
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass
from typing import TypeAlias

MARK_BYTES = 12
COLUMNS = 50
ROWS = 2
STRIP_ROWS_PER_PICTURE = 24
"""A row of the strip is this fraction of the picture's height."""
DARK = 36
BRIGHT = 210
CONTRAST_MIN = 40
WIDTH_MIN = 4 * COLUMNS
HEIGHT_MIN = 4 * STRIP_ROWS_PER_PICTURE
"""Below this a cell's middle half has no pixel of its own."""
_CELLS_PER_ROW = COLUMNS - 2
_CLEAR = struct.Struct(">HHI")
_LABEL = b"curtilage mark v1"
_MAC_BYTES = 4
_SAMPLE_LINES_MAX = 4

Octets: TypeAlias = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose picture it is, and which."""

    home: int
    camera: int
    frame: int


def encode_mark(mark: Mark, key: bytes) -> bytes:
    """12 bytes. Raises struct.error when a number does not fit."""
    clear = _CLEAR.pack(mark.home, mark.camera, mark.frame)
    return clear + _mac(clear, key)


def decode_mark(octets: bytes, key: bytes) -> Mark | None:
    """The mark, or None when it was not made under this key."""
    clear = octets[: _CLEAR.size]
    if len(octets) != MARK_BYTES or not hmac.compare_digest(octets[_CLEAR.size :], _mac(clear, key)):
        return None
    return Mark(*_CLEAR.unpack(clear))


def paint_mark(luma: bytearray | memoryview, width: int, height: int, stride: int, octets: bytes) -> None:
    """Paint 12 encoded bytes onto a luma plane, in place. Chroma under the strip should be neutral.

    ``stride`` is the distance of two lines in bytes. Raises ValueError when the picture is too small to carry a mark.
    """
    if width < WIDTH_MIN or height < HEIGHT_MIN or len(octets) != MARK_BYTES:
        raise ValueError("a mark has 12 bytes and needs a picture of at least 200 x 96")
    bits = int.from_bytes(octets, "big")
    for row in range(ROWS):
        line = _line(bits >> (_CELLS_PER_ROW * (ROWS - 1 - row)), row, width)
        for y in range(_top(row, height), _top(row + 1, height)):
            luma[y * stride : y * stride + width] = line


def read_mark(luma: Octets, width: int, height: int, stride: int, key: bytes) -> Mark | None:
    """The picture's mark, or None when none can be read, or it was not made under ``key``."""
    octets = read_octets(luma, width, height, stride)
    return None if octets is None else decode_mark(octets, key)


def read_octets(luma: Octets, width: int, height: int, stride: int) -> bytes | None:
    """The 12 bytes that the strip shows, MAC unchecked, or None when they cannot be told for certain."""
    if width < WIDTH_MIN or height < HEIGHT_MIN or len(luma) < (_top(ROWS, height) - 1) * stride + width:
        return None
    rows = [_means(luma, width, height, stride, row) for row in range(ROWS)]
    bright = (rows[0][0] + rows[1][-1]) / 2
    dark = (rows[0][-1] + rows[1][0]) / 2
    contrast, threshold = bright - dark, (bright + dark) / 2
    if contrast < CONTRAST_MIN:
        return None
    values = [value - threshold for row in rows for value in row[1:-1]]
    if min(abs(value) for value in values) < contrast / 8:
        return None
    bits = 0
    for value in values:
        bits = bits << 1 | (value > 0)
    return bits.to_bytes(MARK_BYTES, "big")


def _line(bits: int, row: int, width: int) -> bytes:
    """One line of pixels of a row: reference, 48 cells (the low bits of ``bits``), reference."""
    left, right = 1 - row, row
    shown = left << (COLUMNS - 1) | (bits & ((1 << _CELLS_PER_ROW) - 1)) << 1 | right
    pixels = bytearray()
    for column in range(COLUMNS):
        value = BRIGHT if shown >> (COLUMNS - 1 - column) & 1 else DARK
        pixels += bytes((value,)) * ((column + 1) * width // COLUMNS - column * width // COLUMNS)
    return bytes(pixels)


def _means(luma: Octets, width: int, height: int, stride: int, row: int) -> list[float]:
    """Mean luma of each cell's middle half, from at most four of its lines."""
    top, bottom = _top(4 * row + 1, height, 4), _top(4 * row + 3, height, 4)
    lines = range(top, bottom, max(1, (bottom - top) // _SAMPLE_LINES_MAX))[:_SAMPLE_LINES_MAX]
    texts = [bytes(luma[y * stride : y * stride + width]) for y in lines]
    means = []
    for column in range(COLUMNS):
        start, end = (4 * column + 1) * width // (4 * COLUMNS), (4 * column + 3) * width // (4 * COLUMNS)
        means.append(sum(sum(text[start:end]) for text in texts) / (len(texts) * (end - start)))
    return means


def _top(row: int, height: int, parts: int = 1) -> int:
    """First line of a row, or of a ``parts``-th of one."""
    return row * height // (STRIP_ROWS_PER_PICTURE * parts)


def _mac(clear: bytes, key: bytes) -> bytes:
    return hmac.new(key, _LABEL + clear, hashlib.sha256).digest()[:_MAC_BYTES]
