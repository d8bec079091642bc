"""``curtilage serve``: run until Ctrl-C. On a server without people it prints how to get in."""

from collections.abc import Callable

from curtilage.cli.client import Client, inside
from curtilage.config import Config
from curtilage.main import Server, listen, listen_outside, server, stop_on_signals

_FIRST_HOME = "Home"

Say = Callable[[str], None]


async def serve(config: Config, say: Say = print) -> None:
    """Serve. Raises DoorRefused, PortTaken, StoreInUse and what starting raises."""
    loopback = listen(config.port)
    try:
        public = listen_outside(config)
    except BaseException:
        loopback.close()
        raise
    stop = stop_on_signals()
    async with server(config, loopback, public) as ready:
        async with inside(ready.control) as client:
            code = await _first_code(client)
        await ready.run(stop, lambda: say(welcome(ready.port, code) + outside(ready)))
    say("Stopped.")


def welcome(port: int, code: str) -> str:
    """What is printed when it runs; ``code`` empty when somebody lives here already."""
    said = f"Curtilage is at http://localhost:{port}  (this machine only; Ctrl-C stops it)"
    if code:
        said += f"\nNobody lives here yet. Open http://localhost:{port}/set-up and type {code}  (good once)"
    return said


def outside(ready: Server) -> str:
    """What is printed about other machines; empty when they reach nothing."""
    if ready.place is None:
        return ""
    whose = "Other machines" if ready.place.listen is not None else "What forwards to this machine"
    said = f"\n{whose}: {ready.place.origin}"
    if ready.install_address:
        said += f"  (each has to trust it once: {ready.install_address} shows how; curtilage certificate show)"
    return f"{said}\n{ready.plain_lan_warning}" if ready.plain_lan_warning else said


async def _first_code(client: Client) -> str:
    """A set-up code as long as nobody lives here; the first home is made with it. Empty otherwise."""
    homes = await client.get("/homes")
    if not homes:
        made = await client.post("/homes", {"name": _FIRST_HOME})
        return str(made["code"])
    for home in homes:
        persons = await client.get(f"/homes/{home['id']}/persons")
        if any(person["signs_in"] for person in persons):
            return ""
    made = await client.post(f"/homes/{homes[0]['id']}/codes")
    return str(made["code"])
