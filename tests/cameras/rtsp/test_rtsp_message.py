"""Messages and packets out of a stream of bytes, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.rtsp.rtsp_message import (
    MessageReader,
    NotRtsp,
    Request,
    Response,
    RtspBroken,
    encode_request,
    encode_response,
)
from tests.origin.made_h264 import interleaved

HEAD_MAX, BODY_MAX = 2048, 4096
OK = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 5\r\n\r\nhello"


class Reading:
    """A reader and everything that came out of it."""

    def __init__(self) -> None:
        self.reader = MessageReader(HEAD_MAX, BODY_MAX)
        self.packets: list[tuple[int, bytes]] = []
        self.messages: list[Response | Request] = []
        for channel in (0, 1):
            self.reader.listen(channel, self._take)

    def _take(self, octets: memoryview, begin: int, after: int, end: int) -> int:
        assert 4 <= begin <= after <= end == len(octets)
        self.packets.append((octets[begin - 3], bytes(octets[begin:after])))
        return after

    def feed(self, octets: bytes) -> "Reading":
        self.messages += self.reader.feed(octets)
        return self

    def trickle(self, octets: bytes) -> None:
        for at in range(len(octets)):
            self.feed(octets[at : at + 1])


def test_a_response_is_read() -> None:
    (response,) = Reading().feed(OK).messages
    assert isinstance(response, Response)
    assert (response.status, response.reason, response.body, response.sequence()) == (200, "OK", b"hello", 3)


def test_a_request_of_the_server_is_read() -> None:
    (request,) = Reading().feed(b"\r\n\r\nOPTIONS rtsp://camera/x RTSP/1.0\r\nCSeq: 9\r\n\r\n").messages
    assert isinstance(request, Request)
    assert (request.method, request.url, request.sequence()) == ("OPTIONS", "rtsp://camera/x", 9)


ODD_HEADS = [
    ("no reason", b"RTSP/1.0 404\r\n\r\n", 404),
    ("bare newlines", b"RTSP/1.0 200 OK\nCSeq: 1\n\n", 200),
    ("no space after the colon", b"RTSP/1.0 200 OK\r\nCSeq:1\r\n\r\n", 200),
    ("a line that is no field", b"RTSP/1.0 200 OK\r\nnonsense here\r\n: empty\r\nCSeq: 1\r\n\r\n", 200),
    ("a folded field", b"RTSP/1.0 200 OK\r\nPublic: A,\r\n  B\r\n\r\n", 200),
    ("octets that are no UTF-8", b"RTSP/1.0 200 \xff\r\nServer: \xe9\0\x1b\r\n\r\n", 200),
]


@pytest.mark.parametrize(("octets", "status"), [case[1:] for case in ODD_HEADS], ids=[case[0] for case in ODD_HEADS])
def test_odd_heads_are_understood(octets: bytes, status: int) -> None:
    (response,) = Reading().feed(octets).messages
    assert isinstance(response, Response)
    assert response.status == status
    assert all("\0" not in value and "\x1b" not in value for _, value in response.fields)


def test_fields_are_found_by_name_in_any_case() -> None:
    octets = (
        b"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nwww-authenticate: Digest \r\nX: a,\r\n\tb\r\n\r\n"
    )
    (response,) = Reading().feed(octets).messages
    assert response.headers("www-authenticate") == ("Basic", "Digest")
    assert response.header("x") == "a, b"
    assert response.header("y") is None
    assert response.sequence() is None


BROKEN = [
    ("garbage", b"\xde\xad\xbe\xef", NotRtsp),
    ("HTTP", b"HTTP/1.1 400 Bad Request\r\n", NotRtsp),
    ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n", NotRtsp),
    ("a line that does not end", b"A" * HEAD_MAX, NotRtsp),
    ("a status that is none", b"RTSP/1.0 999 OK\r\n\r\n", NotRtsp),
    ("a head that does not end", b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * HEAD_MAX, RtspBroken),
    ("a head that is too long", b"RTSP/1.0 200 OK\r\nX: " + b"y" * HEAD_MAX + b"\r\n\r\n", RtspBroken),
    ("too many fields", b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", RtspBroken),
    ("a body that is too long", b"RTSP/1.0 200 OK\r\nContent-Length: 4097\r\n\r\n", RtspBroken),
    ("a length that is no number", b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", RtspBroken),
    ("a length of many digits", b"RTSP/1.0 200 OK\r\nContent-Length: " + b"9" * 1000 + b"\r\n\r\n", RtspBroken),
    ("a packet and then garbage", interleaved(0, b"abc") + b"\0", NotRtsp),
]


@pytest.mark.parametrize(("octets", "error"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_what_breaks_rtsp_is_refused(octets: bytes, error: type[RtspBroken]) -> None:
    with pytest.raises(error):
        Reading().feed(octets)
    with pytest.raises(error):
        Reading().trickle(octets)


@pytest.mark.parametrize("filler", [b" ", b"\t", b"\n ", b": ", b"\x01", b"a", b"\xff"])
def test_a_head_made_to_take_long_does_not(filler: bytes) -> None:
    reader = MessageReader(64_000, 1000)
    (response,) = reader.feed(b"RTSP/1.0 200 OK\r\nA: b" + filler * 15_000 + b"c\r\nCSeq: 8\r\n\r\n")
    assert response.sequence() == 8


def test_what_is_kept_is_never_more_than_one_unfinished_thing() -> None:
    reading = Reading()
    for octets in (OK, interleaved(0, bytes(0xFFFF)), interleaved(7, bytes(900))) * 20:
        for at in range(0, len(octets), 700):
            reading.feed(octets[at : at + 700])
            assert len(reading.reader._rest) <= 4 + 0xFFFF + 700
    assert (len(reading.messages), len(reading.packets)) == (20, 20)
    assert reading.reader.between


def test_packets_of_channels_nobody_listens_to_are_dropped() -> None:
    reading = Reading().feed(interleaved(2, b"no") + interleaved(1, b"yes") + interleaved(0, b""))
    assert reading.packets == [(1, b"yes"), (0, b"")]


MESSAGES = st.sampled_from(
    [
        OK,
        encode_response(200, "OK", {"CSeq": "4"}),
        encode_request("OPTIONS", "rtsp://camera/$x", {"CSeq": "5"}),
        b"\r\n",
        b"RTSP/1.0 200 OK\nContent-Length: 4\n\n\r\n\r\n",
    ]
)
PACKETS = st.builds(interleaved, st.integers(0, 3), st.binary(max_size=300))


@given(st.lists(st.one_of(MESSAGES, PACKETS), max_size=12), st.data())
def test_any_cut_of_the_stream_gives_the_same(things: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(things)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    whole, cut = Reading().feed(stream), Reading()
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        cut.feed(stream[begin:end])
    assert cut.messages == whole.messages
    assert cut.packets == whole.packets
    assert cut.reader.between
    assert whole.reader.between


@given(
    st.lists(st.one_of(st.binary(max_size=60), MESSAGES, PACKETS, st.just(b"RTSP/1.0 ")), max_size=8),
    st.integers(1, 50),
)
def test_any_bytes_are_read_or_refused_alike_however_cut(things: list[bytes], step: int) -> None:
    stream = b"".join(things)
    outcomes = []
    for size in (len(stream) or 1, step):
        reading, broken = Reading(), ""
        try:
            for at in range(0, len(stream), size):
                reading.feed(stream[at : at + size])
        except RtspBroken as error:
            broken = str(error)
        outcomes.append((reading.packets, broken))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("value", ["a\r\nB: c", "a\nb", "a\0b"])
def test_no_value_can_end_its_line(value: str) -> None:
    with pytest.raises(ValueError, match="control"):
        encode_request("PLAY", "rtsp://camera/x", {"Session": value})
    with pytest.raises(ValueError, match="control"):
        encode_response(200, value, {})


def test_octets_that_are_no_utf8_go_back_as_they_came() -> None:
    assert b"realm=\xe9" in encode_request("PLAY", "rtsp://c", {"A": b"realm=\xe9".decode(errors="surrogateescape")})
