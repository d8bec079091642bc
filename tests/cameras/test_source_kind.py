"""Which address is which kind, and that no listing shows what must stay hidden."""

import contextlib
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.onvif.onvif_source import OnvifSource
from curtilage.cameras.rtsp.rtsp import RtspSource
from curtilage.cameras.simulated.simulated import SimulatedSource
from curtilage.cameras.source_kind import describe_address, host_of, make_source, may_have_key, sub_address_of
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.errors import PersonError

KEY = "ab" * 32


def make(text: str) -> object:
    return make_source(text, Config(), SystemClock(), secrets.token_bytes)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("rtsp://user:secret@192.0.2.10/stream1", RtspSource),
        (" RTSP://192.0.2.10:8554/ ", RtspSource),
        ("rtsps://user:secret@192.0.2.10/stream1", RtspSource),
        ("onvif://user:secret@192.0.2.10", OnvifSource),
        ("onvifs://user:secret@192.0.2.10", OnvifSource),
        ("sim:Rose%20house", SimulatedSource),
        ("SIM:Rose%20house?seed=2&scene=hall&home=1&camera=2", SimulatedSource),
    ],
)
def test_the_address_decides_the_source(text: str, kind: type) -> None:
    assert isinstance(make(text), kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "porch",
        "192.0.2.10",
        "http://secret@192.0.2.10/",
        "onvif://u:secret@192.0.2.10:0",
        "onvif://192.0.2.10?secret=1",
        "rtspss://u:secret@192.0.2.10/",
        "rtsps://u:secret@192.0.2.10:0/",
        "rtsp:/secret",
        "sims:Rose",
        "sim:",
        "sim:Rose?secret=1",
        "sim:Rose?seed=secret",
        "sim:Rose?colour=secret",
        "sim:Rose?mark=secret",
        "file:///secret",
        "sim:%00",
        "sim:Rose?scene=secret",
        "sim:Rose?home=65536",
        "sim:Rose?camera=-1",
        "sim:" + "e" * 65,
    ],
)
def test_anything_else_is_refused_in_words_that_repeat_no_secret(text: str) -> None:
    with pytest.raises(PersonError) as refused:
        make(text)
    assert refused.value.do
    assert "secret" not in str(refused.value)
    assert "secret" not in describe_address(text)


@pytest.mark.parametrize(
    ("text", "shown", "host"),
    [
        ("rtsp://user:secret@192.0.2.10/stream1", "rtsp://…@192.0.2.10:554/stream1", "192.0.2.10"),
        (f"RTSPS://u:secret@192.0.2.10/s#trust=sha256:{KEY}", "rtsps://…@192.0.2.10:322/s", "192.0.2.10"),
        ("onvif://u:secret@192.0.2.10/x?stream=sub", "onvif://…@192.0.2.10:80 (sub)", "192.0.2.10"),
        (f"sim:Rose%20house?seed=2&mark={KEY}", "sim:Rose%20house?scene=garden&seed=2", ""),
        ("nonsense", "an address that cannot be read", ""),
    ],
)
def test_a_listing_shows_the_address_without_credentials(text: str, shown: str, host: str) -> None:
    assert (describe_address(text), host_of(text)) == (shown, host)


@given(
    st.one_of(
        st.text(), st.text().map("sim:".__add__), st.text().map("rtsp://".__add__), st.text().map("onvif://".__add__)
    )
)
def test_no_text_makes_a_listing_fail(text: str) -> None:
    assert describe_address(text)
    host_of(text)
    with contextlib.suppress(PersonError):
        make(text)


@pytest.mark.parametrize(
    ("text", "has"),
    [
        (" RTSPS://h/x", True),
        ("onvif://h", True),
        ("onvifs://h", True),
        ("rtsp://h/rtsps://", False),
        ("sim:a", False),
        ("", False),
    ],
)
def test_only_what_may_be_under_tls_has_a_key(text: str, has: bool) -> None:
    assert may_have_key(text) is has


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("onvif://ada:b@192.0.2.1", "onvif://ada:b@192.0.2.1?stream=sub"),
        (f"onvif://192.0.2.1#trust=sha256:{'ab' * 32}", f"onvif://192.0.2.1?stream=sub#trust=sha256:{'ab' * 32}"),
        ("onvifs://192.0.2.1", "onvifs://192.0.2.1?stream=sub"),
        ("onvif://192.0.2.1/onvif/other", "onvif://192.0.2.1/onvif/other?stream=sub"),
        ("onvif://192.0.2.1?stream=sub", ""),
        ("onvif://192.0.2.1?profile=p1", ""),
        ("onvif://", ""),
        ("rtsp://192.0.2.1/1", ""),
        ("sim:Porch", ""),
        ("", ""),
    ],
)
def test_an_onvif_address_names_its_sub_stream_by_itself(text: str, named: str) -> None:
    assert sub_address_of(text) == named
    if named:
        make(named)
