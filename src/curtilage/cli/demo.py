"""``curtilage demo``: two homes with simulated cameras in a folder that is thrown away at the end.

It is made through the API like everything else, so what it shows is what a household would get. Nothing of the real
server is touched: its data folder, its root key and its port are not looked at.
"""

import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from curtilage.cli.client import Client, inside
from curtilage.config import Config, this_machine_only
from curtilage.main import listen, server, stop_on_signals

_CODE_USES_COUNT = 20
_PASSWORD_BYTES = 24


@dataclass(frozen=True, slots=True)
class DemoHome:
    """A home of the demo, with one simulated camera."""

    name: str = field(repr=False)
    camera: str
    address: str = field(repr=False)
    owner: str
    member: str | None = None


HOMES = (
    DemoHome("Rose house", "Porch", "sim:Rose%20house?scene=porch&home=1&camera=1", owner="Alma", member="Ada"),
    DemoHome("Birch flat", "Hall", "sim:Birch%20flat?scene=hall&home=2&camera=1", owner="Bo"),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Whom a code lets in."""

    person: str
    home: str
    role: str
    code: str = field(repr=False)


Say = Callable[[str], None]


async def demo(config: Config, say: Say = print) -> None:
    """Make it, serve it, throw it away. Raises PortTaken and what starting raises."""
    loopback, stop = listen(config.port), stop_on_signals()
    try:
        with tempfile.TemporaryDirectory(prefix="curtilage-demo-") as folder:
            key = Path(folder, "keys", "root.key")
            thrown_away = replace(this_machine_only(config), data_folder=Path(folder, "data"), root_key_file=key)
            async with server(thrown_away, loopback) as ready:
                async with inside(ready.control) as client:
                    sign_ins = [item for home in HOMES for item in await make_home(client, home)]
                await ready.run(stop, lambda: say(welcome(ready.port, sign_ins)))
    finally:
        loopback.close()
    say("Stopped. The demo's folder is gone.")


async def make_home(client: Client, home: DemoHome) -> list[SignIn]:
    """The home, its camera, its people and their grants; returns how they sign in."""
    made = await client.post("/homes", {"name": home.name})
    path = f"/homes/{made['id']}"
    await _join(client, made["code"], home.owner)
    if home.member is not None:
        joining = await client.post(f"{path}/persons", {"name": home.member, "role": "member"})
        await _join(client, joining["code"], home.member)
    camera = await client.post(f"{path}/cameras", {"name": home.camera, "address": home.address})
    sign_ins = []
    for person in await client.get(f"{path}/persons"):
        await client.post(f"{path}/grants", {"camera": camera["id"], "person": person["id"]})
        code = await client.post(f"{path}/persons/{person['id']}/codes", {"uses": _CODE_USES_COUNT})
        sign_ins.append(SignIn(person["name"], home.name, person["role"], code["code"]))
    return sign_ins


async def _join(client: Client, code: str, name: str) -> None:
    """As the person would on the set-up page. Nobody will ever know the password: the demo signs in by code."""
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    await client.post("/setup", {"code": code, "account": name, "password": password})


def welcome(port: int, sign_ins: list[SignIn]) -> str:
    """What is printed: where to go, and with which code."""
    lines = [
        "",
        "  Curtilage demo: two homes, each with a simulated camera.",
        "",
        f"  Open   http://localhost:{port}",
        "",
        "  Sign in with a code:",
    ]
    width = max(len(item.person) for item in sign_ins)
    lines += [f"    {item.code}   {item.person:<{width}}   {item.role} of {item.home}" for item in sign_ins]
    lines += [
        "",
        "  Try: sign in as Ada, watch the porch, then revoke her grant as Alma in another browser.",
        "  Ctrl-C stops it; nothing is kept.",
        "",
    ]
    return "\n".join(lines)
