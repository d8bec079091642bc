"""RTSP 1.0 messages and interleaved packets (RFC 2326, with what RFC 7826 says more clearly) out of a stream of bytes.

Guards against a peer that never ends a head, lies about a length, or is no RTSP server at all: heads and bodies are
bounded, and no more than one unfinished message or packet is kept between two calls. Rules: pure, no sockets; a packet
is handed over in place, without a copy and without an object of its own, because a camera sends hundreds a second.

Does not know which request a reply belongs to (rtsp/rtsp_connection.py), nor what is in a packet.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from curtilage.cameras.rtsp.rtp import INTERLEAVED

PacketReceiver = Callable[[memoryview, int, int, int], int]
"""Takes interleaved packets (RFC 2326 §10.12): the buffer, where the first packet's payload begins, where that packet
ends, and where the buffer ends. May go on with packets that follow whole on the same channel. Gives where the first
thing it did not take begins. Must copy what it keeps.
"""

_PACKET_HEAD_BYTES = 4
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(r"RTSP/(\d\.\d) ([1-5]\d\d)(?: (.*))?", re.ASCII)
_REQUEST_LINE = re.compile(r"([A-Z_]{1,32}) (\S+) RTSP/\d\.\d", re.ASCII)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FIRST_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n")
_FIELDS_COUNT_MAX = 128


class RtspBroken(Exception):
    """The peer broke RTSP; the connection cannot be used any more. ``str`` says how, without quoting the peer."""


class NotRtsp(RtspBroken):
    """What came is not RTSP at all."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a response and a request have in common."""

    fields: tuple[tuple[str, str], ...] = field(repr=False)
    """Header fields in order; names in lower case. Octets that are no UTF-8 are surrogates (PEP 383)."""
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """The first value of a header; ``name`` in lower case."""
        return next((value for key, value in self.fields if key == name), None)

    def headers(self, name: str) -> tuple[str, ...]:
        """Every value of a header."""
        return tuple(value for key, value in self.fields if key == name)

    def sequence(self) -> int | None:
        """CSeq, RFC 2326 §12.17; None when it is missing or no number."""
        return _number(self.header("cseq"))


@dataclass(frozen=True, slots=True)
class Response(Message):
    """A server's reply."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Request(Message):
    """A request; servers send them too (RFC 2326 §10.1, §10.8)."""

    method: str
    url: str


def encode_request(method: str, url: str, fields: Mapping[str, str]) -> bytes:
    """A request without a body. Raises ValueError rather than let a value end its line."""
    return _encode(f"{method} {url} RTSP/1.0", fields)


def encode_response(status: int, reason: str, fields: Mapping[str, str]) -> bytes:
    """A response without a body. Raises ValueError as encode_request."""
    return _encode(f"RTSP/1.0 {status} {reason}", fields)


def _encode(first: str, fields: Mapping[str, str]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in fields.items())]
    if any(_CONTROL.search(line) for line in lines):
        raise ValueError("a line of an RTSP message cannot hold control characters")
    return ("\r\n".join(lines) + "\r\n\r\n").encode(errors="surrogateescape")


class MessageReader:
    """Takes bytes as they come and gives out packets (to the receiver of their channel) and messages."""

    __slots__ = ("_body_max", "_head_max", "_needed", "_receivers", "_rest", "_scanned", "bytes_count", "spoken")

    def __init__(self, header_bytes_max: int, body_bytes_max: int) -> None:
        self._head_max = header_bytes_max
        self._body_max = body_bytes_max
        self.bytes_count = 0
        """All that was fed so far."""
        self.spoken = False
        """At least one whole message came: the other side speaks RTSP."""
        self._receivers: dict[int, PacketReceiver] = {}
        self._rest = bytearray()  # of a packet or message that is not whole: at most one, so it is bounded
        self._needed = 0  # how long the rest must at least become before it is looked at again
        self._scanned = 0  # how much of an unfinished head was searched for its end

    def listen(self, channel: int, receiver: PacketReceiver) -> None:
        """Hand packets of ``channel`` to ``receiver``; packets of other channels are dropped."""
        self._receivers[channel] = receiver

    @property
    def between(self) -> bool:
        """True when no message or packet is half read."""
        return not self._rest

    def feed(self, octets: bytes) -> list[Response | Request]:
        """More bytes of the stream; any division will do. Packets go out before this returns. Raises RtspBroken."""
        self.bytes_count += len(octets)
        if self._rest:
            self._rest += octets
            if len(self._rest) < self._needed:
                return []
            octets = bytes(self._rest)
            self._rest.clear()
        self._needed = 0
        messages: list[Response | Request] = []
        start = self._read(octets, messages)
        if start < len(octets):
            self._rest += octets[start:] if start else octets
        return messages

    def _read(self, octets: bytes, messages: list[Response | Request]) -> int:
        """All that is whole in ``octets``; gives where the rest begins."""
        start, end, view, receivers = 0, len(octets), memoryview(octets), self._receivers
        while start < end:
            if octets[start] == INTERLEAVED:
                begin = start + _PACKET_HEAD_BYTES
                after = begin + (octets[start + 2] << 8 | octets[start + 3]) if begin <= end else begin
                if after > end:
                    self._needed = after - start
                    break
                receiver = receivers.get(octets[start + 1])
                start = after if receiver is None else receiver(view, begin, after, end)
                continue
            after = self._message(octets, start, messages)
            if after == start:
                break
            start = after
        return start

    def _message(self, octets: bytes, start: int, messages: list[Response | Request]) -> int:
        """Read one message at ``start``: where the next thing begins, or ``start`` when more bytes are needed."""
        if octets[start] not in _FIRST_LETTERS:
            raise NotRtsp("neither a message nor a packet")
        if octets[start] in b"\r\n":  # RFC 7826 §20.3: empty lines before a message are skipped
            return start + 1
        found = _HEAD_END.search(octets, max(start, start + self._scanned - 3))
        if found is None:
            self._scanned = len(octets) - start
            self._check_unfinished(octets, start)
            return start
        if found.end() - start > self._head_max:
            raise RtspBroken("a head that is too long")
        first, fields = _head(octets[start : found.start()])
        after = found.end() + self._body_bytes(fields)
        if after > len(octets):
            self._needed = after - start
            return start
        self._scanned = 0
        self.spoken = True
        messages.append(_message(first, fields, octets[found.end() : after]))
        return after

    def _check_unfinished(self, octets: bytes, start: int) -> None:
        line_end = octets.find(b"\n", start)
        if line_end >= 0:  # the first line is complete: do not wait for the rest of something that is not RTSP
            _check_first_line(octets[start:line_end].decode(errors="surrogateescape").rstrip("\r"))
        if len(octets) - start >= self._head_max:
            raise RtspBroken("a head that does not end") if line_end >= 0 else NotRtsp("a line that does not end")

    def _body_bytes(self, fields: tuple[tuple[str, str], ...]) -> int:
        text = next((value for name, value in fields if name == "content-length"), "0")
        length = _number(text)
        if length is None or length > self._body_max:
            raise RtspBroken("a body whose length is not acceptable")
        return length


def _head(octets: bytes) -> tuple[str, tuple[tuple[str, str], ...]]:
    text = octets.decode(errors="surrogateescape").replace("\r\n", "\n")
    first, *lines = re.sub(r"\n[ \t]+", " ", text).split("\n")
    _check_first_line(first)
    if len(lines) > _FIELDS_COUNT_MAX:
        raise RtspBroken("too many header fields")
    split = (_CONTROL.sub(" ", line).partition(":") for line in lines)
    named = ((name.rstrip(" \t"), value) for name, _, value in split)
    return first, tuple((name.lower(), value.strip(" \t")) for name, value in named if _NAME.fullmatch(name))


def _check_first_line(line: str) -> None:
    if not (_STATUS_LINE.fullmatch(line) or _REQUEST_LINE.fullmatch(line)):
        raise NotRtsp("a message that is not RTSP")


def _message(first: str, fields: tuple[tuple[str, str], ...], body: bytes) -> Response | Request:
    status = _STATUS_LINE.fullmatch(first)
    if status is not None:
        return Response(fields, body, int(status[2]), _CONTROL.sub(" ", status[3] or ""))
    request = _REQUEST_LINE.fullmatch(first)
    assert request is not None, "the first line was checked"
    return Request(fields, body, request[1], request[2])


def _number(text: str | None) -> int | None:
    """A number as RTSP writes it: up to nine decimal digits."""
    return int(text) if text is not None and len(text) <= 9 and text.isascii() and text.isdecimal() else None
