"""``onvif://`` addresses as people type them; nothing of a password is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.input.camera_address import AddressError
from curtilage.cameras.input.trust import Trust
from curtilage.cameras.onvif.onvif_address import DEVICE_SERVICE, OnvifAddress

KEY = "sha256:" + "0a" * 32
READ = [
    ("onvif://192.0.2.10", OnvifAddress("192.0.2.10", 80, DEVICE_SERVICE)),
    (" ONVIF://Porch.Lan:8080/ ", OnvifAddress("porch.lan", 8080, DEVICE_SERVICE)),
    ("onvif://a:p%40ss@porch", OnvifAddress("porch", 80, DEVICE_SERVICE, "a", "p@ss")),
    ("onvif://[2001:DB8::1]:99/x", OnvifAddress("2001:db8::1", 99, "/x")),
    ("onvif://porch?stream=sub", OnvifAddress("porch", 80, DEVICE_SERVICE, sub=True)),
    ("onvif://porch/?stream=main", OnvifAddress("porch", 80, DEVICE_SERVICE)),
    ("onvif://porch/d?profile=a%20b&stream=sub", OnvifAddress("porch", 80, "/d", sub=True, profile="a b")),
    ("onvifs://a:b@porch", OnvifAddress("porch", 443, DEVICE_SERVICE, "a", "b", tls=True)),
    ("ONVIFS://porch:8443/x#trust=authorities", OnvifAddress("porch", 8443, "/x", trust=Trust(""), tls=True)),
    (f"onvif://porch#trust={KEY}", OnvifAddress("porch", 80, DEVICE_SERVICE, trust=Trust(KEY))),
]


@pytest.mark.parametrize(("text", "address"), READ)
def test_an_address_is_read(text: str, address: OnvifAddress) -> None:
    assert OnvifAddress.parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "porch", "http://porch", "rtsp://porch", "onvif://", "onvif://h:0", "onvif://h?stream=third"),
        *("onvif://h?x=1", "onvif://h/\x00", "onvif://" + "h" * 3000),
    ],
)
def test_nonsense_is_refused_in_clear_words(text: str) -> None:
    with pytest.raises(AddressError) as refused:
        OnvifAddress.parse(text)
    assert refused.value.do


@pytest.mark.parametrize(
    ("text", "origin", "shown"),
    [
        ("onvif://porch", "http://porch:80", "onvif://porch:80"),
        ("onvifs://owner:hidden@porch", "https://porch:443", "onvifs://…@porch:443"),
        ("onvif://owner:hidden@[::1]:99/x?stream=sub", "http://[::1]:99", "onvif://…@[::1]:99 (sub)"),
    ],
)
def test_neither_repr_nor_redacted_shows_a_password(text: str, origin: str, shown: str) -> None:
    address = OnvifAddress.parse(text)
    assert (address.origin(), address.redacted()) == (origin, shown)
    assert "hidden" not in repr(address)
    assert "owner" not in repr(address)


@given(st.text(max_size=80), st.sampled_from(["", "onvif://", "onvif://u:p@", "onvif://h/", "onvif://h?"]))
def test_any_text_is_read_or_refused(text: str, before: str) -> None:
    try:
        address = OnvifAddress.parse(before + text)
    except AddressError:
        return
    assert address.origin().isascii()
    assert address.path.startswith("/")
    assert " " not in address.path
