"""A real camera's stand-in: GStreamer's RTSP server playing a clip file in a loop.

Run by the *system's* Python, whose packages hold ``gi``; it needs nothing else and imports nothing of Curtilage:

    /usr/bin/python3 tests/origin/rtsp_origin.py --clip FILE [--mounts N] [--mount NAME=FILE] [--user U --password P
        --digest] [--certificate FILE --key FILE] [--push-times FILE] [--sound MOUNT=CODEC:HERTZ]

Serves ``/0`` … ``/N-1`` and ``/cameraname`` (the clip) and each NAME (its own file) on a free port of 127.0.0.1, prints
``port N`` first, and ends by itself when its standard input closes. A mount begins its clip when its first client comes
and goes on while it has any, as a camera's encoder would; all clients of a mount share one stream.
With ``--certificate`` and ``--key`` (PEM) it speaks TLS only.

``--sound MOUNT=CODEC:HERTZ``: that mount also has a tone, in ``aac``, ``pcma``, ``pcmu`` or ``opus``. Every request it
gets is then printed: ``asked METHOD URL``.

``--push-times FILE``: an array of float64 in the machine's byte order, ``time.time()`` at which each picture of the
clip was pushed last, at (mount's number x pictures in the clip + picture's index in the clip).
"""

import argparse
import heapq
import mmap
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-not-found] # lives in the system's Python only

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import (  # type: ignore[import-not-found] # noqa: E402 - as above; versions are chosen first
    Gio,
    GLib,
    Gst,
    GstRtsp,
    GstRtspServer,
)

FRAMES_PER_S = 25
_HEAD = struct.Struct(">IB")
_TIME = struct.Struct("=d")
_LAUNCH = (
    "( appsrc name=pictures is-live=true format=time block=false max-bytes=8000000 "
    "caps=video/x-{codec},stream-format=byte-stream,alignment=au,framerate=25/1 "
    "! rtp{codec}pay name=pay0 pt=96 config-interval=-1 )"
)
_ROLE = "household"
_TONE = (
    "audiotestsrc is-live=true wave=sine freq={hertz} volume=0.6 samplesperbuffer={samples} "
    "! audio/x-raw,rate={rate},channels=1"
)
_SOUNDS = {
    "aac": (16000, 1024, "audioconvert ! voaacenc bitrate=32000 ! aacparse ! rtpmp4gpay name=pay1 pt=97"),
    "pcma": (8000, 160, "alawenc ! rtppcmapay name=pay1 pt=8"),
    "pcmu": (8000, 160, "mulawenc ! rtppcmupay name=pay1 pt=0"),
    "opus": (48000, 960, "audioconvert ! opusenc bitrate=32000 ! rtpopuspay name=pay1 pt=98"),
}
"""Rate, samples at once, encoder and payloader."""


class Clip:
    """A clip file's pictures, in memory once however many mounts play it."""

    def __init__(self, file: Path) -> None:
        octets, at = file.read_bytes(), 0
        self.codec = file.suffix[1:].removesuffix("au")
        self.pictures: list[Any] = []
        while at < len(octets):
            length, keyframe = _HEAD.unpack_from(octets, at)
            at += _HEAD.size
            self.pictures.append((octets[at : at + length], bool(keyframe)))
            at += length


class PushTimes:
    """Where each picture's push time is written for whoever measures."""

    def __init__(self, file: Path, count: int) -> None:
        file.write_bytes(bytes(_TIME.size * count))
        with file.open("r+b") as opened:
            self._octets = mmap.mmap(opened.fileno(), 0)

    def write(self, place: int, at: float) -> None:
        """Note one push."""
        _TIME.pack_into(self._octets, place * _TIME.size, at)


class Player:
    """Pushes one mount's clip while the mount has clients."""

    def __init__(self, clip: Clip, pushed: Callable[[int, float], None], lag_s: float) -> None:
        self._clip = clip
        self.codec = clip.codec
        self._pushed = pushed
        self._lag_s = lag_s
        self._count = 0
        self._source: Any = None
        self._due = 0.0

    def begin(self, source: Any) -> float:
        """Play into ``source``, from the clip's first picture on; gives when the next one is due."""
        self._source, self._count = source, 0
        self._due = time.monotonic() + self._lag_s
        return self._due

    def stop(self, source: Any) -> None:
        """``source`` has no clients any more."""
        if self._source is source:
            self._source = None

    def push(self) -> float | None:
        """One picture, stamped so that the loop's seam shows no jump; gives when the next one is due.

        Stamps begin with 0 when the server's clock already runs, so that no picture waits there for its time.
        """
        source = self._source
        if source is None:
            return None
        if source.get_current_running_time() == Gst.CLOCK_TIME_NONE:  # not playing yet: soon
            self._due += 0.001
            return self._due
        index = self._count % len(self._clip.pictures)
        octets, keyframe = self._clip.pictures[index]
        buffer = Gst.Buffer.new_wrapped(octets)
        buffer.pts = buffer.dts = self._count * Gst.SECOND // FRAMES_PER_S
        buffer.duration = Gst.SECOND // FRAMES_PER_S
        if not keyframe:
            buffer.set_flags(Gst.BufferFlags.DELTA_UNIT)
        at = time.time()
        if source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:  # its last client has just gone
            return None
        self._pushed(index, at)
        self._count += 1
        self._due += 1 / FRAMES_PER_S
        return self._due


class Pusher(threading.Thread):
    """One thread pushes for all mounts, each at its own phase of the frame's duration."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Player]] = []
        self._number = 0

    def add(self, player: Player, source: Any) -> None:
        with self._changed:
            self._put(player.begin(source), player)
            self._changed.notify()

    def _put(self, due: float, player: Player) -> None:
        self._number += 1
        heapq.heappush(self._due, (due, self._number, player))

    def run(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.monotonic():
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                player = heapq.heappop(self._due)[2]
            due = player.push()
            if due is not None:
                with self._changed:
                    self._put(due, player)


def launch(codec: str, sound: str) -> str:
    """The pipeline of a mount; ``sound`` is CODEC:HERTZ or empty."""
    pictures = _LAUNCH.format(codec=codec)
    if not sound:
        return pictures
    name, _, hertz = sound.partition(":")
    rate, samples, encoder = _SOUNDS[name]
    tone = _TONE.format(hertz=hertz, samples=samples, rate=rate)
    return pictures.removesuffix(")") + f" {tone} ! {encoder} )"


def mount(server: Any, path: str, player: Player, pusher: Pusher, *, udp: bool, sound: str) -> None:
    """Serve one path."""
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch(player.codec, sound))
    factory.set_shared(True)
    factory.set_latency(0)
    if udp:
        factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)

    def configured(_: Any, media: Any) -> None:
        source = media.get_element().get_by_name_recurse_up("pictures")
        media.connect("unprepared", lambda _: player.stop(source))
        pusher.add(player, source)

    factory.connect("media-configure", configured)
    access = f"{_ROLE}, media.factory.access=true, media.factory.construct=true"
    factory.add_role_from_structure(Gst.Structure.new_from_string(access))
    server.get_mount_points().add_factory(path, factory)


def authentication(asked: argparse.Namespace) -> Any:
    """Who may look, how that is proved, and by which certificate the server is known."""
    auth = GstRtspServer.RTSPAuth()
    if asked.certificate:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(asked.certificate, asked.key))
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, _ROLE)
    if not asked.user:
        auth.set_default_token(token)
    elif asked.digest:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(asked.user, asked.password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(asked.user, asked.password), token)
    return auth


def options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--mounts", type=int, default=1)
    parser.add_argument("--mount", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--udp", action="store_true", help="refuse to send over the connection")
    parser.add_argument("--certificate", default="")
    parser.add_argument("--key", default="")
    parser.add_argument("--push-times", type=Path)
    parser.add_argument("--sound", action="append", default=[], metavar="MOUNT=CODEC:HERTZ")
    return parser.parse_args()


def mount_all(server: Any, asked: argparse.Namespace) -> None:
    """Every path that was asked for, each at its own phase."""
    clips = {asked.clip: Clip(asked.clip)}
    mounts = [(str(number), asked.clip) for number in range(asked.mounts)] + [("cameraname", asked.clip)]
    mounts += [(name, Path(file)) for name, _, file in (item.partition("=") for item in asked.mount)]
    for _, file in mounts:
        clips.setdefault(file, Clip(file))
    stride = len(clips[asked.clip].pictures)
    times = PushTimes(asked.push_times, stride * len(mounts)) if asked.push_times else None
    pusher = Pusher()
    pusher.start()
    sounds = dict(item.split("=", 1) for item in asked.sound)
    if sounds:
        server.connect("client-connected", tell_requests)
    for number, (name, file) in enumerate(mounts):

        def pushed(index: int, at: float, first: int = number * stride) -> None:
            if times is not None and index < stride:
                times.write(first + index, at)

        player = Player(clips[file], pushed, number / len(mounts) / FRAMES_PER_S)
        mount(server, f"/{name}", player, pusher, udp=asked.udp, sound=sounds.get(name, ""))


def tell_requests(_: Any, client: Any) -> None:
    """Print what the client asks for."""

    def told(method: str) -> Callable[[Any, Any], None]:
        return lambda _, context: print(f"asked {method} {context.uri.get_request_uri()}", flush=True)

    for method in ("describe", "setup", "play", "teardown"):
        client.connect(f"{method}-request", told(method.upper()))


def main() -> None:
    """Serve until standard input closes."""
    asked = options()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    if asked.user or asked.certificate:
        server.set_auth(authentication(asked))
    mount_all(server, asked)
    loop = GLib.MainLoop()
    server.attach(None)
    print(f"port {server.get_bound_port()}", flush=True)
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), loop.quit()), daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main()
