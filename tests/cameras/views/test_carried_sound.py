"""A view of sound stays what it is, however poor the network."""

from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.carried_sound import CarriedSound
from curtilage.cameras.views.carried_view import TrackSource
from curtilage.cameras.views.quality import Level, Quality, Seen, quality_rules
from curtilage.cameras.views.view import View
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.wire.identifier import DeviceId, ViewNumber
from curtilage.wire.sealed_part import Track
from tests.cameras.view_side import ViewSide
from tests.cameras.views.test_view import GRANT


def test_no_network_turns_it_to_anything_else() -> None:
    config = Config()
    shelf = Cache(config).shelf(DeviceId("c"), Track.AUDIO)
    sealer = Sealer(Track.AUDIO, shelf, SystemClock(), config, lambda count: b"\7" * count)
    view = View(ViewNumber(1), b"\1" * 16, GRANT, sealer, ViewSide(sealer).public_key)
    source = {Track.AUDIO: TrackSource(sealer, shelf)}
    carried = CarriedSound(view, source, Quality(quality_rules(config, Level.LAST)), config.view_stale_ms, shelf)
    for second in range(60):
        assert carried.look(Seen(wait_ms=9_000, unanswered_ms=9_000), second * 1000) is False
    assert not carried.resting
    assert not carried.stops
    assert list(carried.shelves()) == [shelf]
