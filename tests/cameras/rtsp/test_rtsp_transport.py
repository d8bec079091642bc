"""Which channels a camera sends on."""

import pytest

from curtilage.cameras.input.source import SourceError
from curtilage.cameras.rtsp.rtsp_transport import channels, interleaved

SAID = [
    ("RTP/AVP/TCP;unicast;interleaved=0-1", (0, 1)),
    ("RTP/AVP/TCP;interleaved = 4 - 5;ssrc=1", (4, 5)),
    ("RTP/AVP/TCP;interleaved=6", (6, 7)),
    ("RTP/AVP/TCP;unicast", (2, 3)),
    ("", (2, 3)),
]


@pytest.mark.parametrize(("transport", "chosen"), SAID)
def test_what_it_says_or_what_was_asked_for(transport: str, chosen: tuple[int, int]) -> None:
    assert channels(transport, 2) == chosen


@pytest.mark.parametrize(
    "transport", ["RTP/AVP;client_port=1-2", "RTP/AVP;multicast", "x;interleaved=300-301", "x;interleaved=2-2"]
)
def test_another_way_is_refused(transport: str) -> None:
    with pytest.raises(SourceError):
        channels(transport, 2)


def test_two_channels_are_asked_for() -> None:
    assert interleaved(2) == "RTP/AVP/TCP;unicast;interleaved=2-3"
