"""The lock file: revocations that could not be recorded, kept where even a full disk lets us write.

Revoking acts in memory first. When its record cannot be committed, the grant would be alive again after a restart. So
the camera is locked, and what is missing stands in this file until it is recorded. The file has its full size from the
start and is only ever overwritten in place and synced, which needs no free space (on a file system that copies on write
it may; then adding fails, and says so).

Rules:
* a slot that is neither empty nor whole means that somebody or something damaged the file: LockFileBroken, the server
  does not start. It would not know whom to refuse;
* when every slot is taken, the first one says "everything": every grant that was not recorded as ended is then taken to
  have been revoked.

It holds random identifiers and times only. It decides nothing: grants.py does.
"""

import base64
import enum
import hashlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from curtilage.consent.grant import Grant, GrantEnd
from curtilage.errors import OurError
from curtilage.wire.identifier import DeviceId, GrantId, HomeId, PersonId

SLOT_BYTES = 128
_BODY = struct.Struct(">4sBB2xQ16s16s16s16s")
_DIGEST_BYTES = 16
_MAGIC = b"CLK1"
_EMPTY = bytes(SLOT_BYTES)
_NOBODY = bytes(16)
_EVERYTHING_SLOT = 0
_FIRST_SLOT = 1
_ENDS: tuple[GrantEnd, ...] = tuple(GrantEnd)


class LockFileBroken(OurError):
    """The lock file cannot be read or written."""


class _Use(enum.IntEnum):
    END = 1
    EVERYTHING = 2


@dataclass(frozen=True, slots=True)
class UnrecordedEnd:
    """A grant that ended in memory and not yet in the store."""

    home: HomeId
    camera: DeviceId
    grant: GrantId
    actor: PersonId | None
    ended_ms: int
    why: GrantEnd


def end_of(grant: Grant, why: GrantEnd, actor: PersonId | None, now_ms: int) -> UnrecordedEnd:
    """``grant`` ended just now."""
    return UnrecordedEnd(grant.home, grant.camera, grant.id, actor, now_ms, why)


class CameraLockFile:
    """The open file. Calls block for one write and one sync."""

    __slots__ = ("_descriptor", "_ends", "_file", "everything")

    def __init__(self, file: Path, slots_count: int) -> None:
        """Open, or make at full size. Raises LockFileBroken."""
        self._file = file
        self._ends: list[UnrecordedEnd | None] = []
        self.everything = False
        """More ended than the file could hold."""
        try:
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            self._fill(slots_count)
            self._read()
        except OSError as error:
            raise self._broken(error.strerror or "") from error

    def ends(self) -> list[UnrecordedEnd]:
        """What the file holds."""
        return [end for end in self._ends if end is not None]

    def add(self, end: UnrecordedEnd) -> None:
        """Durable on return. Raises LockFileBroken: it may be forgotten by a restart."""
        for slot in range(_FIRST_SLOT, len(self._ends)):
            if self._ends[slot] is None:
                self._ends[slot] = end
                return self._write(slot, _encode(_Use.END, end))
        self.everything = True
        return self._write(_EVERYTHING_SLOT, _encode(_Use.EVERYTHING, end))

    def remove(self, recorded: frozenset[GrantId]) -> None:
        """These are recorded now. Durable on return. Raises LockFileBroken."""
        for slot, end in enumerate(self._ends):
            if end is not None and end.grant in recorded:
                self._write(slot, _EMPTY)
                self._ends[slot] = None

    def remove_everything(self) -> None:
        """All that "everything" stood for is recorded. Raises LockFileBroken."""
        if self.everything:
            self._write(_EVERYTHING_SLOT, _EMPTY)
            self.everything = False

    def close(self) -> None:
        """Idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _fill(self, slots_count: int) -> None:
        """Real zeros, not a hole: a hole would ask for space when it is written to."""
        size = os.fstat(self._descriptor).st_size
        missing = (slots_count + _FIRST_SLOT) * SLOT_BYTES - size
        if missing <= 0:
            return
        if os.pwrite(self._descriptor, bytes(missing), size) != missing:
            raise OSError(0, "the disk is full")
        os.fsync(self._descriptor)
        folder = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self) -> None:
        octets = os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0)
        for start in range(0, len(octets) - SLOT_BYTES + 1, SLOT_BYTES):
            slot = octets[start : start + SLOT_BYTES]
            use, end = (None, None) if slot == _EMPTY else self._decode(slot)
            self.everything = self.everything or use is _Use.EVERYTHING
            self._ends.append(end if use is _Use.END else None)

    def _decode(self, slot: bytes) -> tuple[_Use, UnrecordedEnd]:
        if slot != _sealed_slot(slot[: _BODY.size]):
            raise self._broken("it is damaged")
        magic, use, why, ended_ms, *names = _BODY.unpack(slot[: _BODY.size])
        if magic != _MAGIC or use not in tuple(_Use) or why >= len(_ENDS):
            raise self._broken("it is of another version")
        home, camera, grant, actor = (_letters(name) for name in names)
        person = PersonId(actor) if names[3] != _NOBODY else None
        return _Use(use), UnrecordedEnd(HomeId(home), DeviceId(camera), GrantId(grant), person, ended_ms, _ENDS[why])

    def _write(self, slot: int, octets: bytes) -> None:
        try:
            if os.pwrite(self._descriptor, octets, slot * SLOT_BYTES) != SLOT_BYTES:
                raise self._broken("it was cut short")
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._broken(error.strerror or "") from error

    def _broken(self, why: str) -> LockFileBroken:
        return LockFileBroken(
            f"The lock file {self._file} cannot be used: {why}.",
            do="It holds revocations not recorded yet. To go on without them, remove it, then look at the grants.",
        )


def _encode(use: _Use, end: UnrecordedEnd) -> bytes:
    names = (_octets(end.home), _octets(end.camera), _octets(end.grant), _octets(end.actor))
    return _sealed_slot(_BODY.pack(_MAGIC, use, _ENDS.index(end.why), end.ended_ms, *names))


def _sealed_slot(body: bytes) -> bytes:
    return (body + hashlib.sha256(body).digest()[:_DIGEST_BYTES]).ljust(SLOT_BYTES, b"\0")


def _octets(identifier: str | None) -> bytes:
    """16 bytes of an identifier (wire/identifier.py)."""
    return base64.b32decode(identifier.upper() + "======") if identifier is not None else _NOBODY


def _letters(octets: bytes) -> str:
    return base64.b32encode(octets).decode().rstrip("=").lower()
