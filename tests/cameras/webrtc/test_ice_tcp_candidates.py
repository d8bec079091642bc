"""What an answer says of the TCP port: where it is listened, and below whatever goes by UDP."""

import pytest
from aioice import Candidate
from aioice.candidate import candidate_priority

from curtilage.cameras.webrtc.ice_tcp_candidates import CANDIDATES_COUNT_MAX, tcp_candidates, tcp_hosts

OWN = ["192.0.2.7", "198.51.100.7", "2001:db8::7"]
PLACES = {
    "loopback": (["127.0.0.1", "::1"], [], ["127.0.0.1", "::1"]),
    "one address": (["192.0.2.7"], [], ["192.0.2.7"]),
    "all of IPv4": (["0.0.0.0"], [], ["192.0.2.7", "198.51.100.7"]),
    "all": (["::", "0.0.0.0"], [], ["2001:db8::7", "192.0.2.7", "198.51.100.7"]),
    "forwarded to": (["192.0.2.7"], ["203.0.113.9"], ["192.0.2.7", "203.0.113.9"]),
    "said twice": (["0.0.0.0"], ["192.0.2.7"], ["192.0.2.7", "198.51.100.7"]),
    "nowhere": ([], [], []),
}


@pytest.mark.parametrize("name", list(PLACES))
def test_hosts_are_those_it_listens_at(name: str) -> None:
    listened, public, found = PLACES[name]
    assert list(tcp_hosts(listened, OWN, public)) == found


def test_hosts_are_bounded() -> None:
    assert len(tcp_hosts(["0.0.0.0"], [f"192.0.2.{number}" for number in range(1, 99)], [])) == CANDIDATES_COUNT_MAX


def test_a_candidate_is_passive_and_comes_after_udp_and_before_a_relay() -> None:
    found = [Candidate.from_sdp(line) for line in tcp_candidates(OWN, 8483)]
    assert [one.host for one in found] == OWN
    assert {(one.transport, one.tcptype, one.type, one.port) for one in found} == {("tcp", "passive", "host", 8483)}
    priorities = [one.priority for one in found]
    assert priorities == sorted(priorities, reverse=True)
    assert len({one.foundation for one in found}) == len(OWN)
    assert candidate_priority(1, "relay") < priorities[-1]
    assert priorities[0] < candidate_priority(1, "srflx") < candidate_priority(1, "host")
