"""Addresses as people type them, and that nothing a camera's password holds is ever shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.input.camera_address import AddressError, CameraAddress, printable_url
from curtilage.cameras.input.trust import Trust

READ = [
    ("rtsp://192.0.2.10/stream1", ("192.0.2.10", 554, "/stream1", None, "")),
    ("  RTSP://Porch.Example:8554/a  ", ("porch.example", 8554, "/a", None, "")),
    ("rtsp://192.0.2.10", ("192.0.2.10", 554, "", None, "")),
    ("rtsp://192.0.2.10:/x", ("192.0.2.10", 554, "/x", None, "")),
    ("rtsp://admin:se%40cret%2F@192.0.2.10/x", ("192.0.2.10", 554, "/x", "admin", "se@cret/")),
    ("rtsp://admin:p@ss#word@192.0.2.10/x", ("192.0.2.10", 554, "/x", "admin", "p@ss#word")),
    ("rtsp://admin:a:b@camera/x", ("camera", 554, "/x", "admin", "a:b")),
    ("rtsp://admin@camera/x", ("camera", 554, "/x", "admin", "")),
    ("rtsp://:@camera/x", ("camera", 554, "/x", "", "")),
    ("rtsp://[2001:DB8::10]:8554/x", ("2001:db8::10", 8554, "/x", None, "")),
    ("rtsp://u:p@[::1]", ("::1", 554, "", "u", "p")),
    ("rtsp://[fe80::1%25eth0]/x", ("fe80::1%eth0", 554, "/x", None, "")),
    ("rtsp://camera?channel=1", ("camera", 554, "?channel=1", None, "")),
    (
        "rtsp://camera/cam/realmonitor?channel=1&subtype=0",
        ("camera", 554, "/cam/realmonitor?channel=1&subtype=0", None, ""),
    ),
    ("rtsp://camera/user=admin&password=&channel=1", ("camera", 554, "/user=admin&password=&channel=1", None, "")),
    ("rtsp://camera/Garage links", ("camera", 554, "/Garage%20links", None, "")),
    ("rtsp://bücher.example/x", ("xn--bcher-kva.example", 554, "/x", None, "")),
    ("rtsp://cam_1.local./x", ("cam_1.local.", 554, "/x", None, "")),
    ("rtsps://u:p@192.0.2.10/x", ("192.0.2.10", 322, "/x", "u", "p")),
    ("RTSPS://camera:8322", ("camera", 8322, "", None, "")),
    ("rtsps://[::1]/x#trust=authorities", ("::1", 322, "/x", None, "")),
    ("rtsp://camera/a@b:c", ("camera", 554, "/a@b:c", None, "")),
]

NONSENSE = [
    ("", "begins with rtsp"),
    ("192.0.2.10", "begins with rtsp"),
    ("http://192.0.2.10/", "begins with rtsp"),
    ("rtsp://", "names no host"),
    ("rtsp:///stream", "names no host"),
    ("rtsp://u:p@/stream", "names no host"),
    ("rtsp://camera:0/", "port"),
    ("rtsp://camera:65536/", "port"),
    ("rtsp://camera:http/", "port"),
    ("rtsp://camera:٥٥٤/", "port"),
    ("rtsp://256.1.1.1/", "IPv4"),
    ("rtsp://192.0.2/", "IPv4"),
    ("rtsp://2001:db8::1/", "brackets"),
    ("rtsp://[2001:db8::1/", "brackets"),
    ("rtsp://[2001:db8::1]8554/", "brackets"),
    ("rtsp://[nonsense]/", "IPv6"),
    ("rtsp://[fe80::1%25a b]/", "zone"),
    ("rtsp://a..b/", "host"),
    ("rtsp://a b/", "host"),
    ("rtsp://-a/", "host"),
    ("rtsp://" + "ü" * 70 + "/", "host"),
    ("rtsp://" + "a." * 130 + "b/", "host"),
    ("rtsp://camera/\r\nHost: x", "cannot be seen"),
    ("rtsp://camera/" + "x" * 2048, "too long"),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_an_address_is_read(text: str, expected: tuple[str, int, str, str | None, str]) -> None:
    address = CameraAddress.parse(text)
    assert (address.host, address.port, address.path, address.user, address.password) == expected


@pytest.mark.parametrize(("text", "words"), NONSENSE)
def test_nonsense_is_refused_in_clear_words(text: str, words: str) -> None:
    with pytest.raises(AddressError, match=words) as refused:
        CameraAddress.parse(text)
    assert refused.value.do, "says what to do"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("rtsp://admin:secret@CAMERA/x?y=1", "rtsp://camera:554/x?y=1"),
        ("rtsp://admin:secret@[2001:db8::1]:8554", "rtsp://[2001:db8::1]:8554"),
        ("rtsp://camera?channel=1", "rtsp://camera:554/?channel=1"),
        ("rtsps://admin:secret@camera/x#trust=authorities", "rtsps://camera:322/x"),
    ],
)
def test_the_request_line_holds_no_credentials(text: str, url: str) -> None:
    assert CameraAddress.parse(text).request_url() == url


def test_neither_repr_nor_redacted_shows_a_password() -> None:
    address = CameraAddress.parse(
        "rtsp://owner:hidden1@camera/user=hidden2&password=hidden3&channel=4_a.sdp?pass=hidden5"
    )
    assert "hidden" not in repr(address)
    assert "owner" not in repr(address)
    assert address.redacted() == "rtsp://…@camera:554/user=…&password=…&channel=…?pass=…"


@pytest.mark.parametrize(
    "text", ["rtsp://u:hid/den@camera/x", "rtsp://u:hid?den@camera/x", "rtsp://u:hid/den@camera:1/x"]
)
def test_a_password_with_a_slash_is_explained_and_not_quoted(text: str) -> None:
    with pytest.raises(AddressError, match="%2F") as refused:
        CameraAddress.parse(text)
    assert "hid" not in str(refused.value)


def test_tls_and_its_trust_are_read() -> None:
    key = "sha256:" + "0a" * 32
    address = CameraAddress.parse(f"rtsps://u:p@camera/x#trust={key}")
    assert (address.tls, address.trust) == (True, Trust(key))
    assert address.redacted() == "rtsps://…@camera:322/x"
    plain = CameraAddress.parse("rtsp://camera/x")
    assert (plain.tls, plain.trust) == (False, None)


@given(st.text(max_size=80), st.sampled_from(["", "rtsp://", "rtsp://u:p@", "rtsp://camera/", "rtsp://[::1]:"]))
def test_any_text_is_read_or_refused(text: str, before: str) -> None:
    try:
        address = CameraAddress.parse(before + text)
    except AddressError:
        return
    url = address.request_url()
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    again = CameraAddress.parse(url)
    assert (again.host, again.port, again.request_url()) == (address.host, address.port, url)


@given(st.text(max_size=60))
def test_a_printable_url_stays_as_it_is(text: str) -> None:
    once = printable_url(text)
    assert printable_url(once) == once
