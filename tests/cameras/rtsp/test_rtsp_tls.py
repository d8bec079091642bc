"""Cameras under TLS: known ones, new ones, changed ones, and what only pretends to be one."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop

from curtilage.cameras.input.camera_address import CameraAddress
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.trust import Trust, fingerprint_of, with_trust
from curtilage.cameras.rtsp.rtsp import RtspSource
from curtilage.cameras.rtsp.rtsp_tls import any_certificate
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.cameras.kept import Kept
from tests.cameras.recording_sink import RecordingSink
from tests.origin import rtsp_misbehaving as bad
from tests.origin.certificates import Shown, make
from tests.origin.clip import SMALL, clip_file
from tests.origin.made_camera import Camera, SignIn
from tests.origin.running import running_origin

pytestmark = pytest.mark.slow
CONFIG = replace(Config(), rtsp_connect_s=2.0, rtsp_reply_s=1.0, freeze_s=2.0)
PICTURES = 10


def source_of(address: str, memory: Kept | None) -> RtspSource:
    source = RtspSource(CameraAddress.parse(address), CONFIG, SystemClock(), lambda count: b"\7" * count)
    if memory is not None:
        source.remember_in(memory)
    return source


async def received(address: str, memory: Kept | None = None) -> RecordingSink:
    """Some pictures of it. Raises SourceError."""
    sink = RecordingSink()
    running = asyncio.create_task(source_of(address, memory).run(sink))
    async with asyncio.timeout(10):
        while len(sink.units) < PICTURES and not running.done():  # noqa: ASYNC110 - a sink knows no event
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    await asyncio.sleep(0.3)  # its TEARDOWN leaves
    if not running.cancelled():
        running.result()
    return sink


def refused(address: str, memory: Kept | None = None) -> SourceError:
    with pytest.raises(SourceError) as error:
        asyncio.run(received(address, memory))
    return error.value


@pytest.fixture
def own(tmp_path: Path) -> Shown:
    """A camera's certificate, made by itself."""
    return make(tmp_path / "own", "porch")


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_camera_met_first_is_known_by_its_key_before_it_hears_a_password(
    own: Shown, run: Callable[..., None]
) -> None:
    async def meet() -> None:
        async with Camera(SignIn(), tls=own.context()) as camera:
            kept = Kept()
            assert len((await received(camera.address, kept)).units) >= PICTURES
            assert kept.trusts == [Trust(fingerprint_of(own.der()))]
            assert {asked.url.partition(":")[0] for asked in camera.asked if asked.url} == {"rtsps"}
            again = Kept()
            assert (await received(with_trust(camera.address, kept.trusts[0]), again)).units
            assert again.trusts == []

    run(meet())


def test_another_key_is_refused_before_anything_is_said(own: Shown, tmp_path: Path) -> None:
    async def meet() -> SourceError:
        other = make(tmp_path, "impostor")
        async with Camera(SignIn(), tls=other.context()) as camera:
            kept = Kept()
            with pytest.raises(SourceError) as error:
                await received(with_trust(camera.address, Trust(fingerprint_of(own.der()))), kept)
            assert (camera.asked, kept.trusts) == ([], [])
            assert fingerprint_of(other.der()) in error.value.detail
            return error.value

    assert asyncio.run(meet()).problem is SourceProblem.CHANGED_KEY


@pytest.mark.parametrize("at", [-1, -20, -43, -44, -64])
def test_a_key_that_differs_in_one_digit_anywhere_is_another(own: Shown, at: int) -> None:
    async def meet() -> None:
        async with Camera(SignIn(), tls=own.context()) as camera:
            whole = fingerprint_of(own.der())
            other = "0" if whole[at] != "0" else "1"
            almost = f"{whole[:at]}{other}{whole[at:][1:]}"
            with pytest.raises(SourceError) as error:
                await received(with_trust(camera.address, Trust(almost)), Kept())
            assert error.value.problem is SourceProblem.CHANGED_KEY
            assert camera.asked == []

    asyncio.run(meet())


def test_a_renewed_or_expired_certificate_with_the_kept_key_is_the_cameras(own: Shown, tmp_path: Path) -> None:
    async def meet() -> None:
        expired = make(tmp_path, "renewed", like=own, days_from=-9, days_until=-2)
        async with Camera(tls=expired.context()) as camera:
            assert (await received(with_trust(camera.address, Trust(fingerprint_of(own.der()))))).units

    asyncio.run(meet())


@pytest.mark.parametrize(("days_from", "days_until", "words"), [(-9, -2, "ended on"), (2, 9, "begins on")])
def test_a_new_camera_out_of_date_is_not_trusted_by_itself(
    tmp_path: Path, days_from: int, days_until: int, words: str
) -> None:
    async def meet() -> None:
        shown = make(tmp_path, "shed", days_from=days_from, days_until=days_until)
        async with Camera(SignIn(), tls=shown.context()) as camera:
            kept = Kept()
            with pytest.raises(SourceError) as error:
                await received(camera.address, kept)
            assert error.value.problem is SourceProblem.CERTIFICATE
            assert words in error.value.detail
            assert (camera.asked, kept.trusts) == ([], [])
            fingerprint = error.value.detail.split()[-1].rstrip(".")
            assert (await received(with_trust(camera.address, Trust.in_key(fingerprint)))).units, "as a person may say"

    asyncio.run(meet())


def test_without_a_memory_no_new_camera_is_trusted(own: Shown) -> None:
    async def meet() -> None:
        async with Camera(tls=own.context()) as camera:
            with pytest.raises(SourceError) as error:
                await received(camera.address)
            assert error.value.problem is SourceProblem.CERTIFICATE
            assert camera.asked == []

    asyncio.run(meet())


def test_what_cannot_be_kept_is_not_trusted(own: Shown) -> None:
    class Full(Kept):
        async def trust(self, trust: Trust) -> None:
            raise OSError(f"the disk is full: no {trust}")

    async def meet() -> None:
        async with Camera(tls=own.context()) as camera:
            with pytest.raises(OSError, match="full"):
                await received(camera.address, Full())
            assert camera.asked == []

    asyncio.run(meet())


def test_authorities_vouch_each_time_once_they_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = make(tmp_path, "authority", authority=True)
    good, gone = make(tmp_path, "good", by=authority), make(tmp_path, "gone", by=authority, days_from=-9, days_until=-2)
    selfmade, elsewhere = make(tmp_path, "selfmade"), make(tmp_path, "elsewhere", by=authority, host="192.0.2.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))

    async def meet() -> None:
        kept = Kept()
        async with Camera(SignIn(), tls=good.context()) as camera:
            assert (await received(camera.address, kept)).units
            assert kept.trusts == [Trust("")]
        for shown in (gone, selfmade, elsewhere):
            async with Camera(SignIn(), tls=shown.context()) as camera:
                with pytest.raises(SourceError) as error:
                    await received(with_trust(camera.address, Trust("")), kept)
                assert error.value.problem is SourceProblem.CERTIFICATE
                assert camera.asked == []
        assert kept.trusts == [Trust("")]

    asyncio.run(meet())


def test_where_the_system_begins_with_older_tls_we_do_not() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.warns(DeprecationWarning, match="TLS"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    made = any_certificate(context)
    assert made is context
    assert made.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("known", [False, True])
def test_tls_before_1_2_is_not_spoken(own: Shown, *, known: bool) -> None:
    context = own.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLS"):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1

    async def meet() -> SourceError:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with Camera(tls=context) as camera:
            trust = Trust(fingerprint_of(own.der()))
            with pytest.raises(SourceError) as error:
                await received(with_trust(camera.address, trust) if known else camera.address, Kept())
            assert camera.asked == []
            return error.value

    assert asyncio.run(meet()).problem is SourceProblem.UNREACHABLE


@pytest.mark.parametrize(
    ("behaviour", "problems"),
    [
        (Camera, {SourceProblem.UNREACHABLE}),  # waits for the rest of a head that is none
        (bad.HttpServer, {SourceProblem.NOT_TLS}),
        (bad.SshServer, {SourceProblem.NOT_TLS}),
        (bad.Silent, {SourceProblem.UNREACHABLE}),
        (bad.ClosesAtOnce, {SourceProblem.UNREACHABLE}),
        (bad.Garbage, {SourceProblem.NOT_TLS, SourceProblem.UNREACHABLE}),
    ],
)
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_what_speaks_no_tls_is_named(
    run: Callable[..., SourceError], behaviour: type[Camera], problems: set[SourceProblem]
) -> None:
    async def meet() -> SourceError:
        async with behaviour() as camera:
            with pytest.raises(SourceError) as error:
                await received(camera.address.replace("rtsp:", "rtsps:"), Kept())
            return error.value

    assert run(meet()).problem in problems


@pytest.mark.parametrize("behaviour", [bad.HttpServer, bad.SshServer, bad.Garbage])
def test_a_tls_server_that_is_no_camera_is_named(own: Shown, behaviour: type[Camera]) -> None:
    async def meet() -> SourceError:
        async with behaviour(tls=own.context()) as camera:
            with pytest.raises(SourceError) as error:
                await received(camera.address, Kept())
            return error.value

    assert asyncio.run(meet()).problem is SourceProblem.NOT_A_CAMERA


def test_a_camera_is_not_followed_out_of_tls(own: Shown) -> None:
    async def meet() -> SourceError:
        async with bad.RedirectsHere(tls=own.context()) as camera:  # to its rtsp:// address
            with pytest.raises(SourceError) as error:
                await received(camera.address, Kept())
            return error.value

    assert "away from TLS" in asyncio.run(meet()).detail


@pytest.mark.origin
@pytest.mark.parametrize("digest", [(), ("--user", "porch", "--password", "right", "--digest")], ids=["open", "Digest"])
def test_gstreamers_server_is_received_under_tls(
    clips: Path, tmp_path: Path, own: Shown, digest: tuple[str, ...]
) -> None:
    files = ("--certificate", str(own.certificate), "--key", str(own.key))
    who = "porch:right@" if digest else ""
    with running_origin(tmp_path, clip_file(clips, SMALL), *files, *digest) as origin:
        kept, address = Kept(), f"rtsps://{who}127.0.0.1:{origin.port}/0"
        assert len(asyncio.run(received(address, kept)).units) >= PICTURES
        assert kept.trusts == [Trust(fingerprint_of(own.der()))]
        assert len(uvloop.run(received(with_trust(address, kept.trusts[0]))).units) >= PICTURES
        assert refused(with_trust(address, Trust("sha256:" + "0" * 64))).problem is SourceProblem.CHANGED_KEY
        if digest:
            wrong = with_trust(address.replace("right", "wrong"), kept.trusts[0])
            assert refused(wrong).problem is SourceProblem.REFUSED_PASSWORD


@pytest.mark.origin
def test_gstreamers_plain_server_is_no_tls_server(clips: Path, tmp_path: Path) -> None:
    with running_origin(tmp_path, clip_file(clips, SMALL)) as origin:
        error = refused(f"rtsps://127.0.0.1:{origin.port}/0", Kept())
    assert error.problem in {SourceProblem.NOT_TLS, SourceProblem.UNREACHABLE}
