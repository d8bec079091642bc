"""A viewer that is no browser: opens sealed streams over plain sockets, counts bytes, and notes when the last one came.

It does what a page does (HTTP, records) but opens nothing: revocation is measured on the wire, for hundreds at once.
"""

import base64
import json
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from curtilage.wire.stream_record import RecordType, StreamRecord

_RECORD_BYTES_MAX = 4 * 1024 * 1024


@dataclass(slots=True)
class Session:
    """A signed-in browser's cookie and CSRF token."""

    port: int
    cookie: str = field(repr=False)
    csrf: str = field(repr=False)

    def head(self, method: str, path: str, length: int) -> bytes:
        """A request's head, as our page sends it."""
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: localhost:{self.port}",
            f"Origin: http://localhost:{self.port}",
            "Sec-Fetch-Site: same-origin",
            f"Cookie: curtilage_session={self.cookie}",
            f"X-CSRF-Token: {self.csrf}",
            "Content-Type: application/json",
            f"Content-Length: {length}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Reader:
    """One connection whose answer has no end. ``slow``: reads 2 KiB now and then, with a small receive buffer."""

    def __init__(self, session: Session, method: str, path: str, *, slow: bool) -> None:
        self.slow = slow
        self.received = 0
        self.last_byte_s = 0.0
        self.ended_s: float | None = None
        self._next_read_s = 0.0
        self.session = session
        self.socket = socket.socket()
        if slow:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", session.port))
        self.socket.sendall(session.head(method, path, 0))

    @property
    def ended(self) -> bool:
        """Closed or reset by the server."""
        return self.ended_s is not None

    @property
    def last_s(self) -> float:
        """When the last byte or the end came, whichever was later."""
        return max(self.last_byte_s, self.ended_s or 0.0)

    def read(self) -> None:
        """Take what is there (a slow one: a little). Notes the time of the last byte and of the end."""
        try:
            octets = self.socket.recv(2048 if self.slow else 1 << 20)
        except BlockingIOError:
            return
        except ConnectionResetError:
            octets = b""
        now = time.monotonic()
        if octets:
            self.received += len(octets)
            self.last_byte_s = now
        else:
            self.ended_s = now


class Viewer(Reader):
    """One streaming connection with one view."""

    def __init__(self, session: Session, *, slow: bool) -> None:
        super().__init__(session, "POST", "/api/v1/streams", slow=slow)
        self.handle = self._welcome()
        self.socket.setblocking(False)

    def open_view(self, grant: str) -> None:
        """Over a second connection, as a page does."""
        point = (
            ec.generate_private_key(ec.SECP256R1())
            .public_key()
            .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        )
        body = json.dumps({"grant": grant, "key": base64.urlsafe_b64encode(point).rstrip(b"=").decode()}).encode()
        with socket.create_connection(("127.0.0.1", self.session.port)) as asking:
            asking.sendall(self.session.head("POST", f"/api/v1/streams/{self.handle}/views", len(body)) + body)
            reply = asking.recv(65536)
        assert reply.startswith(b"HTTP/1.1 201"), reply[:300]

    def _welcome(self) -> str:
        buffer = b""
        while True:
            buffer += self.socket.recv(4096)
            head, found, body = buffer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), buffer[:300]
            if not found or b"\r\n" not in body:
                continue
            size, _, chunk = body.partition(b"\r\n")
            if len(chunk) < int(size, 16):
                continue
            parsed = StreamRecord.decode(chunk[: int(size, 16)], _RECORD_BYTES_MAX)
            assert parsed is not None
            assert parsed[0].type is RecordType.WELCOME
            handle: str = json.loads(parsed[0].payload)["stream"]
            return handle


class StillsViewer(Reader):
    """Motion JPEG by a grant's handle."""

    def __init__(self, session: Session, grant: str, *, slow: bool) -> None:
        super().__init__(session, "GET", f"/api/v1/stills/{grant}/moving", slow=slow)
        self.socket.setblocking(False)


def watch(viewers: Sequence[Reader], seconds: float) -> None:
    """Read from all of them for so long, or until every one has ended.

    A slow one is polled for nothing but its end: what it has not read by then had reached its machine before.
    """
    end = time.monotonic() + seconds
    by_number = {viewer.socket.fileno(): viewer for viewer in viewers if not viewer.ended}
    slow = [viewer for viewer in by_number.values() if viewer.slow]
    with select.epoll() as poll:
        for number, viewer in by_number.items():
            poll.register(number, 0 if viewer.slow else select.EPOLLIN)
        while time.monotonic() < end and not all(viewer.ended for viewer in viewers):
            for number, events in poll.poll(0.01):
                viewer = by_number[number]
                if events & (select.EPOLLERR | select.EPOLLHUP) and not viewer.ended:
                    viewer.ended_s = time.monotonic()
                elif not viewer.ended:
                    viewer.read()
                if viewer.ended:
                    poll.unregister(number)
            for viewer in slow:
                _read_slowly(viewer)


def _read_slowly(viewer: Reader) -> None:
    """2 KiB, 20 times a second: a fifth of what the camera sends."""
    now = time.monotonic()
    if not viewer.ended and now >= viewer._next_read_s:
        viewer._next_read_s = now + 0.05
        viewer.read()
