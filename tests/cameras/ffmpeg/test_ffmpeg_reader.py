"""The FFmpeg process from within: what its errors are called, and what its records hold."""

import io
import resource
import socket
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from subprocess import PIPE, Popen

import av
import pytest

from curtilage.cameras.ffmpeg.annex_b import AnnexBStream
from curtilage.cameras.ffmpeg.ffmpeg_address import PORTS
from curtilage.cameras.ffmpeg.ffmpeg_reader import options_for, problem_of, records_of, serve
from curtilage.cameras.ffmpeg.ffmpeg_source import READER_MODULE
from curtilage.cameras.input.running_process import command
from curtilage.cameras.input.source import SourceProblem
from curtilage.cameras.input.source_process import HEAD, RecordKind
from curtilage.cameras.rtsp.sdp import Encoding
from tests.origin.clip import SMALL, clip_file
from tests.origin.made_h264 import IDR, MadeSps, pps_nal, slice_nal

LIMITED: Mapping[int, tuple[int, int]] = {
    resource.RLIMIT_AS: (1 << 30, 1 << 30),
    resource.RLIMIT_NOFILE: (64, 64),
    resource.RLIMIT_FSIZE: (0, 0),
    resource.RLIMIT_CORE: (0, 0),
}
ERRORS: list[tuple[Callable[[], Exception], SourceProblem]] = [
    (lambda: av.HTTPUnauthorizedError(1, "http://secret"), SourceProblem.REFUSED_PASSWORD),
    (lambda: av.HTTPNotFoundError(1, "http://secret"), SourceProblem.NO_SUCH_STREAM),
    (lambda: av.InvalidDataError(1, "http://secret"), SourceProblem.NOT_A_CAMERA),
    (lambda: ConnectionRefusedError(111, "http://secret"), SourceProblem.UNREACHABLE),
    (lambda: OSError(5, "http://secret"), SourceProblem.UNREACHABLE),
    (lambda: ValueError("http://secret"), SourceProblem.NOT_A_CAMERA),
]


def problem_in(record: bytes) -> tuple[SourceProblem, str]:
    kind, length, _ = HEAD.unpack_from(record)
    assert kind == RecordKind.PROBLEM
    value, _, detail = record[HEAD.size : HEAD.size + length].decode().partition("\n")
    return SourceProblem(value), detail


@pytest.mark.parametrize(("make", "problem"), ERRORS)
def test_errors_are_named_without_the_address(make: Callable[[], Exception], problem: SourceProblem) -> None:
    named, detail = problem_in(problem_of(make()))
    assert named is problem
    assert "secret" not in detail


def test_no_file_is_opened_whatever_the_url() -> None:
    out = io.BytesIO()
    serve("1000000 1 1 sound file:///etc/hostname\n", out)
    assert problem_in(out.getvalue())[0] in {SourceProblem.UNREACHABLE, SourceProblem.NOT_A_CAMERA}


def test_not_even_a_file_that_holds_pictures_is_read(clips: Path) -> None:
    for url in (f"file://{clip_file(clips, SMALL)}", str(clip_file(clips, SMALL))):
        out = io.BytesIO()
        serve(f"100000000 1 1 sound {url}\n", out)
        assert problem_in(out.getvalue())[0] is SourceProblem.NOT_A_CAMERA


def test_ffmpeg_may_open_the_network_and_follow_nothing() -> None:
    for scheme in PORTS:
        options = options_for(f"{scheme}://192.0.2.10/", with_sound=True)
        assert set(options["protocol_whitelist"].split(",")) <= {"tcp", "tls", "http", "https", "rtmp", "rtmps"}
        assert not {"hls", "dash", "sdp", "concat", "applehttp"} & set(options["format_whitelist"].split(","))
        assert options["codec_whitelist"] == "h264,hevc", "no sound is decoded, asked for or not"
        assert options.get("max_redirects") == ("0" if scheme.startswith("http") else None)
        assert options.get("tls_verify") == ("1" if scheme in {"https", "rtmps"} else None)


@pytest.mark.parametrize("stamp", [-(1 << 62), (1 << 63) - 1])
def test_a_pictures_stamp_beyond_all_sense_stays_within_a_record(stamp: int) -> None:
    units = (MadeSps().nal(), pps_nal(), slice_nal(IDR))
    packet = av.Packet(b"".join(b"\0\0\0\1" + unit for unit in units))
    packet.pts, packet.time_base = stamp, Fraction(1, 1)
    _, picture = records_of(AnnexBStream(Encoding.H264, 1 << 30), packet)
    kind, _, timestamp = HEAD.unpack_from(picture)
    assert (kind, timestamp) == (RecordKind.KEYFRAME, 0 if stamp < 0 else (1 << 64) - 1)


@pytest.mark.parametrize(("with_sound", "asked"), [(False, "video"), (True, "video+audio")])
def test_by_rtsp_only_what_is_wanted_is_asked_for(asked: str, *, with_sound: bool) -> None:
    assert options_for("rtsp://192.0.2.10/", with_sound=with_sound)["allowed_media_types"] == asked


@pytest.mark.slow
def test_the_process_is_bounded_in_memory_and_files() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        line = f"1000000 20 20 silent http://127.0.0.1:{silent.getsockname()[1]}/\n".encode()
        with Popen(command(READER_MODULE), stdin=PIPE, stdout=PIPE) as process:
            assert process.stdin is not None
            process.stdin.write(line)
            process.stdin.flush()
            silent.accept()[0].close()
            limits = [resource.prlimit(process.pid, kind) for kind in LIMITED]
            process.kill()
    assert limits == list(LIMITED.values())
