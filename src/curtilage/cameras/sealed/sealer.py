"""The sealer: where a camera's parts are sealed, once, and the last place that sees them clear.

One sealer serves one track of one camera for one run of the process. It guards docs/spec/sealed-part.md:

* an epoch key is random, lives in memory only and is never reloaded; a restart is a new stream id and a new epoch;
* sequences rise by one over all epochs, so a nonce never repeats under a key;
* every epoch begins with the init part, sealed anew;
* epochs turn after ``epoch_s`` and when somebody may see the camera no longer, at most ``epoch_turns_per_s_max`` times
  a second: revocations in between share one turn, which then is at most a fifth of a second late.

Keys of earlier epochs are kept only while the cache still holds a part of them: whoever may see the camera now may open
the newest group of pictures, sealed a few seconds ago.
"""

from typing import Protocol

from curtilage.cameras.media.part import Part
from curtilage.clock import MS_PER_SECOND, Clock
from curtilage.config import Config
from curtilage.wire.identifier import Entropy
from curtilage.wire.sealed_part import (
    EPOCH_ID_BYTES,
    FLAG_KEYFRAME,
    KEY_BYTES,
    SEQUENCE_MAX,
    STREAM_ID_BYTES,
    EpochKey,
    Kind,
    SealedPart,
    Track,
)
from curtilage.wire.view_key import SealerIdentity, ViewPublicKey, WrappedKey


class SealedPartSink(Protocol):
    """Where sealed parts go: the cache's shelf of this camera."""

    def put(self, part: SealedPart) -> None:
        """Takes the part; never waits."""
        ...

    def oldest_epoch(self) -> bytes | None:
        """Epoch of the oldest part still held."""
        ...


class KeyDelivery(Protocol):
    """The port through which a view gets keys. Today the sealer itself; later it sits at home and the cloud relays."""

    @property
    def stream_id(self) -> bytes:
        """What the headers of this sealer's parts carry."""
        ...

    @property
    def track(self) -> Track:
        """Which track it seals."""
        ...

    def sealer_point(self) -> bytes:
        """The public key that wrapped keys are signed with."""
        ...

    def wrap(self, epoch_id: bytes, view_id: bytes, to: ViewPublicKey) -> WrappedKey | None:
        """The epoch's key for one view; None when this sealer knows no such epoch (any more)."""
        ...


class Sealer:
    """Seals one track of one camera. Implements PartSink and KeyDelivery."""

    __slots__ = (
        "_clock",
        "_config",
        "_entropy",
        "_epoch_end_ms",
        "_epochs",
        "_identity",
        "_init",
        "_key",
        "_last_turn",
        "_sequence",
        "_sink",
        "_stopped",
        "_stream_id",
        "_track",
        "_turn_due",
        "sealed_bytes",
        "too_large_count",
    )

    def __init__(self, track: Track, sink: SealedPartSink, clock: Clock, config: Config, entropy: Entropy) -> None:
        self._track = track
        self._sink = sink
        self._clock = clock
        self._config = config
        self._entropy = entropy
        self._identity = SealerIdentity()
        self._stream_id = entropy(STREAM_ID_BYTES)
        self._sequence = 0
        self._init: Part | None = None
        self._epochs: list[EpochKey] = []
        self._last_turn = clock.monotonic()
        self._epoch_end_ms = clock.now() + config.epoch_s * MS_PER_SECOND
        self._turn_due = False
        self._stopped = False
        self._key = self._new_epoch()
        self.sealed_bytes = 0
        """Bytes sealed since start."""
        self.too_large_count = 0
        """Parts refused because they exceed sealed_part_bytes_max."""

    @property
    def stream_id(self) -> bytes:
        """See KeyDelivery."""
        return self._stream_id

    @property
    def track(self) -> Track:
        """See KeyDelivery."""
        return self._track

    def part(self, part: Part) -> None:
        """Seal ``part`` and put it where viewers find it. The hot path: 25 times a second for each camera."""
        if self._stopped:
            return
        if len(part.octets) > self._config.sealed_part_bytes_max:
            self.too_large_count += 1
            return
        if part.kind is Kind.INIT:
            self._init = part
        elif self._turn_due or part.time_ms >= self._epoch_end_ms:
            self._turn_if_time(part.time_ms)
        self._seal(part)

    def stop(self) -> None:
        """Seal nothing more. A source that is being cancelled may still push what has already arrived."""
        self._stopped = True

    def turn(self) -> None:
        """Somebody may see this camera no longer: seal what comes under a key they will not get."""
        self._turn_due = True

    @property
    def sealed_count(self) -> int:
        """Parts sealed since start."""
        return self._sequence

    def sealer_point(self) -> bytes:
        """See KeyDelivery."""
        return self._identity.public_point()

    def wrap(self, epoch_id: bytes, view_id: bytes, to: ViewPublicKey) -> WrappedKey | None:
        """See KeyDelivery."""
        for key in self._epochs:
            if key.epoch_id == epoch_id:
                return self._identity.wrap(key, self._track, view_id, to)
        return None

    def knows(self, epoch_id: bytes) -> bool:
        """Is this one of the epochs that parts in the cache may be of?"""
        return any(key.epoch_id == epoch_id for key in self._epochs)

    def open(self, part: SealedPart) -> bytes | None:
        """The clear bytes of a part that this sealer sealed; None for any other, and when its key is forgotten."""
        try:
            header = part.header
        except ValueError:
            return None
        key = next((key for key in self._epochs if key.epoch_id == header.epoch_id), None)
        return key.open(part) if key is not None and header.stream_id == self._stream_id else None

    def _turn_if_time(self, time_ms: int) -> None:
        """Parts' times are the clock's ``now``, which never goes back: no epoch can outlive its end."""
        now = self._clock.monotonic()
        if time_ms >= self._epoch_end_ms or now - self._last_turn >= 1 / self._config.epoch_turns_per_s_max:
            self._turn(time_ms)

    def _turn(self, time_ms: int) -> None:
        self._turn_due = False
        self._last_turn = self._clock.monotonic()
        self._epoch_end_ms = time_ms + self._config.epoch_s * MS_PER_SECOND
        self._key = self._new_epoch()
        if self._init is not None:
            self._seal(Part(Kind.INIT, keyframe=True, time_ms=time_ms, octets=self._init.octets))

    def _new_epoch(self) -> EpochKey:
        key = EpochKey(self._stream_id, self._entropy(EPOCH_ID_BYTES), self._entropy(KEY_BYTES))
        self._epochs.append(key)
        return key

    def _seal(self, part: Part) -> None:
        assert self._sequence < SEQUENCE_MAX, "a sequence never wraps"
        self._sequence += 1
        flags = FLAG_KEYFRAME if part.keyframe else 0
        sealed = self._key.seal_as(part.kind, self._track, flags, self._sequence, part.time_ms, part.octets)
        self.sealed_bytes += len(sealed.octets)
        self._sink.put(sealed)
        if len(self._epochs) > 1:
            self._forget_epochs()

    def _forget_epochs(self) -> None:
        """Drop the keys of epochs before the oldest part in the cache; the current one always stays."""
        oldest = self._sink.oldest_epoch()
        kept = next((i for i, key in enumerate(self._epochs) if key.epoch_id == oldest), len(self._epochs) - 1)
        del self._epochs[:kept]
