"""Two cameras with real sealers and WebRTC views of them, for tests of the rooms' own code without a server."""

import secrets
from collections.abc import Callable

from curtilage.cameras.input.camera_state import CameraState, Condition
from curtilage.cameras.media.part import Part
from curtilage.cameras.sealed.cache import Cache, Shelf
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.view import View
from curtilage.cameras.views.view_opener import ViewOpener
from curtilage.cameras.views.views import Views
from curtilage.cameras.webrtc.picture_stream import PictureStream, SharedPictures
from curtilage.cameras.webrtc.webrtc import WebrtcPeer
from curtilage.cameras.webrtc.whep import Whep
from curtilage.cameras.webrtc.whep_view import Asking, WhepView
from curtilage.config import Config
from curtilage.consent.grant import Grant, GrantEnd
from curtilage.errors import Refused
from curtilage.wire.identifier import DeviceId, new_handle
from curtilage.wire.sealed_part import Track
from tests.cameras.views.test_views import ADA, LiveGrants
from tests.cameras.whep_side import StockViewer, made_parts
from tests.held_clock import HeldClock

CAMERAS = ("porch", "hall")


class WhepHouse:
    """See the module's text."""

    def __init__(self, config: Config = Config()) -> None:  # noqa: B008 frozen, so one default for all is right
        self.config = config
        self.clock = HeldClock()
        self.cache = Cache(config)
        self.views = Views(self.cache, config, secrets.token_bytes)
        self.grants = LiveGrants()
        self.whep = Whep(self.views, config, secrets.token_bytes, lambda: WebrtcPeer)
        self.sealers: dict[str, Sealer] = {}
        for name in CAMERAS:
            self.sealers[name] = Sealer(Track.MAIN, self.shelf(name), self.clock, config, secrets.token_bytes)
            self.views.show(DeviceId(name), name.title(), "", self.sealers[name], CameraState(Condition.LIVE, 0))

    def shelf(self, camera: str) -> Shelf:
        """Where its sealed parts stand."""
        return self.cache.shelf(DeviceId(camera), Track.MAIN)

    def put(self, camera: str, parts: list[Part]) -> None:
        """As the camera's input would."""
        for part in parts:
            self.sealers[camera].part(part)

    def group(self, camera: str, count: int = 5, size: int = 3000) -> None:
        """An init part and a group of pictures made by hand."""
        self.put(camera, made_parts(1_000, count, size=size))

    def asking(self, camera: str = "porch", signed_in: Callable[[], bool] = lambda: True) -> Asking:
        """Ada, with a grant for it."""
        return Asking(ADA, self.grants, self.grants.make(camera), signed_in)

    def end(self, grant: Grant) -> None:
        """Revoke it."""
        self.grants.live.discard(grant.id)
        self.views.grant_ended(grant, GrantEnd.REVOKED)

    def stream(self, grant: Grant, shared: SharedPictures | None = None) -> PictureStream:
        """A view's egress without a viewer."""
        opener = ViewOpener()

        def make(alarmed: Callable[[View], None]) -> PictureStream:
            return PictureStream(
                new_handle(secrets.token_bytes), ADA, self.grants, lambda: None, lambda: None, alarmed, page=False,
                opener=opener, shared=shared or SharedPictures(self.config), config=self.config,
            )  # fmt: skip

        stream = self.views.open_delivery(make)
        assert not isinstance(self.views.open_view(stream, grant, opener.public_key, None), Refused)
        return stream

    async def watch(self, viewer: StockViewer, asking: Asking | None = None) -> WhepView:
        """Open a view and let the viewer take the answer."""
        opened = await self.whep.open(asking or self.asking(), await viewer.offer())
        assert isinstance(opened, WhepView), opened
        await viewer.take(opened.answer)
        return opened


class Running:
    """Pictures of one camera going on, as fast as ``step`` is awaited."""

    def __init__(self, house: WhepHouse, camera: str = "porch", size: int = 3000, group: int = 25) -> None:
        self._house, self._camera, self._group = house, camera, group
        self._parts = made_parts(1_000, 2000, size=size)
        self.count = 0
        house.put(camera, self._parts[:1])

    def step(self) -> None:
        """The next picture."""
        part = self._parts[1 + self.count % 2000]
        keyframe = self.count % self._group == 0
        self._house.put(self._camera, [Part(part.kind, keyframe, 1_000 + 40 * self.count, part.octets)])
        self.count += 1
