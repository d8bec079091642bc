"""Which channels a camera sends on."""

import pytest

from curtilage.cameras.input.source import SourceError
from curtilage.cameras.rtsp.rtsp_transport import by_udp, channels, interleaved, is_by_udp, report_port

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


@pytest.mark.parametrize(
    ("transport", "agreed", "port"),
    [
        ("RTP/AVP;unicast;client_port=4000-4001;server_port=5000-5001", True, 5001),
        ("RTP/AVP/UDP;unicast;client_port=4000-4001;server_port=5000", True, 5001),
        ("", True, 0),
        ("RTP/AVP;unicast;server_port=7", True, 8),
        ("RTP/AVP/TCP;unicast;interleaved=0-1", False, 0),
        ("RTP/AVP;unicast;Interleaved=0-1", False, 0),
        ("RTP/AVP;unicast;server_port=7,RTP/AVP/TCP;interleaved=0-1", True, 8),
        ("RTP/AVP;multicast;destination=239.1.1.1;port=4000-4001", False, 0),
    ],
)
def test_a_camera_that_says_nothing_else_sends_to_our_ports(transport: str, agreed: bool, port: int) -> None:
    assert by_udp(4000) == "RTP/AVP;unicast;client_port=4000-4001"
    assert is_by_udp(transport) is agreed
    assert report_port(transport) == port
