"""What a page must know of a camera to show its tile: the grant's handle, and how old a picture may be."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from curtilage.cameras.cameras import CameraStatus
from curtilage.consent.grant import Grant
from curtilage.home.actor import Actor
from curtilage.web.api.api_cameras import cameras_seen
from curtilage.web.parts import Parts
from curtilage.wire.identifier import DeviceId

_FOREVER_MS = 2**63


@dataclass(frozen=True, slots=True)
class CameraTile:
    """One tile. ``handle`` empty: the visitor has no grant."""

    id: DeviceId
    name: str = field(repr=False)
    handle: str = field(repr=False)
    until_ms: int | None
    stale_ms: int
    neutral_ms: int
    added_ms: int
    sound: str
    """``off``, ``none`` or ``on``; see CameraStatus."""

    @property
    def chip(self) -> str:
        """Its words before the script has any."""
        return f"{self.name}, connecting" if self.handle else f"{self.name}, no picture"


def tiles(parts: Parts, actor: Actor) -> list[CameraTile]:
    """The cameras the visitor may know of, oldest first, each with the visitor's own longest grant."""
    own = longest_grants(parts.grants.of_grantee(actor.home, actor.person) if actor.person is not None else ())
    made = [tile_of(parts, status, own.get(status.device.id)) for status in cameras_seen(parts, actor)]
    return sorted(made, key=lambda tile: (tile.added_ms, tile.id))


def longest_grants(grants: Iterable[Grant]) -> dict[DeviceId, Grant]:
    """For each camera the grant that ends last."""
    longest: dict[DeviceId, Grant] = {}
    for grant in grants:
        known = longest.get(grant.camera)
        if known is None or _end(grant) > _end(known):
            longest[grant.camera] = grant
    return longest


def _end(grant: Grant) -> int:
    return grant.until_ms if grant.until_ms is not None else _FOREVER_MS


def tile_of(parts: Parts, status: CameraStatus, grant: Grant | None) -> CameraTile:
    """The camera's tile for whoever has ``grant``."""
    return CameraTile(
        id=status.device.id,
        name=status.device.name,
        handle=grant.handle if grant is not None else "",
        until_ms=grant.until_ms if grant is not None else None,
        stale_ms=parts.config.view_stale_ms,
        neutral_ms=parts.config.view_neutral_ms,
        added_ms=status.device.added_ms,
        sound=status.sound,
    )
