"""Cameras read by FFmpeg in a process of its own: whole pictures, problems in words, no files, nothing left behind."""

import asyncio
import io
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import av
import pytest

from curtilage.cameras.ffmpeg.annex_b import nal_units
from curtilage.cameras.ffmpeg.ffmpeg_address import FfmpegAddress
from curtilage.cameras.ffmpeg.ffmpeg_source import FfmpegSource
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.cameras.recording_sink import RecordingSink
from tests.origin.certificates import make
from tests.origin.clip import IN_H265, SMALL, ClipKind, clip_file, read_clip
from tests.origin.running import running_origin

pytestmark = pytest.mark.slow
CONFIG = replace(Config(), rtsp_connect_s=3.0, freeze_s=3.0)
UNAUTHORIZED = 401
CLIP = replace(SMALL, duration_s=1, group_frames_count=25)


@contextmanager
def serving(
    status: int,
    body: bytes,
    *,
    tls: ssl.SSLContext | None = None,
    location: str = "",
    heard: list[str] | None = None,
) -> Iterator[int]:
    """An HTTP camera that answers everything so. ``heard``: whoever asked, and what they said of themselves."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if heard is not None:
                heard.append(f"{self.path} {self.headers['Authorization']}")
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            if status == UNAUTHORIZED:
                self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ended(address: str, sink: RecordingSink | None = None) -> SourceError:
    """How the source ended."""

    async def main() -> SourceError:
        with pytest.raises(SourceError) as wrong:
            async with asyncio.timeout(30):
                await FfmpegSource(FfmpegAddress.parse(address), CONFIG, SystemClock()).run(sink or RecordingSink())
        return wrong.value

    return asyncio.run(main())


def film(clips: Path, kind: ClipKind, form: str) -> bytes:
    """The clip in another container."""
    raw = "hevc" if kind.encoder == "libx265" else "h264"
    units = b"".join(unit.annex_b for unit in read_clip(clip_file(clips, kind)))
    out = io.BytesIO()
    with av.open(io.BytesIO(units), mode="r", format=raw) as stream, av.open(out, "w", format=form) as made:
        video = made.add_stream_from_template(stream.streams.video[0])
        for number, packet in enumerate(stream.demux(video=0)):
            if packet.size:
                packet.time_base, packet.pts, packet.dts = Fraction(1, kind.frames_per_s), number, number
                packet.stream = video
                made.mux(packet)
    return out.getvalue()


def slices_of(clips: Path, kind: ClipKind) -> list[bytes]:
    """The last NAL unit of each picture."""
    return [nal_units(unit.annex_b)[-1] for unit in read_clip(clip_file(clips, kind))]


@pytest.mark.parametrize(
    ("kind", "form", "path"), [(CLIP, "flv", "a.flv"), (CLIP, "mpegts", "a.ts"), (IN_H265, "mpegts", "b.ts")]
)
def test_a_camera_over_http_is_read_whole(clips: Path, kind: ClipKind, form: str, path: str) -> None:
    sink = RecordingSink()
    with serving(200, film(clips, kind, form)) as port:
        assert ended(f"ffmpeg:http://127.0.0.1:{port}/{path}", sink).problem is SourceProblem.ENDED
    assert [unit.nal_units[-1] for unit in sink.units] == slices_of(clips, kind)
    assert sink.units[0].keyframe
    assert (sink.parameters[0].width, sink.parameters[0].height) == (kind.width, kind.height)
    assert len(sink.parameters) == 1


@pytest.mark.origin
def test_gstreamers_server_is_read_until_the_source_is_cancelled(clips: Path, tmp_path: Path) -> None:
    async def main(port: int) -> RecordingSink:
        sink = RecordingSink()
        source = FfmpegSource(FfmpegAddress.parse(f"ffmpeg:rtsp://u:p@127.0.0.1:{port}/0"), CONFIG, SystemClock())
        running = asyncio.create_task(source.run(sink))
        async with asyncio.timeout(30):
            while len(sink.units) < 30:  # noqa: ASYNC110 - a sink tells nobody that it grew
                await asyncio.sleep(0.05)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return sink

    with running_origin(tmp_path, clip_file(clips, CLIP), "--user", "u", "--password", "p", "--digest") as origin:
        sink = asyncio.run(main(origin.port))
        refused = ended(f"ffmpeg:rtsp://u:wrong@127.0.0.1:{origin.port}/0")
        missing = ended(f"ffmpeg:rtsp://u:p@127.0.0.1:{origin.port}/9")
    sent = slices_of(clips, CLIP)
    first = sent.index(sink.units[0].nal_units[-1])
    assert [unit.nal_units[-1] for unit in sink.units] == [
        sent[(first + at) % len(sent)] for at in range(len(sink.units))
    ]
    assert refused.problem is SourceProblem.REFUSED_PASSWORD
    assert missing.problem is SourceProblem.NO_SUCH_STREAM


SECRET_PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
WRONG = [
    ("no media", 200, b"<html>a page</html>", {SourceProblem.NOT_A_CAMERA}),
    ("nothing", 200, b"", {SourceProblem.NOT_A_CAMERA, SourceProblem.ENDED, SourceProblem.UNREACHABLE}),
    ("a playlist that names a file", 200, SECRET_PLAYLIST, {SourceProblem.NOT_A_CAMERA, SourceProblem.UNREACHABLE}),
    ("password wanted", 401, b"", {SourceProblem.REFUSED_PASSWORD}),
    ("forbidden", 403, b"", {SourceProblem.REFUSED_PASSWORD}),
    ("not there", 404, b"", {SourceProblem.NO_SUCH_STREAM}),
    ("its own trouble", 500, b"", {SourceProblem.UNREACHABLE}),
]


@pytest.mark.parametrize(("status", "body", "problems"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_wrong_is_named(status: int, body: bytes, problems: set[SourceProblem]) -> None:
    with serving(status, body) as port:
        wrong = ended(f"ffmpeg:http://secret:word@127.0.0.1:{port}/a.m3u8")
    assert wrong.problem in problems, wrong
    assert "secret" not in wrong.detail
    assert str(port) not in wrong.detail


def test_where_nobody_answers_is_named() -> None:
    with serving(200, b"") as port:
        pass
    assert ended(f"ffmpeg:http://127.0.0.1:{port}/").problem is SourceProblem.UNREACHABLE


def test_other_video_is_named() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="flv") as made:
        stream = made.add_stream("flv", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            made.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        made.mux(stream.encode(None))
    with serving(200, out.getvalue()) as port:
        wrong = ended(f"ffmpeg:http://127.0.0.1:{port}/")
    assert (wrong.problem, wrong.detail) == (SourceProblem.NO_VIDEO, "its video is flv")


def test_under_tls_nothing_is_said_to_whom_no_authority_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = make(tmp_path, "authority", authority=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    bad = {
        "self-signed": make(tmp_path, "selfmade"),
        "expired": make(tmp_path, "gone", by=authority, days_from=-9, days_until=-2),
        "Its certificate is for another name.": make(tmp_path, "elsewhere", by=authority, host="192.0.2.1"),
    }
    for words, shown in bad.items():
        heard: list[str] = []
        with serving(UNAUTHORIZED, b"", tls=shown.context(), heard=heard) as port:
            for scheme in ("https", "rtmps"):
                wrong = ended(f"ffmpeg:{scheme}://viewer:camera-secret@127.0.0.1:{port}/x")
                assert wrong.problem is SourceProblem.UNCERTIFIED, scheme
                assert words in wrong.detail
                assert wrong.detail.endswith(".")
        assert heard == []


def test_under_tls_a_camera_that_an_authority_vouches_for_is_read_whole(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = make(tmp_path, "authority", authority=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    sink, good = RecordingSink(), make(tmp_path, "good", by=authority)
    with serving(200, film(clips, CLIP, "flv"), tls=good.context()) as port:
        assert ended(f"ffmpeg:https://127.0.0.1:{port}/a.flv", sink).problem is SourceProblem.ENDED
    assert [unit.nal_units[-1] for unit in sink.units] == slices_of(clips, CLIP)


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize("status", [200, 301, 302, 307])
def test_a_camera_leads_ffmpeg_nowhere_else(clips: Path, status: int) -> None:
    heard: list[str] = []
    with serving(200, film(clips, CLIP, "mpegts"), heard=heard) as other:
        body = PLAYLIST.format(port=other).encode() if status == 200 else b""
        location = f"http://127.0.0.1:{other}/a.ts" if status != 200 else ""
        with serving(status, body, location=location) as port:
            sink = RecordingSink()
            assert ended(f"ffmpeg:http://127.0.0.1:{port}/a.m3u8", sink).problem in {
                SourceProblem.NOT_A_CAMERA,
                SourceProblem.UNREACHABLE,
            }
    assert (heard, sink.units) == ([], [])


@contextmanager
def redirecting(target: int) -> Iterator[tuple[int, list[bytes]]]:
    """An RTSP camera that answers everything with another place. Also what it heard."""
    heard: list[bytes] = []

    class Answer(StreamRequestHandler):
        def handle(self) -> None:
            while head := b"".join(iter(self.rfile.readline, b"\r\n")):
                heard.append(head)
                number = next(line for line in head.splitlines() if line.lower().startswith(b"cseq"))
                place = b"rtsp://127.0.0.1:%d/other" % target
                first = b"302 Moved" if head.startswith(b"DESCRIBE") else b"200 OK"
                self.wfile.write(b"RTSP/1.0 %b\r\n%b\r\nLocation: %b\r\n\r\n" % (first, number, place))

    with ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1], heard
        finally:
            server.shutdown()
            thread.join()


def test_nor_does_one_by_rtsp() -> None:
    with redirecting(9) as (other, heard), redirecting(other) as (port, asked):
        ended(f"ffmpeg:rtsp://u:camera-secret@127.0.0.1:{port}/x")
    assert asked[-1].startswith(b"DESCRIBE")
    assert heard == []
