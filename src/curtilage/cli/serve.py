"""``curtilage serve``: run until Ctrl-C. On a server without people it prints how to get in."""

from collections.abc import Callable

from curtilage.cli.client import Client, inside
from curtilage.config import Config
from curtilage.main import listen, server, stop_on_signals

_FIRST_HOME = "Home"

Say = Callable[[str], None]


async def serve(config: Config, say: Say = print) -> None:
    """Serve. Raises PortTaken, StoreInUse and what starting raises."""
    loopback = listen(config.port)
    async with server(config, loopback) as ready:
        stop = stop_on_signals()
        async with inside(ready.control) as client:
            code = await _first_code(client)
        say(f"Curtilage is at http://localhost:{ready.port}  (this machine only; Ctrl-C stops it)")
        if code:
            say(f"Nobody lives here yet. Open http://localhost:{ready.port}/set-up and type {code}  (good once)")
        await ready.run(stop)
    say("Stopped.")


async def _first_code(client: Client) -> str:
    """A set-up code when there is no home at all; empty otherwise. Later ones: ``curtilage home create``."""
    if await client.get("/homes"):
        return ""
    made = await client.post("/homes", {"name": _FIRST_HOME})
    return str(made["code"])
