"""Grant checks a second through the real check: 10,000 grants resident, half of the checks refused."""

import asyncio
import random
import secrets
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.web.served import config_in

from benchmarks.figures import Figure
from curtilage.consent.grant import Grant, GranteeKind
from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.errors import Refused
from curtilage.home.actor import Actor, Role
from curtilage.home.device import Device
from curtilage.main import running
from curtilage.web.parts import Parts
from curtilage.wire.identifier import DeviceId, PersonId

GRANTS_COUNT = 10_000
GRANTS_PER_HOME_COUNT = 2_000
CHECKS_COUNT = 300_000
ROUNDS_COUNT = 5


def measure() -> list[Figure]:
    """The median of several rounds; the process does nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        rates = asyncio.run(_rates(Path(folder)))
    return [
        Figure(
            f"grant checks a second, {GRANTS_COUNT:,} resident, half refused",
            300_000,
            sorted(rates)[len(rates) // 2],
            "1/s",
            at_least=True,
            detail={"least": min(rates), "most": max(rates)},
        )
    ]


async def _rates(folder: Path) -> list[float]:
    config = replace(config_in(folder), root_key_file=folder / "keys" / "root.key")
    async with running(config) as parts:
        grants = [grant for _ in range(GRANTS_COUNT // GRANTS_PER_HOME_COUNT) for grant in await _home_of(parts)]
        asked = [_asked(grant, refused=index % 2 == 1) for index, grant in enumerate(grants)]
        random.Random(1).shuffle(asked)
        return [_rate(parts, asked) for _ in range(ROUNDS_COUNT)]


async def _home_of(parts: Parts) -> list[Grant]:
    made = await parts.homes.create(secrets.token_hex(4))
    assert not isinstance(made, Refused)
    home = made.home.id
    actor = Actor(home, None, Role.OWNER)
    camera = await parts.devices.add_camera(home, "porch", "rtsp://127.0.0.1:9/", actor)
    assert isinstance(camera, Device)
    consent = await parts.consents.give(home, None, CAMERA_VIEW)
    added = await parts.persons.add(home, "Ada", Role.MEMBER, actor)
    assert not isinstance(added, Refused)
    person = added.person.id
    making = [
        parts.grants.make(None, home, camera.id, GranteeKind.PERSON, person, None, consent)
        for _ in range(GRANTS_PER_HOME_COUNT)
    ]
    granted = [grant for grant in await asyncio.gather(*making) if isinstance(grant, Grant)]
    assert len(granted) == GRANTS_PER_HOME_COUNT
    return granted


def _asked(grant: Grant, *, refused: bool) -> tuple[str, PersonId | DeviceId]:
    """A check that succeeds, or one of the two that do not: an unknown handle, somebody else's."""
    if not refused:
        return grant.handle, grant.grantee
    return (secrets.token_urlsafe(32), grant.grantee) if secrets.randbits(1) else (grant.handle, PersonId("x" * 26))


def _rate(parts: Parts, asked: list[tuple[str, PersonId | DeviceId]]) -> float:
    check, refused = parts.grants.check, 0
    begun = time.perf_counter()
    for _ in range(CHECKS_COUNT // len(asked)):
        for handle, grantee in asked:
            if isinstance(check(handle, grantee), Refused):
                refused += 1
    seconds = time.perf_counter() - begun
    assert refused == CHECKS_COUNT // 2, "half of the checks must be refused"
    return CHECKS_COUNT / seconds
