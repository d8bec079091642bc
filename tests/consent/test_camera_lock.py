"""The lock file: what it holds survives, and what is damaged is not guessed at."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curtilage.consent.camera_lock import SLOT_BYTES, CameraLockFile, LockFileBroken, UnrecordedEnd
from curtilage.consent.grant import GrantEnd
from curtilage.wire.identifier import DeviceId, GrantId, HomeId, PersonId, new_identifier
from tests.consent.parts import counted_entropy

SLOTS = 4
ENTROPY = counted_entropy("lock")


def an_end(why: GrantEnd = GrantEnd.REVOKED, *, by_operator: bool = False) -> UnrecordedEnd:
    home, camera, grant, actor = (new_identifier(ENTROPY) for _ in range(4))
    person = None if by_operator else PersonId(actor)
    return UnrecordedEnd(HomeId(home), DeviceId(camera), GrantId(grant), person, 1_795_262_400_000, why)


def reopened(file: Path) -> CameraLockFile:
    return CameraLockFile(file, SLOTS)


@pytest.mark.parametrize("why", GrantEnd)
@pytest.mark.parametrize("by_operator", [False, True])
def test_an_end_survives_a_restart(tmp_path: Path, why: GrantEnd, by_operator: bool) -> None:
    end = an_end(why, by_operator=by_operator)
    reopened(tmp_path / "lock").add(end)
    assert reopened(tmp_path / "lock").ends() == [end]


def test_it_has_its_full_size_from_the_start_and_keeps_it(tmp_path: Path) -> None:
    lock_file = reopened(tmp_path / "lock")
    size = (tmp_path / "lock").stat().st_size
    blocks = (tmp_path / "lock").stat().st_blocks
    for _ in range(SLOTS + 2):
        lock_file.add(an_end())
    assert (tmp_path / "lock").stat().st_size == size == (SLOTS + 1) * SLOT_BYTES
    assert (tmp_path / "lock").stat().st_blocks == blocks
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_what_is_recorded_is_taken_out_for_good(tmp_path: Path) -> None:
    lock_file = reopened(tmp_path / "lock")
    ends = [an_end() for _ in range(3)]
    for end in ends:
        lock_file.add(end)
    lock_file.remove(frozenset({ends[0].grant, ends[2].grant}))
    assert lock_file.ends() == reopened(tmp_path / "lock").ends() == [ends[1]]
    lock_file.add(ends[0])
    assert set(reopened(tmp_path / "lock").ends()) == {ends[0], ends[1]}


def test_when_it_is_full_everything_counts_as_ended(tmp_path: Path) -> None:
    lock_file = reopened(tmp_path / "lock")
    for _ in range(SLOTS):
        lock_file.add(an_end())
    assert not reopened(tmp_path / "lock").everything
    lock_file.add(an_end())
    assert lock_file.everything
    assert reopened(tmp_path / "lock").everything
    lock_file.remove_everything()
    assert not reopened(tmp_path / "lock").everything


def test_more_slots_can_be_given_later(tmp_path: Path) -> None:
    end = an_end()
    reopened(tmp_path / "lock").add(end)
    larger = CameraLockFile(tmp_path / "lock", 10 * SLOTS)
    assert larger.ends() == [end]
    for _ in range(10 * SLOTS - 1):
        larger.add(an_end())
    assert not larger.everything


@settings(max_examples=40)
@given(place=st.integers(0, SLOT_BYTES - 1), bit=st.integers(0, 7))
def test_a_damaged_slot_is_not_guessed_at(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int) -> None:
    file = tmp_path_factory.mktemp("lock") / "lock"
    lock_file = reopened(file)
    lock_file.add(an_end())
    lock_file.close()
    octets = bytearray(file.read_bytes())
    octets[SLOT_BYTES + place] ^= 1 << bit
    file.write_bytes(octets)
    with pytest.raises(LockFileBroken, match="damaged"):
        reopened(file)


def test_a_slot_of_another_version_is_not_guessed_at(tmp_path: Path) -> None:
    from curtilage.consent.camera_lock import _sealed_slot  # noqa: PLC0415  the form itself is under test

    (tmp_path / "lock").write_bytes(_sealed_slot(b"CLK2" + bytes(76)))
    with pytest.raises(LockFileBroken, match="another version"):
        reopened(tmp_path / "lock")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"")
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LockFileBroken):
        reopened(tmp_path / "lock")


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    lock_file = reopened(tmp_path / "lock")
    os.close(lock_file._descriptor)
    lock_file._descriptor = os.open(tmp_path / "lock", os.O_RDONLY)
    with pytest.raises(LockFileBroken) as caught:
        lock_file.add(an_end())
    assert "remove it" in caught.value.do
    lock_file.close()
    lock_file.close()
