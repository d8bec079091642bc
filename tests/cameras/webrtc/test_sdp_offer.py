"""Offers: what browsers send is read, what cannot be answered is refused in words, and noise breaks nothing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.webrtc.sdp_offer import (
    CANDIDATES_COUNT_MAX,
    BadOffer,
    Candidate,
    Fault,
    Offer,
    read_offer,
    read_trickle,
)
from tests.cameras.sounding import SOUND_OFFER
from tests.cameras.whep_side import FINGERPRINT, HEAD, OFFER, TRICKLE, VIDEO

AUDIO = VIDEO.replace("m=video", "m=audio").replace("a=mid:0", "a=mid:1").replace("H264", "opus")


def read(text: str) -> Offer | BadOffer:
    return read_offer(text.encode())


def offered(text: str) -> Offer:
    found = read(text)
    assert isinstance(found, Offer), found
    return found


def test_a_browsers_offer() -> None:
    offer = offered(OFFER)
    assert [(codec.payload_type, codec.profile_level_id) for codec in offer.codecs] == [
        (102, "64001f"),
        (108, "42e01f"),
    ]
    assert offer.codecs[0].feedback == {"nack", "nack pli", "transport-cc"}
    assert (offer.ice.username, offer.setup, offer.bundled) == ("abcd", "actpass", True)
    assert offer.fingerprints == (("sha-256", FINGERPRINT),)
    assert "abcdefghijkl" not in repr(offer)


def test_names_in_candidates_are_left_out() -> None:
    assert offered(OFFER).candidates == (Candidate("1", 2122260223, "127.0.0.1", 9, "host"),)


@pytest.mark.parametrize(
    "line",
    [
        "1 1 udp 5 camera.example 9 typ host", "1 1 tcp 5 192.0.2.1 9 typ host", "1 2 udp 5 192.0.2.1 9 typ host",
        "1 1 udp 5 192.0.2.1 0 typ host", "1 1 udp 5 192.0.2.1 99999 typ host", "1 1 udp -5 192.0.2.1 9 typ host",
        "1 1 udp 5 224.0.0.1 9 typ host", "1 1 udp 5 0.0.0.0 9 typ host", "1 1 udp 5 fe80::1%eth0 9 typ host",
        "1 1 udp 5 192.0.2.1 9 typ odd", "1 1 udp 99999999999 192.0.2.1 9 typ host", "", "1 1 udp",
    ],
)  # fmt: skip
def test_candidates_that_are_no_places_are_passed_over(line: str) -> None:
    assert offered(OFFER.replace("1 1 udp 2122260223 127.0.0.1 9 typ host", line)).candidates == ()


def test_candidates_are_bounded() -> None:
    many = "".join(f"a=candidate:1 1 udp 5 192.0.2.1 {port} typ host\r\n" for port in range(1, 1000))
    assert len(offered(OFFER + many).candidates) == CANDIDATES_COUNT_MAX


def test_what_stands_in_the_bundles_first_section_or_the_session_counts_for_all() -> None:
    shared = ("a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup", "a=candidate")
    lines = VIDEO.splitlines(keepends=True)
    bare = "".join(line for line in lines if not line.startswith(shared))
    common = "".join(line for line in lines if line.startswith(shared))
    in_session = offered(HEAD + common + bare)
    in_bundle = offered(HEAD.replace("BUNDLE 0", "BUNDLE 1 0") + AUDIO + bare)
    for offer in (in_session, in_bundle):
        assert offer.ice == offered(OFFER).ice
        assert offer.fingerprints == offered(OFFER).fingerprints
    assert in_bundle.sections[in_bundle.video].kind == "video"


@pytest.mark.parametrize(
    ("before", "after", "heard"),
    [
        ("", "", True), ("recvonly", "sendrecv", True), ("recvonly", "sendonly", False),
        ("recvonly", "inactive", False), ("SAVPF", "AVP", False), ("m=audio 9", "m=audio 0", False),
        ("a=mid:1", "a=mid:2", False),
        ("SAVPF 111 0 8", "SAVPF 13", False),
    ],
)  # fmt: skip
def test_sound_is_wanted_where_it_is_received_over_the_pictures_transport(
    *, before: str, after: str, heard: bool
) -> None:
    text = HEAD.replace("BUNDLE 0", "BUNDLE 0 1") + VIDEO + SOUND_OFFER.replace(before, after)
    assert (offered(text).sound is not None) == heard


def test_a_section_that_is_bundle_only_is_not_refused() -> None:
    sound = SOUND_OFFER.replace("m=audio 9", "m=audio 0") + "a=bundle-only\r\n"
    assert offered(HEAD.replace("BUNDLE 0", "BUNDLE 0 1") + VIDEO + sound).sound is not None


def test_without_a_bundle_or_without_a_section_there_is_no_sound() -> None:
    assert offered(HEAD.replace("a=group:BUNDLE 0\n", "") + VIDEO + SOUND_OFFER).sound is None
    assert offered(OFFER).sound is None


def test_of_several_sections_the_first_that_can_be_answered_counts() -> None:
    head, other = HEAD.replace("BUNDLE 0", "BUNDLE 0 1 2"), SOUND_OFFER.replace("a=mid:1", "a=mid:2")
    offer = offered(head + VIDEO + SOUND_OFFER.replace("recvonly", "sendonly") + other)
    assert offer.sound is not None
    assert offer.sound.section == 2


CANNOT = {
    "nothing": ("", Fault.MALFORMED),
    "prose": ("please show me the camera", Fault.MALFORMED),
    "HTML": ("<html></html>", Fault.MALFORMED),
    "no sections": (HEAD, Fault.MALFORMED),
    "a hundred sections": (HEAD + "".join(VIDEO.replace("a=mid:0", f"a=mid:{n}") for n in range(100)), Fault.MALFORMED),
    "two of one mid": (HEAD + VIDEO + VIDEO, Fault.MALFORMED),
    "no mid": (OFFER.replace("a=mid:0", "a=x:0"), Fault.MALFORMED),
    "a mid with a line in it": (OFFER.replace("a=mid:0", "a=mid:0 a=x"), Fault.MALFORMED),
    "no user name": (OFFER.replace("a=ice-ufrag:abcd", "a=x:1"), Fault.MALFORMED),
    "a short password": (OFFER.replace("abcdefghijklmnopqrstuv", "abc"), Fault.MALFORMED),
    "no fingerprint": (OFFER.replace("a=fingerprint", "a=x"), Fault.MALFORMED),
    "a weak fingerprint": (OFFER.replace("sha-256", "md5"), Fault.MALFORMED),
    "an odd setup": (OFFER.replace("actpass", "holdconn"), Fault.MALFORMED),
    "sound alone": (HEAD + AUDIO, Fault.NOT_ACCEPTABLE),
    "only sends": (OFFER.replace("a=recvonly", "a=sendonly"), Fault.NOT_ACCEPTABLE),
    "inactive": (OFFER.replace("a=recvonly", "a=inactive"), Fault.NOT_ACCEPTABLE),
    "refused": (OFFER.replace("m=video 9", "m=video 0"), Fault.NOT_ACCEPTABLE),
    "VP8 alone": (OFFER.replace("H264", "VP9"), Fault.NOT_ACCEPTABLE),
    "more lines than any": (OFFER + "a=x\r\n" * 2_000, Fault.MALFORMED),
    "mode 0 alone": (OFFER.replace("packetization-mode=1", "packetization-mode=0"), Fault.NOT_ACCEPTABLE),
    "RTP without keys": (OFFER.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), Fault.NOT_ACCEPTABLE),
    "RTCP apart": (OFFER.replace("a=rtcp-mux", "a=x"), Fault.NOT_ACCEPTABLE),
    "a payload type of 999": (OFFER.replace(":102 ", ":999 ").replace(":108 ", ":998 "), Fault.NOT_ACCEPTABLE),
}


@pytest.mark.parametrize("case", list(CANNOT))
def test_what_cannot_be_answered_is_said_in_words(case: str) -> None:
    text, fault = CANNOT[case]
    found = read(text)
    assert isinstance(found, BadOffer), found
    assert found.fault is fault
    assert found.words.endswith(".")


@given(st.binary(max_size=2000))
def test_noise_breaks_nothing(noise: bytes) -> None:
    read_offer(noise)
    read_offer(b"v=0\r\n" + noise)
    read_trickle(noise)


@given(st.integers(0, len(OFFER) - 1), st.text(max_size=4), st.integers(0, 8))
def test_a_damaged_offer_breaks_nothing(at: int, put: str, cut: int) -> None:
    read(OFFER[:at] + put + OFFER[at + cut :])


@given(st.integers(0, len(SOUND_OFFER) - 1), st.text(max_size=4), st.integers(0, 8))
def test_a_damaged_offer_of_sound_never_costs_the_picture_unless_it_is_no_offer(at: int, put: str, cut: int) -> None:
    found = read(HEAD.replace("BUNDLE 0", "BUNDLE 0 1") + VIDEO + SOUND_OFFER[:at] + put + SOUND_OFFER[at + cut :])
    assert isinstance(found, Offer) or found.fault is Fault.MALFORMED
    if isinstance(found, Offer) and found.sound is not None:
        assert found.sections[found.sound.section].kind == "audio"


def test_an_offer_as_long_as_may_be_is_read_at_once() -> None:
    """Every codec once read every line of feedback again."""
    codecs = "".join(f"a=rtpmap:{at} H264/90000\r\na=fmtp:{at} packetization-mode=1\r\n" for at in range(128))
    text = OFFER + codecs + "a=rtcp-fb:*\r\n" * 1_500
    began = time.monotonic()
    assert isinstance(read(text), Offer)
    assert time.monotonic() - began < 0.2


@pytest.mark.timeout(10)
def test_a_long_offer_is_read_in_no_time() -> None:
    for line in (
        "a=rtpmap:96 H264/90000\r\n",
        "a=candidate:1 1 udp 5 192.0.2.1 9 typ host\r\n",
        "a=mid:0\r\n",
        "m=x\r\n",
    ):
        read(OFFER + line * 40_000)


def test_a_fragment_of_further_candidates() -> None:
    more = "a=candidate:1 1 udp 5 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n"
    found = read_trickle((TRICKLE + more).encode())
    assert not isinstance(found, BadOffer)
    assert found.ice == offered(OFFER).ice
    assert [candidate.host for candidate in found.candidates] == ["192.0.2.1"]
    assert isinstance(read_trickle(b"a=ice-ufrag:!\r\na=ice-pwd:x\r\n"), BadOffer)
    assert isinstance(read_trickle(b"{}"), BadOffer)
