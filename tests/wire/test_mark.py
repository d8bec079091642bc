"""The mark: read back from real H.264 at 60 kbit/s, from half the size, and never from what carries none."""

import base64
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import sync_playwright

from curtilage.wire.mark import (
    BRIGHT,
    COLUMNS,
    DARK,
    MARK_BYTES,
    Mark,
    decode_mark,
    encode_mark,
    paint_mark,
    read_mark,
    read_octets,
)

pytestmark = pytest.mark.slow

KEY = b"a mark key of a test, 32 bytes.."
OTHER_KEY = b"another mark key, also 32 bytes."
FRAMES_COUNT = 150
MARK_READER = Path(__file__).parents[1] / "origin" / "mark_reader.js"
MARKS = st.builds(Mark, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF))
SIZES = st.tuples(st.integers(200, 700), st.integers(96, 400), st.integers(0, 64))


def painted(mark: Mark, width: int, height: int, padding: int = 0) -> bytearray:
    luma = bytearray([90]) * ((width + padding) * height)
    paint_mark(luma, width, height, width + padding, encode_mark(mark, KEY))
    return luma


@given(MARKS, SIZES)
def test_a_painted_mark_reads_back_at_any_size(mark: Mark, size: tuple[int, int, int]) -> None:
    width, height, padding = size
    assert read_mark(painted(mark, width, height, padding), width, height, width + padding, KEY) == mark


@given(MARKS)
def test_a_mark_of_another_key_is_none(mark: Mark) -> None:
    octets = encode_mark(mark, KEY)
    assert decode_mark(octets, KEY) == mark
    assert decode_mark(octets, OTHER_KEY) is None


@given(MARKS, st.integers(0, 8 * MARK_BYTES - 1))
def test_one_flipped_bit_makes_it_no_mark(mark: Mark, bit: int) -> None:
    flipped = int.from_bytes(encode_mark(mark, KEY), "big") ^ 1 << bit
    assert decode_mark(flipped.to_bytes(MARK_BYTES, "big"), KEY) is None


@given(st.binary(max_size=40), st.integers(-1, 400), st.integers(-1, 200), st.integers(0, 400))
def test_random_bytes_never_read_as_a_mark(luma: bytes, width: int, height: int, stride: int) -> None:
    assert read_mark(luma, width, height, stride, KEY) is None


@pytest.mark.parametrize("grey", [0, 16, 90, 128, 255])
def test_a_plain_picture_has_no_mark(grey: int) -> None:
    assert read_octets(bytes([grey]) * (320 * 180), 320, 180, 320) is None


def test_a_cell_between_dark_and_bright_is_unread_and_not_guessed() -> None:
    luma = painted(Mark(1, 2, 3), 320, 180)
    for y in range(7):
        luma[y * 320 + 64 : y * 320 + 70] = bytes([(DARK + BRIGHT) // 2]) * 6
    assert read_octets(luma, 320, 180, 320) is None


@pytest.mark.parametrize(("width", "height"), [(199, 180), (320, 95)])
def test_a_picture_too_small_is_not_painted(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="200 x 96"):
        paint_mark(bytearray(width * height), width, height, width, bytes(MARK_BYTES))


def test_the_first_row_of_a_known_mark_stands_as_the_text_says() -> None:
    luma = painted(Mark(0x8001, 0, 0), 500, 240)
    assert [luma[5 * 500 + 10 * column + 5] == BRIGHT for column in range(COLUMNS)] == [
        True, True, *[False] * 14, True, *[False] * 32, False,
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """How many marks survived. An older mark counts as wrong too: an encoder that starves repeats pictures."""

    right: int
    unread: int
    wrong: int


@pytest.mark.parametrize(
    ("width", "height", "bits_per_s", "smaller_by"),
    [
        (640, 360, 60_000, 1),
        (640, 360, 60_000, 2),
        (1280, 720, 60_000, 1),
        (1280, 720, 60_000, 2),
        (1280, 720, 60_000, 4),
    ],
)
def test_every_mark_survives_60_kilobits_a_second_and_scaling(
    width: int, height: int, bits_per_s: int, smaller_by: int
) -> None:
    frames_count = FRAMES_COUNT if width == 640 else 60
    assert kept(width, height, bits_per_s, smaller_by, frames_count) == Kept(frames_count, 0, 0)


_READ_IN_PAGE = """async ([source, pictures]) => {
    const {readMark} = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
    const seen = [];
    for (const picture of pictures) {
        const image = new Image();
        image.src = picture;
        await image.decode();
        const canvas = document.createElement("canvas");
        canvas.width = image.width;
        canvas.height = image.height;
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        seen.push(readMark(context.getImageData(0, 0, image.width, image.height)));
    }
    return seen;
}"""


@pytest.mark.browser
def test_a_page_reads_the_same_mark_from_a_canvas() -> None:
    mark = Mark(4660, 22136, 2596069104)
    sizes = ((1280, 720), (640, 360), (333, 187), (201, 97))
    pictures = [_as_data_url(bytes(painted(mark, *size)), size) for size in sizes]
    pictures.append(_as_data_url(bytes(360 * 200), (360, 200)))
    chromium = shutil.which("chromium")
    assert chromium is not None, "this test needs Debian's chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        *seen, nothing = browser.new_page().evaluate(_READ_IN_PAGE, [MARK_READER.read_text(), pictures])
        browser.close()
    mac = int.from_bytes(encode_mark(mark, KEY)[8:], "big")
    assert seen == [{"home": 4660, "camera": 22136, "frame": 2596069104, "mac": mac}] * len(sizes)
    assert nothing is None


def _as_data_url(luma: bytes, size: tuple[int, int]) -> str:
    png = io.BytesIO()
    Image.frombytes("L", size, luma).save(png, "PNG")
    return f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"


def kept(width: int, height: int, bits_per_s: int, smaller_by: int, frames_count: int) -> Kept:
    """Encode a moving, marked picture, decode it, scale it down, read."""
    right = unread = wrong = 0
    small = (width // smaller_by, height // smaller_by)
    for number, luma in enumerate(_decoded(_encoded(width, height, bits_per_s, frames_count))):
        scaled = luma if smaller_by == 1 else luma.resize(small, Image.Resampling.BILINEAR)
        mark = read_mark(scaled.tobytes(), *small, small[0], KEY)
        right += mark == Mark(7, 9, number)
        unread += mark is None
        wrong += mark not in {None, Mark(7, 9, number)}
    return Kept(right, unread, wrong)


def _encoded(width: int, height: int, bits_per_s: int, frames_count: int) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="h264") as file:
        stream = file.add_stream("libx264", rate=Fraction(25), options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", bits_per_s
        stream.gop_size, stream.max_b_frames = 50, 0
        for frame in _frames(width, height, frames_count):
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()


def _frames(width: int, height: int, frames_count: int) -> Iterator[av.VideoFrame]:
    """Something bright moves over a shaded ground."""
    ground = Image.linear_gradient("L").resize((width, height)).point([16 + value // 2 for value in range(256)])
    for number in range(frames_count):
        picture = ground.copy()
        left = number * 4 % width
        picture.paste(200, (left, height // 3, left + width // 8, height // 2))
        luma = bytearray(picture.tobytes())
        paint_mark(luma, width, height, width, encode_mark(Mark(7, 9, number), KEY))
        frame = av.VideoFrame(width, height, "yuv420p")
        neutral = bytes([128]) * (width * height // 4)
        for plane, octets in zip(frame.planes, (bytes(luma), neutral, neutral), strict=True):
            plane.update(octets)
        frame.pts = number
        yield frame


def _decoded(octets: bytes) -> Iterator[Image.Image]:
    with av.open(io.BytesIO(octets), "r", format="h264") as file:
        for frame in file.decode(video=0):
            plane = frame.planes[0]
            whole = Image.frombytes("L", (plane.line_size, frame.height), bytes(plane))
            yield whole.crop((0, 0, frame.width, frame.height))
