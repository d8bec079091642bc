"""Which room may know which, who may talk to the outside, and who makes those who do (ARCHITECTURE.md)."""

from collections.abc import Iterator, Mapping, Sequence

from tests.tidy.source import Source, Violation

_BOTTOM = frozenset({"errors", "clock", "config", "wire"})
_GROUND = _BOTTOM | {"vault", "store"}
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "__init__": frozenset(),
    "errors": frozenset(),
    "clock": frozenset({"errors"}),
    "config": frozenset({"errors"}),
    "settings": frozenset({"errors", "config"}),
    "wire": frozenset({"errors"}),
    "vault": _BOTTOM,
    "store": _BOTTOM,
    "phone": _GROUND,
    "consent": _GROUND,
    "home": _GROUND | {"consent"},
    "cameras": _GROUND | {"consent", "home"},
    "messages": _GROUND | {"consent", "home"},
    "carriers": _BOTTOM,
    "web": _GROUND | {"consent", "home", "cameras"},
    "background": _GROUND | {"consent", "home", "cameras", "web"},
    "main": _GROUND | {"consent", "home", "cameras", "carriers", "web", "background"},
    "cli": _BOTTOM | {"main", "settings"},
    "__main__": frozenset({"cli"}),
}
"""What stands below each room. A room always knows itself."""

INSIDE: Mapping[str, Mapping[str, frozenset[str]]] = {
    "cameras": {
        "media": frozenset(),
        "input": frozenset({"media"}),
        "rtsp": frozenset({"media", "input"}),
        "ffmpeg": frozenset({"media", "input", "rtsp"}),
        "simulated": frozenset({"media", "input", "ffmpeg"}),
        "onvif": frozenset({"media", "input", "rtsp"}),
        "sealed": frozenset({"media"}),
        "views": frozenset({"media", "input", "sealed"}),
        "hls": frozenset({"media", "sealed", "views"}),
        "webrtc": frozenset({"media", "input", "sealed", "views"}),
        "stills": frozenset({"media", "input", "sealed", "views"}),
        "": frozenset(
            {"media", "input", "rtsp", "ffmpeg", "simulated", "onvif", "sealed", "views", "hls", "webrtc", "stills"}
        ),
    },
    "web": {
        "api": frozenset({""}),
        "pages": frozenset({"", "api"}),
        "": frozenset({"api", "pages"}),
    },
}
"""A large room's own rooms, and what stands below each; "" is what stands in the large room itself."""

TALKS: Mapping[str, str] = {
    "clock.py": "time: the machine's clock",
    "config.py": "os pathlib: where files stand unless somebody says otherwise",
    "settings.py": "pathlib: the settings file",
    "cameras/input/input.py": "asyncio logging: waits for a camera to come back",
    "cameras/cameras.py": "asyncio random: runs one input per camera; pauses from the entropy it was given",
    "cameras/sub_stream.py": "asyncio: runs the input of a camera's second stream while somebody watches",
    "cameras/webrtc/view_network.py": "asyncio: looks at a viewer's network now and then, and asks a silent one",
    "cameras/views/views.py": "asyncio: alarms on their way to the ledger",
    "cameras/webrtc/webrtc.py": "asyncio: viewers, over UDP",
    "cameras/webrtc/srtp_socket.py": "os socket sys: viewers, over UDP",
    "cameras/webrtc/ice_tcp.py": "asyncio socket: viewers, over TCP",
    "cameras/webrtc/ice_tcp_link.py": "asyncio socket: one viewer, over TCP",
    "cameras/webrtc/whep.py": "asyncio logging: waits for viewers, and for what is ending",
    "cameras/webrtc/whep_sound.py": "asyncio: sends when a part of sound came",
    "cameras/webrtc/transcoder.py": "av: the process that makes Opus of one camera's AAC",
    "cameras/webrtc/sound_transcoder.py": "asyncio logging: that process, over its socket",
    "cameras/webrtc/transcoders.py": "asyncio: waits for what is ending",
    "cameras/webrtc/whep_view.py": "asyncio logging: sends when it is time",
    "cameras/rtsp/rtsp.py": "asyncio: cameras, over TCP",
    "cameras/rtsp/rtp_udp.py": "asyncio socket: cameras, over UDP",
    "cameras/rtsp/rtsp_tls.py": "asyncio ssl: cameras, over TCP and TLS",
    "cameras/rtsp/rtsp_connection.py": "asyncio os socket ssl: cameras, over TCP; what the system says went wrong",
    "cameras/onvif/onvif_device.py": "asyncio ssl: a camera's ONVIF services",
    "cameras/onvif/onvif_http.py": "asyncio ssl: a camera's ONVIF services, over HTTP",
    "cameras/onvif/onvif_source.py": "ssl: hands on what onvif_tls.py judged",
    "cameras/onvif/onvif_tls.py": "ssl: the certificate of a camera's ONVIF services",
    "cameras/onvif/onvif_network.py": "asyncio socket: the local network, by multicast",
    "cameras/ffmpeg/ffmpeg_reader.py": "av errno os resource socket ssl sys: the process that reads a camera by FFmpeg",
    "cameras/input/running_process.py": "asyncio os socket subprocess sys: a process of ours, started and ended",
    "cameras/input/source_process.py": "asyncio importlib: what such processes write",
    "cameras/simulated/simulated_encoder.py": "av datetime os time: that process; its picture shows the time of day",
    "cameras/stills/still_decoder.py": "av io: the process that decodes one view's keyframes",
    "cameras/stills/still_process.py": "asyncio: that process, asked",
    "cameras/simulated/simulated_scene.py": "random: drawings that always come out the same, from a fixed seed",
    "carriers/gammu.py": "asyncio os pathlib: the folders of gammu-smsd",
    "carriers/kannel.py": "asyncio httpx ssl: an operator's Kannel, over HTTP",
    "carriers/simulated_carrier.py": "asyncio: the simulated network, inside this process",
    "carriers/smpp.py": "asyncio ssl: an SMSC",
    "carriers/smpp_connection.py": "asyncio: an SMSC, over TCP or TLS",
    "carriers/smpp_events.py": "asyncio: tells one thing after the other",
    "carriers/smpp_handover.py": "asyncio: waits for an SMSC that takes no more for now",
    "carriers/sms_gateway.py": "asyncio httpx ssl: a phone with SMS Gateway for Android, over HTTP",
    "carriers/telling.py": "logging: says that something could not be recorded",
    "consent/camera_lock.py": "os pathlib: the lock file, written where a full disk still lets us",
    "consent/consent.py": "asyncio: one decision at a time",
    "consent/grants.py": "asyncio logging: records what ended, after it ended",
    "consent/refused_rows.py": "logging: says what was changed from outside",
    "consent/ledger.py": "asyncio logging: one append at a time",
    "consent/undisturbed.py": "asyncio: what was begun is finished",
    "home/device.py": "logging: says what was changed from outside",
    "home/display.py": "logging: says what was changed from outside",
    "home/person.py": "asyncio logging: one joining or leaving at a time; says what was changed from outside",
    "home/root_key_check.py": "pathlib: names the root key's file in a sentence",
    "home/session.py": "asyncio: a sign-in under way and the end of all take turns",
    "home/password.py": "asyncio concurrent: checks in threads of their own",
    "messages/discovery/discovery.py": "asyncio: an answer that was paid for is finished, whoever goes away",
    "messages/discovery/epoch_key.py": "os pathlib: the files of the evaluator's keys",
    "messages/discovery/evaluator_process.py": "asyncio os socket subprocess: that process, started and ended",
    "messages/discovery/evaluator_server.py": "os pathlib secrets socket: the evaluator's process",
    "messages/discovery/spent_file.py": "apsw pathlib: what accounts have taken of their allowance",
    "phone/discovery_client.py": "asyncio: reckons in threads, while the server reckons too",
    "phone/phone_key.py": "os pathlib: the phone's key file",
    "phone/phone_store.py": "apsw pathlib: the phone's own database",
    "store/base_table.py": "apsw: reads the tables' declarations from the database",
    "store/connection.py": "apsw pathlib: opens the database's file",
    "store/data_folder.py": "os pathlib: the folder the database lies in",
    "store/migration.py": "apsw: brings the tables up to date",
    "store/reader.py": "apsw asyncio queue threading time: the threads that read",
    "store/sqlite.py": "apsw asyncio os pathlib time: the database",
    "store/sqlite_error.py": "apsw: says in our words what the database said",
    "store/writer.py": "apsw asyncio queue threading time: the one thread that writes",
    "store/wall.py": "apsw secrets: the authorizer inside the database; names of views that nobody can guess",
    "wire/discovery/ristretto255.py": "os: removes the copy of libsodium that rbcl leaves behind",
    "vault/root_key.py": "os pathlib: the root key's file",
    "vault/secret_file.py": "os pathlib: files that hold a secret",
    "vault/certificate_files.py": "os pathlib: certificates that were given; the household authority's file",
}
"""Files below the doors that wait for or talk to something: by which modules, and to what. All others are pure."""

_DOORS = frozenset({"web", "cli", "background", "main", "__main__"})
# fmt: off
_IMPURE = frozenset({
    "apsw", "asyncio", "av", "concurrent", "http", "httpx", "io", "logging", "multiprocessing", "os",
    "pathlib", "queue", "random", "requests", "secrets", "select", "selectors", "shutil", "signal", "socket",
    "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "uvicorn", "uvloop",
})
# fmt: on
_PURE_PARTS = frozenset({"urllib.parse"})
_NOW = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now"})

ADAPTERS: Mapping[str, str] = {
    "SystemClock": "clock.py",
    "SqliteStore": "store/sqlite.py",
    "CameraLockFile": "consent/camera_lock.py",
    "RtspSource": "cameras/rtsp/rtsp.py",
    "SimulatedSource": "cameras/simulated/simulated.py",
    "OnvifSource": "cameras/onvif/onvif_source.py",
    "EvaluatorProcess": "messages/discovery/evaluator_process.py",
    "CameraSearch": "cameras/onvif/onvif_network.py",
    "GammuCarrier": "carriers/gammu.py",
    "KannelVerification": "carriers/kannel.py",
    "SmppCarrier": "carriers/smpp.py",
    "SmsGatewayCarrier": "carriers/sms_gateway.py",
}
"""Classes behind a port, with the file each is defined in. Only main.py constructs them."""

FACTORIES: Mapping[str, str] = {
    "messages/discovery/evaluator_server.py": "a process of its own, which joins its own few parts",
    "cameras/source_kind.py": "an address says which kind of source it needs; main.py hands this factory in",
    "carriers/carrier_kind.py": "the same of carriers",
}
"""Files besides main.py that construct adapters, with the reason."""


def imports_point_down(source: Source) -> Iterator[Violation]:
    """A room imports itself and what stands below it."""
    if not source.in_package:
        return
    if source.room not in MAY_IMPORT:
        yield source.violation(1, f"{source.room} is no room of ARCHITECTURE.md; give it a place in the order first")
        return
    for line, module in source.imports:
        other = module.split(".")[1] if module.startswith("curtilage.") else ""
        known = other in MAY_IMPORT and other != "__init__"
        if known and other != source.room and other not in MAY_IMPORT[source.room]:
            yield source.violation(line, f"{source.room} must not import {other}: imports point down")


def imports_point_down_inside(source: Source) -> Iterator[Violation]:
    """The same within a large room: ``cameras/hls/`` does not know ``cameras/webrtc/``."""
    rooms = INSIDE.get(source.room)
    if not source.in_package or rooms is None:
        return
    folders = source.package_path.split("/")[1:-1]
    own = folders[0] if folders else ""
    if own not in rooms:
        yield source.violation(1, f"{own} is no room of {source.room}; give it a place in the order first")
        return
    for line, module in source.imports:
        place = module.split(".")
        if place[:2] != ["curtilage", source.room] or len(place) < 3:
            continue
        other = place[2] if place[2] in rooms else ""
        if other != own and other not in rooms[own]:
            yield source.violation(line, f"{source.room}/{own} must not import {module}: imports point down")


def imports_are_absolute(source: Source) -> Iterator[Violation]:
    """``from curtilage.room.file import Noun``: a reader sees the room, and the rule above sees it too."""
    if source.is_python:
        for line, text in enumerate(source.lines, 1):
            if text.lstrip().startswith("from ."):
                yield source.violation(line, "relative import; write from curtilage.…")


def pure_files_stay_pure(source: Source) -> Iterator[Violation]:
    """Below the doors a file neither waits, reads a clock, draws randomness nor touches files, unless TALKS says so."""
    if not source.in_package or source.room in _DOORS:
        return
    allowed = TALKS.get(source.package_path, "").split(":")[0].split()
    for line, module in source.imports:
        top = module.split(".")[0]
        if top in _IMPURE and top not in allowed and module not in _PURE_PARTS:
            yield source.violation(line, f"imports {module}: time, randomness and input arrive as arguments here")
    for call, name in source.calls:
        if name in _NOW and "datetime" not in allowed:
            yield source.violation(call.lineno, f"{name}() reads the clock; take now_ms as an argument")


def permissions_are_needed(sources: Sequence[Source]) -> Iterator[Violation]:
    """What TALKS, ADAPTERS and FACTORIES name is there and does what they say."""
    files = {source.package_path: source for source in sources if source.in_package}
    for path, modules in TALKS.items():
        used = {module.split(".")[0] for _, module in files[path].imports} if path in files else set()
        for module in modules.split(":")[0].split():
            if module not in used:
                yield Violation(path, 1, f"does not import {module}: take it out of TALKS")
    for adapter, path in ADAPTERS.items():
        if path not in files or f"class {adapter}" not in files[path].text:
            yield Violation(path, 1, f"defines no {adapter}: take it out of ADAPTERS")
    for path in FACTORIES:
        if path not in files:
            yield Violation(path, 1, "does not exist: take it out of FACTORIES")


def adapters_are_made_in_main(source: Source) -> Iterator[Violation]:
    """Only main.py constructs an adapter."""
    if not source.in_package or source.room == "main" or source.package_path in FACTORIES:
        return
    for call, name in source.calls:
        for adapter, home in ADAPTERS.items():
            if adapter in name.split(".") and source.package_path != home:
                yield source.violation(call.lineno, f"{name}: only main.py constructs adapters")
