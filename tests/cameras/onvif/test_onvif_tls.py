"""Cameras whose ONVIF services are asked over HTTPS: known by the key they showed first, and by no other."""

import asyncio
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.trust import CameraMemory, Trust, fingerprint_of, with_trust
from curtilage.cameras.onvif.onvif_source import OnvifSource
from curtilage.cameras.source_kind import make_source
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.cameras.kept import Kept
from tests.cameras.onvif.test_onvif_source import received
from tests.cameras.recording_sink import RecordingSink
from tests.origin.certificates import make
from tests.origin.made_camera import Camera, SignIn
from tests.origin.onvif_device import OnvifDevice

pytestmark = pytest.mark.slow
CONFIG = replace(Config(), rtsp_connect_s=1.0, rtsp_reply_s=1.0, onvif_reply_s=1.0)


def source_of(address: str, memory: CameraMemory | None) -> OnvifSource:
    source = make_source(address, CONFIG, SystemClock(), secrets.token_bytes)
    assert isinstance(source, OnvifSource)
    if memory is not None:
        source.remember_in(memory)
    return source


async def refused(address: str, memory: CameraMemory | None) -> SourceProblem:
    """Why."""
    with pytest.raises(SourceError) as error:
        await source_of(address, memory).run(RecordingSink())
    return error.value.problem


class NamesHttp(OnvifDevice):
    """Asked over HTTPS, it names its services' addresses without."""

    @property
    def services_scheme(self) -> str:
        """See OnvifDevice."""
        return "http"


class StreamUnderTls(OnvifDevice):
    """Its stream comes under TLS as well."""

    scheme = "rtsps"


@pytest.mark.parametrize("way", [OnvifDevice, NamesHttp, StreamUnderTls])
def test_the_key_shown_first_is_kept_and_leads_to_the_pictures(tmp_path: Path, way: type[OnvifDevice]) -> None:
    shown = make(tmp_path, "shown")
    trust = Trust(fingerprint_of(shown.der()))

    async def meet() -> None:
        under = shown.context() if way.scheme == "rtsps" else None
        async with Camera(SignIn(), tls=under) as stream, way(stream, shown.context()) as device:
            kept = Kept()
            source = source_of(device.address, kept)
            assert (await received(source)).units
            assert set(kept.trusts) == {trust}
            assert kept.described
            await source.ask_keyframe()
            assert device.keyframes_of == ["main_1"]
            again = Kept()
            assert (await received(source_of(with_trust(device.address, trust), again))).units
            assert again.trusts == [], "it was known"

    asyncio.run(meet())


def test_an_expired_certificate_with_the_kept_key_is_still_the_cameras(tmp_path: Path) -> None:
    old = make(tmp_path, "old", days_from=-30, days_until=-1)
    trust = Trust(fingerprint_of(old.der()))

    async def meet() -> None:
        async with Camera(SignIn()) as stream, OnvifDevice(stream, old.context()) as device:
            assert (await received(source_of(with_trust(device.address, trust), Kept()))).units
            assert await refused(device.address, Kept()) is SourceProblem.CERTIFICATE

    asyncio.run(meet())


def test_a_certificate_that_an_authority_nobody_knows_made_is_taken_by_its_key_alone(tmp_path: Path) -> None:
    root = make(tmp_path, "root", authority=True)
    leaf, other = make(tmp_path, "leaf", by=root), make(tmp_path, "other", by=root)
    trust = Trust(fingerprint_of(leaf.der()))

    async def meet() -> None:
        async with Camera(SignIn()) as stream, OnvifDevice(stream, leaf.context()) as device:
            assert (await received(source_of(with_trust(device.address, trust), Kept()))).units
        async with Camera(SignIn()) as stream, OnvifDevice(stream, other.context()) as device:
            assert await refused(with_trust(device.address, trust), Kept()) is SourceProblem.CHANGED_KEY

    asyncio.run(meet())


def test_another_key_no_memory_and_no_tls_are_refused_before_anything_is_said(tmp_path: Path) -> None:
    shown = make(tmp_path, "shown")

    async def meet() -> None:
        async with Camera(SignIn()) as stream, OnvifDevice(stream, shown.context()) as device:
            other = with_trust(device.address, Trust("sha256:" + "0" * 64))
            assert await refused(other, Kept()) is SourceProblem.CHANGED_KEY
            assert await refused(with_trust(device.address, Trust("")), Kept()) is SourceProblem.CERTIFICATE
            assert await refused(device.address, None) is SourceProblem.CERTIFICATE
            plain = device.address.replace("onvifs://", "onvif://")
            assert await refused(plain, Kept()) in (SourceProblem.NOT_A_CAMERA, SourceProblem.UNREACHABLE)
            assert device.asked == []
            assert stream.asked == []
        async with Camera(SignIn()) as stream, OnvifDevice(stream) as device:
            ciphered = device.address.replace("onvif://", "onvifs://")
            assert await refused(ciphered, Kept()) in (SourceProblem.NOT_TLS, SourceProblem.UNREACHABLE)
            assert device.asked == []

    asyncio.run(meet())


def test_who_answers_the_second_time_with_another_key_is_told_nothing(tmp_path: Path) -> None:
    first, second = make(tmp_path, "first"), make(tmp_path, "second")

    async def meet() -> None:
        context = first.context()
        async with Camera(SignIn()) as stream, OnvifDevice(stream, context) as device:

            class Swaps(Kept):
                async def trust(self, trust: Trust) -> None:
                    await super().trust(trust)
                    context.load_cert_chain(second.certificate, second.key)

            assert await refused(device.address, Swaps()) is SourceProblem.UNREACHABLE
            assert device.asked == []

    asyncio.run(meet())
