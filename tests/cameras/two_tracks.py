"""A camera with a main and a sub stream, real sealers and shelves, and pages that watch it."""

import json
import secrets

from curtilage.cameras.input.camera_state import CameraState, Condition
from curtilage.cameras.media.part import Part
from curtilage.cameras.sealed.cache import Shelf
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.quality import Seen
from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.config import Config
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import Kind, PartHeader, Track
from curtilage.wire.stream_record import RecordType, StreamRecord
from tests.cameras.views.test_views import House, due

POOR, EASY = Seen(wait_ms=5_000), Seen()
STEP_MS = 200


class TwoTracks(House):
    """The porch has both; the hall has none but its main stream."""

    def __init__(self, config: Config = Config()) -> None:  # noqa: B008 frozen, so one default for all is right
        super().__init__(config)
        self.now_ms = 0
        self.sub = Sealer(Track.SUB, self.shelf(Track.SUB), self.clock, config, secrets.token_bytes)
        main = self.sealers["porch"]
        self.views.show(DeviceId("porch"), "Porch", "", main, CameraState(Condition.LIVE, 0), self.sub)
        self.sub.part(Part(Kind.INIT, keyframe=True, time_ms=1, octets=b"sub init"))
        self.sub_picture(keyframe=True)

    def shelf(self, track: Track) -> Shelf:
        """The porch's."""
        return self.cache.shelf(DeviceId("porch"), track)

    def sub_picture(self, keyframe: bool = False) -> None:
        """One more of the porch's sub stream."""
        self.sub.part(Part(Kind.MEDIA, keyframe=keyframe, time_ms=2, octets=b"sub picture"))

    def look(self, stream: SealedStream, seen: Seen, seconds: float = 1.0) -> None:
        """As often as a server does, while pictures come on both tracks."""
        for _ in range(int(seconds * 1000) // STEP_MS):
            self.now_ms += STEP_MS
            self.picture("porch")
            self.sub_picture()
            stream.look(seen, self.now_ms)


def said(records: list[StreamRecord]) -> list[str]:
    """The tracks of parts and keys in order, and what TRACK records say."""
    found = []
    for record in records:
        if record.type is RecordType.PART:
            header = PartHeader.decode(record.payload)
            what = "init" if header.kind is Kind.INIT else "keyframe" if header.keyframe else "picture"
            found.append(f"{header.track.name.lower()} {what}")
        elif record.type is RecordType.TRACK:
            value = json.loads(record.payload)
            found.append(f"track {value['track']} {value['quality']}")
        elif record.type is RecordType.KEY:
            found.append("key")
    return found


def all_said(stream: SealedStream) -> list[str]:
    """Of what is due now, each once, in order."""
    found = said(due(stream))
    return [item for place, item in enumerate(found) if place == 0 or found[place - 1] != item]
