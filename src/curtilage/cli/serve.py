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
        await ready.run(stop, lambda: say(welcome(ready.port, code)))
    say("Stopped.")


def welcome(port: int, code: str) -> str:
    """What is printed when it runs; ``code`` empty when somebody lives here already."""
    said = f"Curtilage is at http://localhost:{port}  (this machine only; Ctrl-C stops it)"
    if code:
        said += f"\nNobody lives here yet. Open http://localhost:{port}/set-up and type {code}  (good once)"
    return said


async def _first_code(client: Client) -> str:
    """A set-up code when there is no home at all; empty otherwise. Later ones: ``curtilage home create``."""
    if await client.get("/homes"):
        return ""
    made = await client.post("/homes", {"name": _FIRST_HOME})
    return str(made["code"])
