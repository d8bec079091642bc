"""Answers: stock aiortc reads them, and H.264 is named as the camera's SPS has it where the viewer offered that."""

import pytest
from aiortc.sdp import SessionDescription

from curtilage.cameras.webrtc.sdp_answer import OwnTransport, choose_codec, dtls_role, profile, write_answer
from curtilage.cameras.webrtc.sdp_offer import Codec, IceParameters, Offer, read_offer
from tests.cameras.webrtc.test_sdp_offer import AUDIO
from tests.cameras.whep_side import FINGERPRINT, HEAD, OFFER, VIDEO

CANDIDATE = "1 1 udp 2130706431 192.0.2.7 40000 typ host"
OWN = OwnTransport(IceParameters("wxyz", "z" * 22), FINGERPRINT, (CANDIDATE,))


def offered(text: str) -> Offer:
    found = read_offer(text.encode())
    assert isinstance(found, Offer), found
    return found


def answered(text: str, camera: str = "64001f") -> SessionDescription:
    offer = offered(text)
    return SessionDescription.parse(write_answer(offer, choose_codec(offer.codecs, camera), camera, 77, OWN))


def test_one_video_is_sent_and_the_rest_refused() -> None:
    answer = answered(HEAD.replace("BUNDLE 0", "BUNDLE 1 0") + AUDIO + VIDEO)
    sound, video = answer.media
    assert (sound.kind, sound.port, sound.direction) == ("audio", 0, "inactive")
    assert (video.kind, video.direction, video.rtp.muxId, video.rtcp_mux) == ("video", "sendonly", "0", True)
    assert [group.items for group in answer.group] == [["0"]]
    assert [codec.payloadType for codec in video.rtp.codecs] == [102]
    feedback = video.rtp.codecs[0].rtcpFeedback
    assert {(item.type, item.parameter) for item in feedback} == {("nack", None), ("nack", "pli")}
    assert [candidate.port for candidate in video.ice_candidates] == [40000]
    assert video.ssrc[0].ssrc == 77


def test_without_a_bundle_none_is_answered() -> None:
    assert answered(OFFER.replace("a=group:BUNDLE 0\r\n", "")).group == []


PROFILES = [
    # the camera's, the payload type chosen among 64001f (102) and 42e01f (108), and what it is named
    ("640028", 102, "640028"),
    ("42c01f", 108, "42c01f"),
    ("4d401f", 108, "42e01f"),
    ("42001e", 108, "42e01e"),
    ("f4001f", 108, "42e01f"),
]


@pytest.mark.parametrize(("camera", "payload_type", "named"), PROFILES)
def test_the_profile_is_the_cameras_where_the_viewer_offered_it(camera: str, payload_type: int, named: str) -> None:
    (codec,) = answered(OFFER, camera).media[0].rtp.codecs
    assert codec.payloadType == payload_type
    assert codec.parameters["profile-level-id"] == named
    assert str(codec.parameters["packetization-mode"]) == "1"


def test_a_viewer_with_another_profile_alone_gets_that() -> None:
    only = (Codec(99, "4d001f", frozenset()),)
    assert choose_codec(only, "640028").payload_type == 99


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("42e01f", "constrained baseline"), ("42001f", "baseline"), ("4d001f", "main"), ("640c1f", "constrained high"),
        ("64001f", "high"), ("58a01f", "extended"), ("00001f", None), ("42031f", None),
    ],
)  # fmt: skip
def test_profiles_have_the_names_of_the_rfc(said: str, name: str | None) -> None:
    assert profile(said) == name


@pytest.mark.parametrize(("setup", "role"), [("actpass", "active"), ("passive", "active"), ("active", "passive")])
def test_the_other_end_of_the_handshake_is_taken(setup: str, role: str) -> None:
    assert dtls_role(offered(OFFER.replace("actpass", setup))) == role


def test_nothing_secret_stands_in_a_repr() -> None:
    assert "zzzz" not in repr(OWN)
