"""A growing segment: its parts and its whole are encrypted apart, and both give the pictures back."""

from curtilage.cameras.hls.hls_epoch import HlsEpoch
from curtilage.cameras.hls.hls_segments import GrowingSegment
from tests.cameras.hls_reader import decrypted

EPOCH = HlsEpoch(3, "key", b"k" * 16, 0)
IV = bytes(16)


def grown() -> tuple[GrowingSegment, list[bytes]]:
    """Four pictures of 0.1 s in two parts."""
    segment = GrowingSegment(7, EPOCH, IV, "init", 1000, 5000, False, True, 90_000)
    closed = []
    for number in range(4):
        segment.add(bytes([number]) * 20, 5000 + 9000 * number, 9000, independent=number == 0)
        if number % 2:
            closed.append(segment.close_part(f"part{number}"))
    return segment, closed


def test_parts_and_whole_hold_the_same_pictures() -> None:
    segment, closed = grown()
    pictures = b"".join(bytes([number]) * 20 for number in range(4))
    assert b"".join(decrypted(octets, EPOCH.secret, IV) for octets in closed) == pictures
    assert decrypted(segment.cipher.finish(), EPOCH.secret, IV) == pictures


def test_parts_are_listed_with_their_lengths() -> None:
    segment, _ = grown()
    assert [(part.label, part.duration_s, part.independent) for part in segment.parts] == [
        ("part1", 0.2, True),
        ("part3", 0.2, False),
    ]
    assert segment.duration_s() == 0.4
    assert segment.duration_s(5000 + 45_000) == 0.5
    assert segment.part_ticks() == 0


def test_an_end_that_is_known_counts() -> None:
    segment, _ = grown()
    segment.add(b"x", 41_000, 9000, independent=False)
    assert segment.part_ticks() == 9000
    segment.close_part("late", end=41_000 + 18_000)
    assert segment.parts[-1].duration_s == 0.2


def test_as_listed_it_grows_until_it_has_a_name() -> None:
    segment, _ = grown()
    growing, whole = segment.listed(), segment.listed("whole", 0.4)
    assert (growing.label, whole.label, whole.duration_s) == (None, "whole", 0.4)
    assert (growing.number, growing.epoch, growing.key_label, growing.begin_ms) == (7, 3, "key", 1000)
    assert "k" * 16 not in repr(segment)
