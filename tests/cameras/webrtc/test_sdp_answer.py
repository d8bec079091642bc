"""Answers: stock aiortc reads them, and H.264 is named as the camera's SPS has it where the viewer offered that."""

import pytest
from aiortc.sdp import SessionDescription

from curtilage.cameras.webrtc.sdp_answer import OwnTransport, choose_codec, dtls_role, profile, write_answer
from curtilage.cameras.webrtc.sdp_offer import Codec, IceParameters, Offer, read_offer
from curtilage.cameras.webrtc.sdp_sound import SentSound
from tests.cameras.sounding import SOUND_OFFER
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


@pytest.mark.parametrize("sound_first", [True, False])
def test_sound_is_sent_in_the_same_bundle_and_stream(*, sound_first: bool) -> None:
    text = HEAD.replace("BUNDLE 0", "BUNDLE 1 0") + SOUND_OFFER + VIDEO
    if not sound_first:
        text = HEAD.replace("BUNDLE 0", "BUNDLE 0 1") + VIDEO + SOUND_OFFER
    offer = offered(text)
    assert offer.sound is not None
    sent = SentSound(offer.sound.section, offer.sound.codecs[0], 78)
    written = write_answer(offer, offer.codecs[0], "64001f", 77, OWN, sent)
    answer = SessionDescription.parse(written)
    sound, video = answer.media if sound_first else reversed(answer.media)
    assert [group.items for group in answer.group] == [["1", "0"] if sound_first else ["0", "1"]]
    assert (sound.kind, sound.direction, sound.port, sound.rtp.muxId) == ("audio", "sendonly", 9, "1")
    (codec,) = sound.rtp.codecs
    assert (codec.mimeType, codec.payloadType, codec.clockRate, codec.channels) == ("audio/opus", 111, 48_000, 2)
    assert "a=fmtp:111 minptime=10;useinbandfec=1\r\n" in written
    assert (sound.msid, video.msid) == ("camera sound", "camera picture")
    assert (sound.ssrc[0].ssrc, sound.ssrc[0].cname, video.ssrc[0].cname) == (78, "camera", "camera")
    assert sound.ice == video.ice
    assert [len(media.ice_candidates) for media in answer.media] == [1, 0]


def test_g711_has_no_parameters() -> None:
    offer = offered(HEAD.replace("BUNDLE 0", "BUNDLE 0 1") + VIDEO + SOUND_OFFER)
    assert offer.sound is not None
    written = write_answer(offer, offer.codecs[0], "64001f", 77, OWN, SentSound(1, offer.sound.codecs[2], 78))
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 8\r\n" in written
    assert "a=rtpmap:8 PCMA/8000\r\n" in written
    assert "a=fmtp:8" not in written


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
