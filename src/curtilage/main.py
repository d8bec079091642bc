"""Joins the parts: the only place that constructs adapters, and the order in which things start and stop.

Start: settings, root key, vault, store, clock (raised to the highest time ever stored), homes with their keys, ledgers,
grants, consents, then cameras and the application. Whatever is read at start is checked there; a problem is an error
with words, before anything is served. Stop: the other way round; nothing is left half done, because every write is
whole or not at all.
"""

import asyncio
import contextlib
import functools
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from starlette.types import ASGIApp

from curtilage.background import highest_ms, in_background, persist_at_end
from curtilage.cameras.cameras import Cameras
from curtilage.cameras.hls.hls import Hls
from curtilage.cameras.input.process_places import ProcessPlaces
from curtilage.cameras.input.source import Source
from curtilage.cameras.onvif.onvif_network import CameraSearch
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sounds import Sounds
from curtilage.cameras.source_kind import make_source
from curtilage.cameras.views.views import Views
from curtilage.cameras.webrtc.ice_servers import IceServers
from curtilage.cameras.webrtc.ice_tcp import IceTcp
from curtilage.cameras.webrtc.peer import MakePeer
from curtilage.cameras.webrtc.whep import Whep
from curtilage.cameras.webrtc.whep_address import WhepAddresses
from curtilage.clock import MS_PER_SECOND, NS_PER_MS, Clock, SystemClock
from curtilage.config import Config
from curtilage.consent.camera_lock import CameraLockFile
from curtilage.consent.consent import Consents
from curtilage.consent.grants import Grants
from curtilage.consent.ledger import Ledger
from curtilage.errors import CurtilageError
from curtilage.home.account import Accounts
from curtilage.home.activity import Activity
from curtilage.home.camera_sound import CameraSounds
from curtilage.home.code import Codes
from curtilage.home.device import Devices
from curtilage.home.display import Displays
from curtilage.home.home import Homes
from curtilage.home.pairing import Pairings
from curtilage.home.password import Passwords
from curtilage.home.person import Persons
from curtilage.home.root_key_check import check_root_key
from curtilage.home.session import Sessions
from curtilage.store.sqlite import SqliteStore
from curtilage.store.store import StoreInUse
from curtilage.vault.root_key import RootKey
from curtilage.vault.secret_file import SecretKind, read_secret
from curtilage.vault.vault import Vault
from curtilage.web.app import make_app
from curtilage.web.certificates import Certificates
from curtilage.web.display_news import DisplayNews
from curtilage.web.ice_tcp_listening import listen_ice_tcp
from curtilage.web.install_door import make_install_door
from curtilage.web.open_connections import OpenConnections
from curtilage.web.parts import Parts
from curtilage.web.plain_lan import WARNING as PLAIN_LAN_WARNING
from curtilage.web.plain_lan import record_plain_lan
from curtilage.web.public_listening import PublicListening, listen_public
from curtilage.web.public_place import PublicPlace, public_place
from curtilage.web.server import Doorway, Listening, PortTaken, listen_loopback, serve
from curtilage.wire.identifier import HomeId

_LOCK_FILE = "camera.lock"
_WEBRTC_MODULES = frozenset({"aiortc", "aioice", "av", "OpenSSL", "pylibsrtp"})
"""What the extra ``webrtc`` brings."""


@contextlib.asynccontextmanager
async def running(config: Config) -> AsyncIterator[Parts]:
    """Every part, started; stopped on leaving. Raises what the rooms raise (StoreInUse, RootKeyUnusable and so on)."""
    entropy = secrets.token_bytes
    may_create = not SqliteStore.exists(config.data_folder)
    root = RootKey.load_or_create(config.root_key_file, config.data_folder, entropy, may_create=may_create)
    store = SqliteStore.open(config.data_folder, config)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        vault = Vault(root, entropy)
        await check_root_key(store, vault, config.root_key_file)
        clock = SystemClock(await highest_ms(store))
        parts = await _make_parts(config, store, vault, clock, stack)
        clock.raise_floor(parts.ledger.newest_ms())
        await parts.grants.settle()  # what was changed from outside stands in the ledger before anybody is served
        await parts.consents.settle()
        parts.cameras.start([home.id for home in parts.homes.all()])
        stack.push_async_callback(parts.cameras.close)
        stack.callback(parts.ice_tcp.close)
        stack.push_async_callback(parts.whep.settle)
        stack.callback(parts.views.close_all)
        stack.push_async_callback(persist_at_end, store, clock)
        await stack.enter_async_context(in_background(parts, store, clock))
        yield parts


async def _make_parts(
    config: Config, store: SqliteStore, vault: Vault, clock: Clock, stack: contextlib.AsyncExitStack
) -> Parts:
    """In the order of ARCHITECTURE.md's contracts: whatever is asked for by another part is made before it."""
    entropy, place = secrets.token_bytes, public_place(config)
    lock_file = CameraLockFile(config.data_folder / _LOCK_FILE, config.unrecorded_ends_count_max)
    cache = Cache(config)
    views = Views(cache, config, entropy)
    ledger = Ledger(store, vault, clock, config, entropy)
    hls = Hls(views.alarm_by, clock, config, entropy)
    whep_addresses, ice_servers, ice_tcp = WhepAddresses(clock, config, entropy), _ice_servers(config), _ice_tcp(config)
    grants = Grants(store, vault, ledger, clock, config, entropy, [views, hls, whep_addresses], lock_file)
    consents = Consents(store, ledger, grants, clock, entropy)
    codes = Codes(store, vault, ledger, clock, config, entropy)
    homes = Homes(store, vault, ledger, consents, codes, clock, config, entropy)
    sessions = Sessions(store, vault, ledger, clock, config, entropy)
    persons = Persons(store, vault, ledger, consents, grants, codes, sessions, clock, config, entropy)
    devices = Devices(store, vault, ledger, consents, grants, clock, config, entropy)
    sounds = CameraSounds(store, ledger, consents, devices)
    pairings = Pairings(vault, clock, config, entropy)
    displays = Displays(store, vault, ledger, consents, grants, pairings, clock, config, entropy)
    passwords = Passwords(config, entropy)
    accounts = Accounts(store, vault, ledger, homes, persons, sessions, codes, passwords, clock, config, entropy)

    processes = ProcessPlaces(config)

    def source_of(address: str, home: HomeId) -> Source:
        return make_source(address, config, clock, entropy, processes.of(home))

    heard = Sounds(sounds, views, cache, clock, config, entropy, hls)
    cameras = Cameras(devices, consents, grants, views, cache, clock, config, entropy, source_of, hls, heard)
    consents.tell(cameras)
    search = CameraSearch(config, clock, entropy)
    stack.callback(search.close)
    activity = Activity(persons, devices, displays, datetime.now().astimezone().tzinfo or UTC)
    stack.callback(passwords.close)
    stack.push_async_callback(ledger.close)
    stack.push_async_callback(grants.close)
    await homes.load()
    known = [home.id for home in homes.all()]
    for part in (ledger, grants, consents, persons, devices, sounds, displays):
        await part.load(known)
    await sessions.load()
    await passwords.prepare()
    return Parts(
        config=config,
        clock=clock,
        ledger=ledger,
        activity=activity,
        consents=consents,
        grants=grants,
        homes=homes,
        persons=persons,
        accounts=accounts,
        sessions=sessions,
        codes=codes,
        devices=devices,
        displays=displays,
        pairings=pairings,
        display_news=DisplayNews(config, clock, entropy),
        cameras=cameras,
        search=search,
        views=views,
        hls=hls,
        whep=Whep(views, config, entropy, lambda: _webrtc(config, ice_servers, ice_tcp)),
        ice_servers=ice_servers,
        ice_tcp=ice_tcp,
        whep_addresses=whep_addresses,
        place=place,
        certificates=Certificates(place, config, _wall_ms, entropy) if place is not None else None,
    )


def _wall_ms() -> int:
    """The machine's own clock, for certificates alone: browsers look at theirs."""
    return time.time_ns() // NS_PER_MS


def _ice_servers(config: Config) -> IceServers:
    """Raises SecretFileUnusable and TurnSettingsUnusable, whose words are for the operator."""
    file = config.webrtc_turn_secret_file
    secret = read_secret(Path(file), SecretKind("secret of the TURN server")) if file else b""
    return IceServers.of(config, secret, lambda: _wall_ms() // MS_PER_SECOND)


def _ice_tcp(config: Config) -> IceTcp:
    places = OpenConnections(config.webrtc_tcp_strangers_count_max, config.webrtc_tcp_strangers_per_address_count_max)
    return IceTcp(config, secrets.token_bytes, places)


def _webrtc(config: Config, servers: IceServers, ice_tcp: IceTcp) -> MakePeer | None:
    """What talks WebRTC; None without the extra ``webrtc``. Loaded when first needed: it takes most of a second."""
    try:
        from curtilage.cameras.webrtc.webrtc import WebrtcPeer  # noqa: PLC0415 an extra, and slow to load
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _WEBRTC_MODULES:
            raise
        return None
    return functools.partial(
        WebrtcPeer,
        servers=servers,
        gather_s=config.webrtc_gather_s,
        door=ice_tcp,
        door_count_max=config.webrtc_tcp_per_view_count_max,
    )


@contextlib.asynccontextmanager
async def operator_application(config: Config) -> AsyncIterator[ASGIApp]:
    """The application in this process, as the operator sees it, without listening anywhere."""
    async with running(config) as parts:
        yield make_app(parts).control


def has_data(config: Config) -> bool:
    """Was anything ever stored in this data folder? Makes nothing."""
    return SqliteStore.exists(config.data_folder)


def listen(port: int) -> Listening:
    """Bind the loopback port before anything else is touched. Raises PortTaken."""
    return listen_loopback(port)


def listen_outside(config: Config) -> PublicListening | None:
    """Bind the ports for other machines, when the settings say so. Raises DoorRefused, PortTaken."""
    return listen_public(config)


@contextlib.asynccontextmanager
async def server(config: Config, loopback: Listening, public: PublicListening | None = None) -> AsyncIterator["Server"]:
    """Everything a server is, not yet serving; closes ``loopback`` and ``public`` in the end.

    Raises what starting raises, CertificateUnusable and PortTaken among it.
    """
    ice_tcp: Listening | None = None
    try:
        ice_tcp = listen_ice_tcp(config)
        config = replace(public.ports(config) if public is not None else config, port=loopback.port)
        async with running(config) as parts:
            if ice_tcp is not None:
                addresses = parts.place.addresses if parts.place is not None else ()
                await parts.ice_tcp.open(ice_tcp.sockets, map(str, addresses))
            if parts.certificates is not None and public is not None:
                parts.certificates.open()
                if public.plain_lan is not None:
                    await record_plain_lan(parts)
            yield Server(parts, loopback, public)
    finally:
        if ice_tcp is not None:
            ice_tcp.close()
        loopback.close()
        if public is not None:
            public.close()


class Server:
    """A server that is ready: ``control`` may be spoken to, ``run`` serves."""

    def __init__(self, parts: Parts, loopback: Listening, public: PublicListening | None = None) -> None:
        self._application = make_app(parts)
        self._parts = parts
        self._loopback = loopback
        self._public = public
        self.port = loopback.port

    @property
    def place(self) -> PublicPlace | None:
        """Where other machines reach it, with the ports really listened on."""
        return self._parts.place

    @property
    def install_address(self) -> str:
        """The page that shows how to trust this server; empty when nobody has to be told."""
        opened = self._public is not None and self._public.install is not None and self.place is not None
        return f"{self.place.install_origin}/" if opened and self.place is not None else ""

    @property
    def plain_lan_warning(self) -> str:
        """For the operator; empty without that door."""
        opened = self._public is not None and self._public.plain_lan is not None and self.place is not None
        return PLAIN_LAN_WARNING.format(origin=self.place.plain_lan_origin) if opened and self.place is not None else ""

    @property
    def control(self) -> ASGIApp:
        """The application as the operator sees it."""
        return self._application.control

    async def run(self, stop: asyncio.Event, listening_at_both: Callable[[], None]) -> None:
        """Serve until ``stop``; ``listening_at_both`` is called when both doors can be knocked at."""
        app = self._application
        # Beforehand, so that the first viewer does not wait for it.
        preparing = asyncio.create_task(self._parts.whep.prepare())
        await serve(
            self._parts.config, self._loopback, app.loopback, app.control, stop, listening_at_both, self._doorways()
        )
        await preparing

    def _doorways(self) -> list[Doorway]:
        public, certificates, app = self._public, self._parts.certificates, self._application
        if public is None or certificates is None or self.place is None:
            return []
        doors = [Doorway(public.https, app.https, certificates.context)]
        if public.install is not None:
            doors.append(Doorway(public.install, make_install_door(self.place, certificates.authority())))
        if public.plain_lan is not None:
            doors.append(Doorway(public.plain_lan, app.plain_lan))
        return doors


def stop_on_signals() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM. A second one ends the process the hard way."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stopping() -> None:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping)
    return stop


def taken(error: CurtilageError) -> bool:
    """The error says that somebody else has the port or the data folder."""
    return isinstance(error, PortTaken | StoreInUse)
