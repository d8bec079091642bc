"""What a display shows: one tile for each camera it has a grant for."""

from curtilage.home.display import Display
from curtilage.web.pages.pages_tile import CameraTile, longest_grants, tile_of
from curtilage.web.parts import Parts


def shown_cameras(parts: Parts, display: Display) -> list[CameraTile]:
    """Oldest camera first, each with its longest grant."""
    grants = longest_grants(parts.grants.of_grantee(display.home, display.id))
    made = []
    for camera, grant in grants.items():
        status = parts.cameras.status(display.home, camera)
        if status is not None:
            made.append(tile_of(parts, status, grant))
    return sorted(made, key=lambda tile: (tile.added_ms, tile.id))
