"""Requests of the WSDL, and replies as cameras write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.onvif import onvif_messages as messages
from curtilage.cameras.onvif.onvif_messages import Made, MediaService, Profile
from curtilage.cameras.onvif.onvif_xml import envelope, first, read, words

MEDIA2, MEDIA = "http://www.onvif.org/ver20/media/wsdl", "http://www.onvif.org/ver10/media/wsdl"
SECOND, FIRST = MediaService(80, "/m2", second=True), MediaService(80, "/m", second=False)


@pytest.mark.parametrize(
    ("body", "namespace", "name"),
    [
        (messages.get_time(), "http://www.onvif.org/ver10/device/wsdl", "GetSystemDateAndTime"),
        (messages.get_information(), "http://www.onvif.org/ver10/device/wsdl", "GetDeviceInformation"),
        (messages.get_services(), "http://www.onvif.org/ver10/device/wsdl", "GetServices"),
        (messages.get_capabilities(), "http://www.onvif.org/ver10/device/wsdl", "GetCapabilities"),
        (messages.get_profiles(SECOND), MEDIA2, "GetProfiles"),
        (messages.get_profiles(FIRST), MEDIA, "GetProfiles"),
        (messages.get_stream_uri(SECOND, Profile("t", "", "", 1, 1)), MEDIA2, "GetStreamUri"),
        (messages.get_stream_uri(FIRST, Profile("t", "", "", 1, 1)), MEDIA, "GetStreamUri"),
        (messages.set_synchronization_point(SECOND, "t"), MEDIA2, "SetSynchronizationPoint"),
        (messages.set_synchronization_point(FIRST, "t"), MEDIA, "SetSynchronizationPoint"),
    ],
)
def test_every_request_is_the_operation_of_its_wsdl(body: str, namespace: str, name: str) -> None:
    root = read(envelope(body, None))
    assert first(root, "Body") is not None
    assert next(iter(first(root, "Body") or [])).tag == f"{{{namespace}}}{name}"


def test_a_token_with_markup_in_it_stays_a_token() -> None:
    root = read(envelope(messages.get_stream_uri(SECOND, Profile('a<b>&"c', "", "", 1, 1)), None))
    assert words(root, "ProfileToken") == 'a<b>&"c'


@pytest.mark.parametrize(
    ("xml", "ms"),
    [
        (
            "<Year>2026</Year><Month>11</Month><Day>21</Day><Hour>12</Hour><Minute>0</Minute><Second>1</Second>",
            1_795_262_401_000,
        ),
        (
            "<Year>2026</Year><Month>11</Month><Day>21</Day><Hour>12</Hour><Minute>0</Minute><Second>60</Second>",
            1_795_262_459_000,
        ),
        ("<Year>2026</Year><Month>13</Month><Day>21</Day><Hour>12</Hour><Minute>0</Minute><Second>1</Second>", None),
        ("<Year>-1</Year>", None),
        ("", None),
    ],
)
def test_the_cameras_clock_is_read(xml: str, ms: int | None) -> None:
    assert messages.time_ms(read(f"<r><LocalDateTime/><UTCDateTime>{xml}</UTCDateTime></r>".encode())) == ms


@pytest.mark.parametrize(
    ("maker", "model", "whole"),
    [("Hearth", "Porch 2", "Hearth Porch 2"), ("hearth", "HEARTH P2", "HEARTH P2"), ("", "P2", "P2"), ("", "", "")],
)
def test_the_model_stands_with_its_maker(maker: str, model: str, whole: str) -> None:
    xml = f"<GetDeviceInformationResponse><Manufacturer>{maker}</Manufacturer><Model>{model}</Model>"
    root = read(f"<r>{xml}<FirmwareVersion>1</FirmwareVersion></GetDeviceInformationResponse></r>".encode())
    assert messages.made(root) == Made(whole, "1")


def service(name: str, address: str) -> str:
    return f"<Service><Namespace>{name}</Namespace><XAddr>{address}</XAddr></Service>"


@pytest.mark.parametrize(
    ("xml", "found"),
    [
        (
            service(MEDIA, "http://h/m") + service(MEDIA2, "http://h:81/m2?x=1"),
            [MediaService(81, "/m2?x=1", True), FIRST],
        ),
        (service(MEDIA, "http://h/m"), [FIRST]),
        (service(MEDIA, "https://h/m") + service("x", "http://h/x"), []),
        (service(MEDIA, "http://h:99999/m"), []),
        (service(MEDIA, "http://[h/m"), []),
        (service(MEDIA, "file:///etc/passwd"), []),
        ("<Capabilities><Media><XAddr>http://h/m</XAddr></Media></Capabilities>", [FIRST]),
        ("<Capabilities/>", []),
    ],
)
def test_media_services_are_found_the_newer_first(xml: str, found: list[MediaService]) -> None:
    assert messages.media_services(read(f"<r>{xml}</r>".encode())) == found


SHOWN = [
    Profile("still", "lens", "JPEG", 4000, 3000),
    Profile("main", "lens", "H264", 1920, 1080),
    Profile("other", "second lens", "H264", 3840, 2160),
    Profile("sub", "lens", "H264", 640, 360),
    Profile("new", "lens", "H265", 2560, 1440),
]


@pytest.mark.parametrize(
    ("offered", "sub", "token", "chosen"),
    [
        (SHOWN, False, "", "main"),
        (SHOWN, True, "", "sub"),
        (SHOWN, True, "other", "other"),
        (SHOWN, False, "none", None),
        ([SHOWN[0], SHOWN[4]], False, "", "still"),
        (SHOWN[1:2], True, "", "main"),
    ],
)
def test_the_profile_is_chosen(offered: list[Profile], sub: bool, token: str, chosen: str | None) -> None:
    found = messages.choose(offered, sub=sub, token=token)
    assert (found.token if found else None) == chosen


def test_profiles_without_video_or_token_are_left_out() -> None:
    size = "<Resolution><Width>9</Width><Height>x</Height></Resolution>"
    video = f"<VideoEncoder><Encoding>h264</Encoding>{size}</VideoEncoder>"
    xml = f'<r><Profiles token="a">{video}</Profiles><Profiles token="b"/><Profiles>{video}</Profiles></r>'
    assert messages.profiles(read(xml.encode())) == [Profile("a", "", "H264", 9, 0)]
    many = "<r>" + f'<Profiles token="a">{video}</Profiles>' * 400 + "</r>"
    assert len(messages.profiles(read(many.encode()))) == 256


@given(st.text(max_size=80), st.booleans())
def test_any_address_of_a_service_is_read_or_none(text: str, second: bool) -> None:
    found = messages.service_path(text, second)
    assert found is None or found.path.isascii()
    found = messages.service_path(f"http://{text}", second)
    assert found is None or (found.path.isascii() and " " not in found.path)
