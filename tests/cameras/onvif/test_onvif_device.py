"""A camera's services over HTTP, apart from its stream: how it is asked. (test_onvif_source.py meets the bad ones.)"""

import asyncio

import pytest

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.onvif.onvif_address import OnvifAddress
from curtilage.cameras.onvif.onvif_device import OnvifDevice
from curtilage.cameras.onvif.onvif_messages import Made
from curtilage.clock import SystemClock
from curtilage.config import Config
from tests.origin.made_camera import Asked, Camera, SignIn
from tests.origin.onvif_device import OnvifDevice as MadeDevice

pytestmark = pytest.mark.slow


def device_at(address: str, config: Config | None = None) -> OnvifDevice:
    counted = iter(range(1, 10_000))

    def entropy(count: int) -> bytes:
        return next(counted).to_bytes(count)

    return OnvifDevice(OnvifAddress.parse(address), config or Config(), SystemClock(), entropy)


def test_the_operations_come_in_order_and_each_token_is_used_once() -> None:
    async def meet() -> None:
        async with Camera(SignIn()) as stream, MadeDevice(stream) as made, device_at(made.address) as device:
            assert await device.made() == Made("Hearth Porch 2", "3.5.1_00.66")
            service, profile = await device.profile()
            uri = await device.stream_uri(service, profile)
            assert uri == f"rtsp://127.0.0.1:{stream.port}/live?profile=main_1&a=1"
            await device.ask_keyframe(service, profile)
            order = ["GetSystemDateAndTime", "GetDeviceInformation", "GetServices", "GetProfiles", "GetStreamUri"]
            assert made.asked == [*order, "GetSystemDateAndTime", "SetSynchronizationPoint"]

    asyncio.run(meet())


class Heard(MadeDevice):
    """Keeps all it hears; wants Basic, which would say the password."""

    def __init__(self, stream: Camera) -> None:
        super().__init__(stream)
        self.heard = ""

    def reply(self, asked: Asked, body: str) -> bytes:
        """See OnvifDevice."""
        self.heard += f"{asked}{body}"
        return self.answer(401, b"", 'WWW-Authenticate: Basic realm="x"\r\n')


def test_the_password_itself_is_never_sent() -> None:
    async def meet() -> None:
        sign_in = SignIn(password="unsaid")
        async with Camera(sign_in) as stream, Heard(stream) as made, device_at(made.address) as device:
            with pytest.raises(SourceError) as error:
                await device.made()
            assert error.value.problem is SourceProblem.REFUSED_PASSWORD
            assert "unsaid" not in made.heard
            assert "cG9yY2g6dW5zYWlk" not in made.heard, "nor in base64"

    asyncio.run(meet())


def test_a_reply_is_bounded_in_length_and_time() -> None:
    async def meet() -> None:
        async with Camera() as stream, MadeDevice(stream) as made:
            async with device_at(made.address, Config(onvif_reply_bytes_max=200)) as device:
                with pytest.raises(SourceError, match="too long"):
                    await device.made()
            async with device_at("onvif://127.0.0.1:9", Config(onvif_reply_s=0.2)) as nobody:
                with pytest.raises(SourceError, match="unreachable"):
                    await nobody.made()

    asyncio.run(meet())
