"""Every command that is a question or an order to the API. Each returns what is to be printed.

A command gets names from the person, looks up the ids, calls the API once, and says in a sentence what it did.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from curtilage.cli.activity import activity
from curtilage.cli.asked import Asked
from curtilage.cli.certificate import certificate_renew, certificate_show
from curtilage.cli.choose import choose, choose_grant
from curtilage.cli.display import display_list, display_pair, display_remove, display_wake
from curtilage.cli.listing import columns
from curtilage.cli.when import read_until

_CONNECTING_POLL_S = 0.2
_ADDRESS_LENGTH_MAX = 4096
"""Of what is read from standard input; the server knows the real bound."""


_SOUND: Mapping[str, str] = {"off": "off", "none": "on, but it sends none that can be played", "on": "on"}
Command = Callable[[Asked], Awaitable[str]]


async def home_create(asked: Asked) -> str:
    """A home and its set-up code."""
    made = await asked.client.post("/homes", {"name": asked.typed.name})
    return asked.said(made, f"{made['name']} is made. Set-up code for its first owner, good once: {made['code']}")


async def home_list(asked: Asked) -> str:
    """All homes."""
    homes = await asked.client.get("/homes")
    rows = [(home["name"], home["id"]) for home in homes]
    return asked.said(homes, columns(("HOME", "ID"), rows, "No homes yet."))


async def home_code(asked: Asked) -> str:
    """Another set-up code."""
    home = choose(await asked.client.get("/homes"), asked.typed.name, "home")
    made = await asked.client.post(f"/homes/{home['id']}/codes")
    return asked.said(made, f"Set-up code for one more owner of {home['name']}, good once: {made['code']}")


async def person_add(asked: Asked) -> str:
    """A person and the joining code."""
    body = {"name": asked.typed.name, "role": "owner" if asked.typed.owner else "member"}
    made = await asked.client.post(f"{await asked.inside()}/persons", body)
    return asked.said(made, f"{made['name']} is invited as {made['role']}. Joining code, good once: {made['code']}")


async def person_list(asked: Asked) -> str:
    """All persons of a home."""
    persons = await asked.client.get(f"{await asked.inside()}/persons")
    rows = [(item["name"], item["role"], "yes" if item["signs_in"] else "not yet") for item in persons]
    return asked.said(persons, columns(("PERSON", "ROLE", "JOINED"), rows, "Nobody yet."))


async def person_remove(asked: Asked) -> str:
    """End a membership."""
    inside = await asked.inside()
    person = choose(await asked.client.get(f"{inside}/persons"), asked.typed.name, "person")
    await asked.client.delete(f"{inside}/persons/{person['id']}")
    return asked.said({"removed": person["id"]}, f"{person['name']} is no longer in this home; the grants ended.")


async def person_code(asked: Asked) -> str:
    """A new code."""
    inside = await asked.inside()
    person = choose(await asked.client.get(f"{inside}/persons"), asked.typed.name, "person")
    made = await asked.client.post(f"{inside}/persons/{person['id']}/codes")
    return asked.said(made, f"Code for {person['name']}, good once: {made['code']}")


async def account_close(asked: Asked) -> str:
    """Close an account."""
    await asked.client.post("/accounts/closed", {"account": asked.typed.name})
    words = f"{asked.typed.name} is closed; a home without an owner gets one by: curtilage home code NAME"
    return asked.said({"closed": asked.typed.name}, words)


async def camera_add(asked: Asked) -> str:
    """Add a camera, and wait a little for its first picture."""
    inside = await asked.inside()
    body = {"name": asked.typed.name, "address": _address(asked.typed.address)}
    if asked.typed.sub:
        body["sub_address"] = _address(asked.typed.sub)
    camera = await _settled(asked, inside, await asked.client.post(f"{inside}/cameras", body))
    hint = "Nobody may see it yet: curtilage grant make PERSON CAMERA"
    return asked.said(camera, f"{camera['name']} is added. {_how(camera)}\n{hint}")


def _address(typed: str) -> str:
    """``-``: the first line of standard input, so that the camera's password stays out of ``ps`` and the history."""
    return sys.stdin.readline(_ADDRESS_LENGTH_MAX).strip() if typed == "-" else typed


async def camera_find(asked: Asked) -> str:
    """What answers on the server's network."""
    found = await asked.client.post(f"{await asked.inside()}/cameras/find")
    rows = [(item["address"], item["called"], item["hardware"], "added" if item["added"] else "") for item in found]
    listing = columns(("ADDRESS", "CALLED", "HARDWARE", ""), rows, "No camera answered.")
    hint = "\nAdd one with its own user name and password: curtilage camera add NAME onvif://USER:PASSWORD@HOST"
    return asked.said(found, listing + (hint if found else ""))


async def camera_list(asked: Asked) -> str:
    """All cameras of a home."""
    cameras = await asked.client.get(f"{await asked.inside()}/cameras")
    rows = [(camera["name"], camera["state"], _how(camera)) for camera in cameras]
    return asked.said(cameras, columns(("CAMERA", "STATE", "WORDS"), rows, "No cameras yet."))


async def camera_status(asked: Asked) -> str:
    """One camera, or all."""
    inside = await asked.inside()
    cameras = await asked.client.get(f"{inside}/cameras")
    if asked.typed.name is None:
        settled = [await _settled(asked, inside, camera) for camera in cameras]
        return asked.said(settled, "\n".join(map(_status, settled)) or "No cameras yet.")
    camera = await _settled(asked, inside, choose(cameras, asked.typed.name, "camera"))
    return asked.said(camera, _status(camera))


async def camera_remove(asked: Asked) -> str:
    """Remove a camera."""
    inside = await asked.inside()
    camera = choose(await asked.client.get(f"{inside}/cameras"), asked.typed.name, "camera")
    await asked.client.delete(f"{inside}/cameras/{camera['id']}")
    return asked.said({"removed": camera["id"]}, f"{camera['name']} is removed; its grants ended.")


async def camera_unlock(asked: Asked) -> str:
    """Unlock a camera."""
    inside = await asked.inside()
    camera = choose(await asked.client.get(f"{inside}/cameras"), asked.typed.name, "camera")
    await asked.client.post(f"{inside}/cameras/{camera['id']}/unlock")
    return asked.said({"unlocked": camera["id"]}, f"{camera['name']} is unlocked.")


async def camera_trust(asked: Asked) -> str:
    """Choose the key that a camera under TLS is known by."""
    inside = await asked.inside()
    camera = choose(await asked.client.get(f"{inside}/cameras"), asked.typed.name, "camera")
    await asked.client.post(f"{inside}/cameras/{camera['id']}/trust", {"fingerprint": asked.typed.key})
    return asked.said({"trusted": camera["id"]}, f"{camera['name']} is known by this key from now on, and by no other.")


async def camera_sound(asked: Asked) -> str:
    """Switch a camera's sound."""
    inside, on = await asked.inside(), asked.typed.switch == "on"
    camera = choose(await asked.client.get(f"{inside}/cameras"), asked.typed.name, "camera")
    await asked.client.put(f"{inside}/cameras/{camera['id']}/sound", {"on": on})
    heard = "Whoever may see it can turn its sound on." if on else "Nobody hears it, and it is not asked for its sound."
    return asked.said(
        {"camera": camera["id"], "sound": on}, f"The sound of {camera['name']} is {asked.typed.switch}. {heard}"
    )


async def grant_make(asked: Asked) -> str:
    """Let a person see a camera."""
    until_ms = read_until(asked.typed.until, asked.now) if asked.typed.until is not None else None
    inside = await asked.inside()
    person = choose(await asked.client.get(f"{inside}/persons"), asked.typed.person, "person")
    camera = choose(await asked.client.get(f"{inside}/cameras"), asked.typed.camera, "camera")
    body = {"person": person["id"], "camera": camera["id"], "until_ms": until_ms}
    grant = await asked.client.post(f"{inside}/grants", body)
    return asked.said(grant, f"{person['name']} may see {camera['name']} {asked.until(grant['until_ms'])}.")


async def grant_list(asked: Asked) -> str:
    """All live grants of a home."""
    grants = await asked.client.get(f"{await asked.inside()}/grants")
    rows = [
        (item["grantee_name"], item["camera_name"], asked.until(item["until_ms"]), _watching(item), item["id"])
        for item in grants
    ]
    titles = ("WHO", "MAY SEE", "UNTIL", "NOW", "ID")
    return asked.said(grants, columns(titles, rows, "Nobody may see a camera of this home."))


async def grant_revoke(asked: Asked) -> str:
    """End a grant."""
    inside = await asked.inside()
    grants = await asked.client.get(f"{inside}/grants")
    grant = choose_grant(grants, asked.typed.person, asked.typed.camera)
    stopped = await asked.client.delete(f"{inside}/grants/{grant['id']}")
    words = f"Revoked. The picture stopped after {max(stopped['stopped_ms'], 1) / 1000:.3f} s."
    return asked.said(stopped, words)


COMMANDS: Mapping[tuple[str, str | None], Command] = {
    ("home", "create"): home_create,
    ("home", "list"): home_list,
    ("home", "code"): home_code,
    ("person", "add"): person_add,
    ("person", "list"): person_list,
    ("person", "remove"): person_remove,
    ("person", "code"): person_code,
    ("account", "close"): account_close,
    ("camera", "add"): camera_add,
    ("camera", "find"): camera_find,
    ("camera", "list"): camera_list,
    ("camera", "status"): camera_status,
    ("camera", "remove"): camera_remove,
    ("camera", "unlock"): camera_unlock,
    ("camera", "trust"): camera_trust,
    ("camera", "sound"): camera_sound,
    ("grant", "make"): grant_make,
    ("grant", "list"): grant_list,
    ("grant", "revoke"): grant_revoke,
    ("display", "pair"): display_pair,
    ("display", "list"): display_list,
    ("display", "wake"): display_wake,
    ("display", "remove"): display_remove,
    ("certificate", "show"): certificate_show,
    ("certificate", "renew"): certificate_renew,
    ("activity", None): activity,
}
"""Noun and verb as arguments.py has them."""


async def _settled(asked: Asked, inside: str, camera: Mapping[str, Any]) -> Mapping[str, Any]:
    """The camera once it is known whether it answers, or as it is after ``connecting_wait_s``."""
    polls = int(asked.connecting_wait_s / _CONNECTING_POLL_S)
    for _ in range(polls):
        if camera["state"] != "connecting":
            break
        await asyncio.sleep(_CONNECTING_POLL_S)
        camera = await asked.client.get(f"{inside}/cameras/{camera['id']}")
    return camera


def _how(camera: Mapping[str, Any]) -> str:
    return f"{camera['words']} {camera['do']}".strip()


def _status(camera: Mapping[str, Any]) -> str:
    kept = f"{camera['cached_bytes'] / 1024:.0f} KiB sealed in memory"
    trust = f", known by {camera['trust']}" if camera["trust"] else ""
    sound = f", sound {_SOUND[camera['sound']]}"
    return f"{_how(camera)} ({kept}, watched {camera['views_count']} times{sound}{trust})"


def _watching(grant: Mapping[str, Any]) -> str:
    return "watching" if grant["views_count"] else ""
