"""The port for WebRTC over TCP: off unless it is switched on, and then where HTTPS is and nowhere else."""

import socket
from dataclasses import replace

import pytest

from curtilage.config import Config
from curtilage.web.ice_tcp_listening import listen_ice_tcp
from curtilage.web.public_place import DoorRefused
from curtilage.web.server import PortTaken

ON = Config(webrtc_tcp=True, webrtc_tcp_port=0)
OUTSIDE = replace(ON, public_name="rose.local")


def test_off_unless_it_is_switched_on() -> None:
    assert listen_ice_tcp(Config()) is None
    assert listen_ice_tcp(replace(Config(), public_name="rose.local", listen_address="0.0.0.0")) is None


@pytest.mark.parametrize(
    ("config", "hosts"),
    [
        (ON, {"127.0.0.1", "::1"}),
        (OUTSIDE, {"127.0.0.1", "::1"}),
        (replace(OUTSIDE, listen_address="0.0.0.0"), {"0.0.0.0"}),
        (replace(OUTSIDE, listen_address="::"), {"::", "0.0.0.0"}),
    ],
    ids=["this machine", "forwarded to", "all of IPv4", "all"],
)
def test_it_listens_where_https_does(config: Config, hosts: set[str]) -> None:
    opened = listen_ice_tcp(config)
    assert opened is not None
    assert {item.getsockname()[0] for item in opened.sockets} <= hosts
    assert {item.getsockname()[1] for item in opened.sockets} == {opened.port}
    opened.close()
    assert all(item.fileno() == -1 for item in opened.sockets)


def test_it_opens_no_door_to_others_where_there_is_no_name_for_https() -> None:
    with pytest.raises(DoorRefused):
        listen_ice_tcp(replace(ON, listen_address="0.0.0.0"))


def test_a_taken_port_is_said_with_its_setting() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {taken} is taken\. Try webrtc_tcp_port = "):
            listen_ice_tcp(replace(ON, webrtc_tcp_port=taken))
