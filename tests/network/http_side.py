"""What a proxy has to change in HTTP so that a browser behind it, and its WebRTC, take the way through it. Pure.

* Requests: the proxy's own ``localhost:PORT`` becomes the server's in the head: the server answers to no other name.
* SDP both ways: an offer loses its candidates, or the server would try the browser directly; an answer's UDP candidates
  get the ports at which the proxy listens, its others are dropped. ICE signs addresses nowhere: the server sees the
  proxy's as one that it had not been told of (RFC 8445 §7.3.1.3).
"""

import re
from collections.abc import Callable

_END = b"\r\n\r\n"
_HEAD_BYTES_MAX = 64 * 1024
_LENGTH = re.compile(rb"(?im)^(content-length: *)(\d+)")
_SDP = re.compile(rb"(?im)^content-type: *application/sdp")
_CANDIDATE = re.compile(r"a=candidate:(\S+ \d+) (\S+) (\d+) (\S+) (\d+)( .*)")


class Messages:
    """Messages of one direction of a connection: those with a head that is to be changed, the rest as they come."""

    def __init__(self, head: Callable[[bytes], bytes], sdp: Callable[[str], str]) -> None:
        self._change_head = head
        self._change_sdp = sdp
        self._held = b""
        self._passing = 0

    def fed(self, octets: bytes) -> bytes:
        """What goes on now. Raises ValueError for a head without an end."""
        out, self._held = b"", self._held + octets
        while self._held:
            if self._passing:
                piece, self._held = self._held[: self._passing], self._held[self._passing :]
                self._passing -= len(piece)
                out += piece
                continue
            head, found, body = self._held.partition(_END)
            if not found:
                if len(head) > _HEAD_BYTES_MAX:
                    raise ValueError("a head without an end")
                break
            length = _length(head)
            if _SDP.search(head):
                if len(body) < length:
                    break
                out += _with_sdp(self._change_head(head), self._change_sdp(body[:length].decode()))
                self._held = body[length:]
            else:
                out += self._change_head(head) + _END
                self._held, self._passing = body, length
        return out


class Answers:
    """The server's side: only answers that carry SDP are changed. They begin where a read begins: nobody asks again on
    a connection before it was answered.
    """

    def __init__(self, sdp: Callable[[str], str]) -> None:
        self._change_sdp = sdp
        self._held = b""

    def fed(self, octets: bytes) -> bytes:
        """What goes on now."""
        if not self._held and not octets.startswith(b"HTTP/1.1 201"):
            return octets
        self._held += octets
        head, found, body = self._held.partition(_END)
        if found and not _SDP.search(head):
            out, self._held = self._held, b""
            return out
        length = _length(head)
        if not found or len(body) < length:
            return b""
        out, self._held = _with_sdp(head, self._change_sdp(body[:length].decode())) + body[length:], b""
        return out


def without_candidates(sdp: str) -> str:
    """An offer that says nothing about where the browser is."""
    return "".join(line for line in sdp.splitlines(keepends=True) if not line.startswith("a=candidate:"))


def with_candidates_at(sdp: str, at: Callable[[str, int], int]) -> str:
    """An answer whose UDP candidates have the port that ``at`` gives for their address and port."""
    lines = []
    for line in sdp.splitlines(keepends=True):
        found = _CANDIDATE.match(line)
        if found is None:
            lines.append(line)
        elif found[2].lower() == "udp" and ":" not in found[4]:
            port = at(found[4], int(found[5]))
            lines.append(f"a=candidate:{found[1]} {found[2]} {found[3]} {found[4]} {port}{line[found.end(5) :]}")
    return "".join(lines)


def _length(head: bytes) -> int:
    found = _LENGTH.search(head)
    return int(found[2]) if found else 0


def _with_sdp(head: bytes, sdp: str) -> bytes:
    body = sdp.encode()
    return _LENGTH.sub(lambda found: found[1] + b"%d" % len(body), head) + _END + body
