"""What the proxy changes in HTTP, whatever the pieces it comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.http_side import Answers, Messages, with_candidates_at, without_candidates

_OFFER = "v=0\r\na=candidate:1 1 udp 9 192.0.2.1 5000 typ host\r\na=mid:0\r\n"
_ANSWER = (
    "v=0\r\na=candidate:1 1 udp 9 192.0.2.1 5000 typ host\r\na=candidate:2 1 tcp 9 192.0.2.1 9 typ host\r\n"
    "a=candidate:3 1 UDP 9 2001:db8::1 5000 typ host\r\na=mid:0\r\n"
)


def _message(first: str, body: str, *heads: str) -> bytes:
    lines = [first, *heads, f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def _named(head: bytes) -> bytes:
    return head.replace(b"localhost:1", b"localhost:2")


@given(st.lists(st.integers(1, 400), max_size=40))
def test_requests_are_changed_in_their_head_and_offers_lose_their_candidates(cuts: list[int]) -> None:
    plain = _message("POST /a HTTP/1.1", '{"at": "localhost:1"}', "Host: localhost:1")
    offer = _message("POST /b HTTP/1.1", _OFFER, "Host: localhost:1", "Content-Type: application/sdp")
    sent, gone, messages = plain + offer + plain, b"", Messages(_named, without_candidates)
    for cut in [*cuts, len(sent)]:
        gone += messages.fed(sent[:cut])
        sent = sent[cut:]
    expected = _message("POST /a HTTP/1.1", '{"at": "localhost:1"}', "Host: localhost:2")
    kept = "v=0\r\na=mid:0\r\n"
    changed = _message("POST /b HTTP/1.1", kept, "Host: localhost:2", "Content-Type: application/sdp")
    assert gone == expected + changed + expected


def test_a_head_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="without an end"):
        Messages(_named, without_candidates).fed(b"x" * 70_000)


@pytest.mark.parametrize("cut", [20, 60, 200, 10_000])
def test_an_answers_candidates_lead_through_the_proxy(cut: int) -> None:
    answer = _message("HTTP/1.1 201 Created", _ANSWER, "Content-Type: application/sdp")
    answers = Answers(lambda sdp: with_candidates_at(sdp, lambda _address, port: port + 1))
    gone = answers.fed(answer[:cut]) + (answers.fed(answer[cut:]) if answer[cut:] else b"")
    kept = "v=0\r\na=candidate:1 1 udp 9 192.0.2.1 5001 typ host\r\na=mid:0\r\n"
    assert gone == _message("HTTP/1.1 201 Created", kept, "Content-Type: application/sdp")


@pytest.mark.parametrize(
    "octets",
    [_message("HTTP/1.1 201 Created", "{}", "Content-Type: application/json"), b"HTTP/1.1 200 OK\r\n\r\n", b"\0\1\2"],
)
def test_other_answers_pass(octets: bytes) -> None:
    assert Answers(lambda _: "never").fed(octets) == octets
