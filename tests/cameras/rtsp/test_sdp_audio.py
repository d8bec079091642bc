"""The first sound track of a description that we know; and any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.rtsp.sdp_audio import AudioMedia, AuHeaders, find_audio

VIDEO = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:video\r\n"
AAC = (
    "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000/1\r\n"
    "a=fmtp:97 streamtype=5;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408\r\n"
    "a=control:track2\r\n"
)
FOUND = {
    "aac": (
        VIDEO + AAC,
        AudioMedia(97, "track2", AudioParameters(AudioCodec.AAC, 16_000, 1, b"\x14\x08"), 1024, AuHeaders(13, 3, 3)),
    ),
    "pcma by its number alone": (
        "m=audio 0 RTP/AVP 8\na=control:a\n",
        AudioMedia(8, "a", AudioParameters(AudioCodec.PCMA, 8_000, 1)),
    ),
    "pcmu of a dynamic number, small letters, twice the rate": (
        "m=audio 0 RTP/AVP 104\na=rtpmap:104 pcmu/16000\n",
        AudioMedia(104, "", AudioParameters(AudioCodec.PCMU, 16_000, 1)),
    ),
    "opus": (
        VIDEO + "m=audio 0 RTP/AVP 98\na=rtpmap:98 opus/48000/2\na=control:track2\n",
        AudioMedia(98, "track2", AudioParameters(AudioCodec.OPUS, 48_000, 2)),
    ),
    "the second track, because the first is unknown": (
        "m=audio 0 RTP/AVP 100\na=rtpmap:100 G726-32/8000\nm=audio 0 RTP/AVP 0\na=control:b\n",
        AudioMedia(0, "b", AudioParameters(AudioCodec.PCMU, 8_000, 1)),
    ),
}
NONE = {
    "nothing": "",
    "video": VIDEO,
    "aac without its configuration": AAC.replace("config=1408", ""),
    "aac in another mode": AAC.replace("AAC-hbr", "AAC-lbr"),
    "aac with times in its headers": AAC.replace("config=", "ctsdeltalength=4;config="),
    "aac of no size": AAC.replace("sizelength=13", "sizelength=0"),
    "aac of a clock that does not fit": AAC.replace("/16000/", "/44100/"),
    "stereo g711": "m=audio 0 RTP/AVP 104\na=rtpmap:104 PCMU/8000/2\n",
    "a number that is none": "m=audio 0 RTP/AVP 999\na=rtpmap:999 opus/48000/2\n",
    "of a video's section": "m=video 0 RTP/AVP 8\na=rtpmap:8 PCMA/8000\n",
}


@pytest.mark.parametrize(("text", "audio"), FOUND.values(), ids=FOUND)
def test_the_first_track_that_we_know_is_found(text: str, audio: AudioMedia) -> None:
    assert find_audio(text.encode()) == audio


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_otherwise_there_is_none(text: str) -> None:
    assert find_audio(text.encode()) is None


LINES = st.sampled_from(
    [*(VIDEO + AAC).splitlines(), "m=audio 0 RTP/AVP 0 8 97 98", "a=rtpmap:98 opus/48000/2", "a=fmtp:97", "m=", "a"]
)


@given(st.one_of(st.binary(max_size=300), st.lists(LINES, max_size=12).map(lambda lines: "\n".join(lines).encode())))
def test_any_text_gives_a_track_or_none(octets: bytes) -> None:
    audio = find_audio(octets)
    if audio is not None:
        assert 0 <= audio.payload_type <= 127
        assert audio.parameters.rate_hz > 0
        assert (audio.au_headers is not None) is (audio.parameters.codec is AudioCodec.AAC)
