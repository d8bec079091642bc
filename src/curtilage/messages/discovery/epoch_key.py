"""The evaluator's keys: one file for each epoch, 0600, beside the root key and apart from it.

Who has such a file and the database can try every number there is, 10^9 in about a day on one core; who has the
database alone can try none. So only the evaluator reads these files, they never lie in the data folder, and at an
epoch's end its file is destroyed: what was stolen before cannot be tried afterwards.

A file holds 32 random bytes, and the version of what was known about numbers when the epoch began.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from curtilage.errors import OurError
from curtilage.messages.discovery.batch_engine import BatchEngine, engine_of
from curtilage.messages.discovery.exchange import EPOCHS_COUNT_MAX, EpochState
from curtilage.vault.secret_file import SecretFileUnusable, SecretKind, make_secret, read_secret
from curtilage.wire.discovery.manifest import is_metadata
from curtilage.wire.discovery.oprf import SEED_BYTES, KeyPair, Mode, derive_key_pair
from curtilage.wire.identifier import Entropy

_INFO = b"curtilage discovery v1"
"""Of RFC 9497's DeriveKeyPair."""
_NAME = re.compile(r"epoch-([1-9][0-9]{0,8})\.key")
_SPENT_NAME = "spent.key"
_MOVE = "Set discovery_key_folder to another place."


class KeyNotMade(OurError):
    """A new key could not be written, or an old one not destroyed."""


@dataclass(frozen=True, slots=True)
class EpochKey:
    """One epoch's key and what everybody may know of it."""

    keys: KeyPair = field(repr=False)
    state: EpochState
    engine: BatchEngine = field(repr=False, compare=False)


class KeyFolder:
    """The files. Made by the evaluator alone."""

    __slots__ = ("_entropy", "_folder")

    def __init__(self, folder: Path, entropy: Entropy) -> None:
        self._folder, self._entropy = folder, entropy

    def load(self) -> Mapping[int, EpochKey]:
        """Every epoch there is a file of, rising. Raises SecretFileUnusable."""
        if not self._folder.exists():
            return {}
        found = [int(name[1]) for entry in self._folder.iterdir() if (name := _NAME.fullmatch(entry.name))]
        if len(found) > EPOCHS_COUNT_MAX:
            raise SecretFileUnusable(
                f"There are {len(found)} discovery keys in {self._folder}, and never more than {EPOCHS_COUNT_MAX}.",
                do="Take those away that do not belong there.",
            )
        return {epoch: self._read(epoch) for epoch in sorted(found)}

    def make(self, epoch: int, metadata: str) -> EpochKey:
        """A new epoch's. Raises KeyNotMade, SecretFileUnusable."""
        secret = self._entropy(SEED_BYTES) + metadata.encode("ascii")
        make_secret(self._file(epoch), _kind(epoch), secret, self._entropy)
        return self._read(epoch)

    def destroy(self, epoch: int) -> None:
        """For good. Raises KeyNotMade."""
        try:
            self._file(epoch).unlink(missing_ok=True)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise KeyNotMade(f"{self._file(epoch)} cannot be destroyed: {error.strerror}.", do=_MOVE) from error

    def spent_key(self) -> bytes:
        """Under which accounts stand in the spent file; made when missing. Raises KeyNotMade, SecretFileUnusable."""
        kind = SecretKind("key of the spent file", _MOVE, not_made=KeyNotMade, own_alone=True)
        file = self._folder / _SPENT_NAME
        if not os.path.lexists(file):
            make_secret(file, kind, self._entropy(SEED_BYTES), self._entropy)
        return read_secret(file, kind)[:SEED_BYTES]

    def _read(self, epoch: int) -> EpochKey:
        secret = read_secret(self._file(epoch), _kind(epoch))
        metadata = secret[SEED_BYTES:].decode("ascii", errors="replace")
        if len(secret) < SEED_BYTES or not is_metadata(metadata):
            raise SecretFileUnusable(f"{self._file(epoch)} is no discovery key.", do="Put the right file back.")
        keys = derive_key_pair(Mode.VOPRF, secret[:SEED_BYTES], _INFO)
        engine = engine_of(keys, secret[:SEED_BYTES], _INFO, self._entropy)
        return EpochKey(keys, EpochState(epoch, keys.public, metadata), engine)

    def _file(self, epoch: int) -> Path:
        return self._folder / f"epoch-{epoch}.key"


def _kind(epoch: int) -> SecretKind:
    return SecretKind(f"discovery key of epoch {epoch}", _MOVE, not_made=KeyNotMade, own_alone=True)
