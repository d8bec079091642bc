"""Commands about displays; see commands.py."""

from collections.abc import Mapping
from typing import Any

from curtilage.cli.asked import Asked
from curtilage.cli.choose import choose
from curtilage.cli.listing import columns
from curtilage.cli.when import read_until


async def display_pair(asked: Asked) -> str:
    """Let a display in by the code it shows."""
    until_ms = read_until(asked.typed.until, asked.now) if asked.typed.until is not None else None
    inside = await asked.inside()
    known = await asked.client.get(f"{inside}/cameras")
    cameras = [choose(known, name, "camera") for name in asked.typed.camera]
    body = {
        "code": asked.typed.code,
        "name": asked.typed.name,
        "cameras": [camera["id"] for camera in cameras],
        "until_ms": until_ms,
    }
    display = await asked.client.post(f"{inside}/displays", body)
    shown = ", ".join(camera["name"] for camera in cameras)
    return asked.said(display, f"{display['name']} is paired. It may show {shown} {asked.until(until_ms)}.")


async def display_list(asked: Asked) -> str:
    """All displays of a home."""
    displays = await asked.client.get(f"{await asked.inside()}/displays")
    rows = [(item["name"], "here" if item["here"] else "not here", _shown(asked, item)) for item in displays]
    return asked.said(displays, columns(("DISPLAY", "NOW", "MAY SHOW"), rows, "No displays yet."))


async def display_wake(asked: Asked) -> str:
    """Wake a display."""
    inside, display = await _display(asked)
    woken = await asked.client.post(f"{inside}/displays/{display['id']}/wake")
    heard = "was told to wake" if woken["here"] else "is not here: its page is closed, or it is switched off"
    return asked.said(woken, f"{display['name']} {heard}.")


async def display_remove(asked: Asked) -> str:
    """Unpair a display."""
    inside, display = await _display(asked)
    await asked.client.delete(f"{inside}/displays/{display['id']}")
    return asked.said({"removed": display["id"]}, f"{display['name']} is unpaired; its grants ended.")


async def _display(asked: Asked) -> tuple[str, Mapping[str, Any]]:
    inside = await asked.inside()
    return inside, choose(await asked.client.get(f"{inside}/displays"), asked.typed.name, "display")


def _shown(asked: Asked, display: Mapping[str, Any]) -> str:
    shown = [f"{grant['camera_name']} {asked.until(grant['until_ms'])}" for grant in display["grants"]]
    return ", ".join(shown) or "no camera"
