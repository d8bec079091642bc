"""A home with one of everything, things that are over, and a stranger's home beside it."""

import base64
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from curtilage.cameras.hls.hls import HlsAddress
from curtilage.cameras.media.audio_codec import AudioFrame
from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.cameras.webrtc.whep_view import Asking, WhepView
from curtilage.consent.grant import Grant, GranteeKind
from curtilage.home.display import Display, PairedDisplay
from curtilage.home.pairing import Pairing
from curtilage.home.person import NewPerson, Person
from curtilage.home.session import Session
from curtilage.web.problem import Kind
from curtilage.wire.identifier import DeviceId, HomeId
from curtilage.wire.sealed_part import Track
from curtilage.wire.view_key import ViewPublicKey
from tests.cameras.hls_reader import read_playlist
from tests.cameras.sound_parts import OPUS, SoundParts
from tests.cameras.whep_side import OFFER, made_parts
from tests.web.cases import Case, Who, filled
from tests.web.house import NOBODY_LISTENS, PASSWORD, Answer, Browser, House, house
from tests.web.pushed import Pushing

NEVER = "abcdefghijklmnopqrstuvwxyz"
"""The form of an identifier; nobody's."""
NEVER_HANDLE = "A" * 43
_TLS = NOBODY_LISTENS.replace("rtsp:", "rtsps:")


def view_key() -> ViewPublicKey:
    """A page's new key."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return ViewPublicKey(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


@dataclass(frozen=True)
class World:
    """See the module's text. ``names``: what stands for the words in braces of cases.py."""

    house: House
    owner: Session
    member: Session
    home: HomeId
    names: Mapping[str, str]
    display: PairedDisplay
    waiting: Pairing
    over: Mapping[str, str]
    """As ``names``, of things that were there: removed, revoked, expired."""

    def never(self, **kept: str) -> Mapping[str, str]:
        """As ``names``, of things that never were."""
        handles = {"stream", "handle", "live", "whep"}
        made_up = {name: NEVER_HANDLE if name in handles else NEVER for name in self.names}
        numbers = {"position": "999999", "view": "999999", "code": "BBBBBBBB", "waiting_code": "BBBBBBBB"}
        return {**made_up, **numbers, "key": self.names["key"], "pass": PASSWORD, **kept}

    def browser(self, who: Who) -> Browser:
        """Whoever may."""
        sessions = {Who.OWNER: self.owner, Who.MEMBER: self.member}
        if who is Who.DISPLAY:
            return self.house.display(self.display)
        if who is Who.WAITING:
            return self.house.display(replace(self.display, token=self.waiting.secret))
        return self.house.operator() if who is Who.OPERATOR else self.house.browser(sessions.get(who))

    async def state(self) -> tuple[object, ...]:
        """All that a wall which gave way would have changed."""
        parts, home = self.house.parts, self.home
        entries = await parts.ledger.entries(home, None, 1)
        devices = (*parts.devices.of_home(home), *parts.displays.of_home(home))
        things = (parts.persons.of_home(home), devices, parts.grants.of_home(home))
        return entries[0].position, *(tuple(thing) for thing in things), parts.views.count()


async def ask_case(browser: Browser, case: Case, names: Mapping[str, str], **headers: str) -> Answer:
    """The case's request with these names."""
    value, form = filled(case.value, names), filled(case.form, names)
    if case.sdp is not None:
        headers |= {"content_type": case.sdp[0], "if_match": "*"}
        browser = replace(browser, body=case.sdp[1].encode())
    return await browser.ask(case.method, filled(case.path, names), value, form, **headers)


@contextlib.asynccontextmanager
async def world(folder: Path, **settings: float | str) -> AsyncIterator[World]:
    """Rose house: Alma owns it, Ada has a grant for its porch. It has a public name."""
    async with house(folder, **({"public_name": "rose.home.arpa"} | settings)) as made:
        yield await make_world(made, "Rose house", "Alma", "Ada")


async def make_world(made: House, name: str, owner: str, member: str) -> World:
    """A home with one of everything."""
    home, owned = await made.home(name, owner)
    person, session = await made.member(home, member)
    camera = await made.camera(home, f"{name} porch", _TLS, NOBODY_LISTENS)  # has a key to trust, and a sub stream
    grant = await make_grant(made, home, camera, person)
    stream, view = open_view(made, session, grant)
    waiting = await made.parts.persons.add(home, f"{member} to be", person.role, made.by_operator(home))
    assert isinstance(waiting, NewPerson)
    shown = made.parts.pairings.start(None, f"{name} hall")
    assert isinstance(shown, Pairing)
    display = await made.paired(home, f"{name} tablet")
    await make_grant(made, home, camera, display.display)
    names = {
        "home": home,
        "display": display.display.id,
        "code": waiting_code(made, name),
        "waiting_code": shown.code.replace("-", ""),
        "person": person.id,
        "waiting": waiting.person.id,
        "camera": camera,
        "grant": grant.id,
        "handle": grant.handle,
        "stream": stream.handle,
        "view": str(view),
        **await open_hls(made, session, grant),
        "whep": await open_whep(made, session, grant),
        "key": base64.urlsafe_b64encode(view_key().point).decode().rstrip("="),
        "consent": str(made.parts.consents.stands(home, "camera_view")),
        "position": "0",
        "slug": Kind.NOT_FOUND.slug,
        "path:path": "console/console.css",
        "pass": PASSWORD,
        "set_up_code": await _set_up_code(made),
    }
    return World(
        made,
        owned,
        session,
        home,
        names,
        display,
        shown,
        {**names, **await _things_over(made, home, name, person, grant)},
    )


def waiting_code(made: House, address: str) -> str:
    """A display elsewhere waits with this code."""
    pairing = made.parts.pairings.start(None, address)
    assert isinstance(pairing, Pairing)
    return pairing.code.replace("-", "")


async def make_grant(
    made: House, home: HomeId, camera: DeviceId, to: Person | Display, until_ms: int | None = None
) -> Grant:
    """A live grant."""
    kind = GranteeKind.DISPLAY if isinstance(to, Display) else GranteeKind.PERSON
    consent = await made.parts.consents.give(home, None, "camera_view")
    grant = await made.parts.grants.make(None, home, camera, kind, to.id, until_ms, consent)
    assert isinstance(grant, Grant)
    return grant


@dataclass(frozen=True)
class Neighbours:
    """Ada may see the porch of her home; somebody next door may see their hall."""

    home: HomeId
    session: Session
    """Ada's."""
    own: Grant
    strange: Grant


async def neighbours(made: House) -> Neighbours:
    """Two homes on one server."""
    home, _ = await made.home("Rose house", "Alma")
    other, _ = await made.home("Birch flat", "Bo")
    ada, session = await made.member(home, "Ada")
    cid, _ = await made.member(other, "Cid")
    own = await make_grant(made, home, await made.camera(home, "Porch"), ada)
    return Neighbours(home, session, own, await make_grant(made, other, await made.camera(other, "Hall"), cid))


def open_view(made: House, session: Session, grant: Grant) -> tuple[SealedStream, int]:
    """A page's stream with one view on it, without a connection under it."""
    stream = made.parts.views.open_stream(
        session.account, made.parts.grants, lambda: None, lambda: None, session.digest
    )
    assert isinstance(stream, SealedStream)
    opened = made.parts.views.open_view(stream, grant, view_key(), None)
    assert isinstance(opened, tuple)
    return stream, opened[0].number


async def open_hls(made: House, session: Session, grant: Grant) -> dict[str, str]:
    """An address for a player without cookies of a camera that is seen and heard, and what its playlist names."""
    await _sound(made, grant)
    tracks = [Pushing(made, grant.camera, track) for track in (Track.MAIN, Track.SUB)]
    for pushing in tracks:
        pushing.push(60)
    address = made.parts.hls.open(grant, made.parts.grants, session.account, by_session=False)
    assert isinstance(address, HlsAddress)
    found = made.parts.hls.packager(address.handle)
    assert found is not None
    for track in (Track.SUB, Track.AUDIO):
        assert made.parts.hls.packager(address.handle, track) is not None
    for pushing in tracks:  # beside sound a first segment is a whole one
        pushing.push(60)
    for part in SoundParts(made.parts.clock.now(), OPUS).pass_ms(1000):
        made.parts.hls._taps[grant.camera, Track.AUDIO].part(part)
    (first, *_) = read_playlist(found[1].text(skip=False, first_epoch=0) or b"").segments
    piece = (first.uri or "").removeprefix("/parts/")
    return {"live": address.handle, "epoch_key": first.key_uri.removeprefix("keys/"), "piece": piece}


async def _sound(made: House, grant: Grant) -> None:
    """It is switched on, and something comes."""
    assert await made.parts.cameras.switch_sound(made.by_operator(grant.home), grant.camera, on=True)
    track = made.parts.views.sound_of(grant.camera)
    assert track is not None
    track.audio_changed(OPUS)
    for number in range(50):
        track.audio_frame(AudioFrame(b"\xf8sound", number * 960, 960))


async def open_whep(made: House, session: Session, grant: Grant) -> str:
    """A view by WebRTC whose viewer never comes; the camera has one picture."""
    shown = made.parts.views._cameras[grant.camera]
    for part in made_parts(made.parts.clock.now()):
        shown.sealers[0].part(part)
    asking = Asking(session.account, made.parts.grants, grant, lambda: True)
    opened = await made.parts.whep.open(asking, OFFER.encode())
    assert isinstance(opened, WhepView), opened
    return opened.handle


async def _set_up_code(made: House) -> str:
    home: Any = await made.parts.homes.create("Elm")
    return str(home.code)


async def _things_over(made: House, home: HomeId, name: str, person: Person, grant: Grant) -> Mapping[str, str]:
    left, session = await made.member(home, f"{name} guest")
    camera = await made.camera(home, f"{name} shed", sub_address=NOBODY_LISTENS)
    revoked = await make_grant(made, home, camera, left)
    stream, view = open_view(made, session, revoked)
    hls = await open_hls(made, session, revoked)
    whep = await open_whep(made, session, revoked)
    await made.parts.grants.revoke(home, revoked.id, None)
    await made.parts.persons.remove(home, left.id, made.by_operator(home))
    gone = await made.paired(home, f"{name} old tablet")
    assert await made.parts.displays.unpair(home, gone.display.id, made.by_operator(home))
    await made.parts.cameras.remove(made.by_operator(home), camera)
    assert made.parts.grants.still(grant)
    assert person.account is not None
    return {
        "person": left.id,
        "display": gone.display.id,
        "waiting": left.id,
        "camera": camera,
        "grant": revoked.id,
        "handle": revoked.handle,
        "stream": stream.handle,
        "view": str(view),
        **hls,
        "whep": whep,
    }
